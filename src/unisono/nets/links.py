"""Links between heads: the order in which heads can be computed, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unisono.errors import ExperimentError, nearest


def order(links: Mapping[str, Sequence[str]], tasks: Sequence[str]) -> list[str]:
    """Tasks sorted so that every source of a link comes before the task that it feeds.

    Raises: ExperimentError for an unknown task, a task linked to itself and a cycle.
    Example:
        >>> order({"genre": ["energy"]}, ["genre", "energy"])
        ['energy', 'genre']
    """
    _check_names(links, tasks)
    done: list[str] = []
    waiting = list(tasks)
    while waiting:
        ready = [task for task in waiting if all(source in done for source in links.get(task, ()))]
        if not ready:
            ring = " -> ".join(_cycle(links, waiting))
            raise ExperimentError("network.links", f"run in a circle ({ring})", "Take one of these links out.")
        done.append(ready[0])
        waiting.remove(ready[0])
    return done


def _check_names(links: Mapping[str, Sequence[str]], tasks: Sequence[str]) -> None:
    for target, sources in links.items():
        for name in (target, *sources):
            if name not in tasks:
                found = f'names "{name}" but the tasks are {", ".join(tasks)}'
                raise ExperimentError(f"network.links.{target}", found, nearest(name, tasks))
        if len(set(sources)) != len(sources):
            raise ExperimentError(f"network.links.{target}", "names a task twice", "Name every source once.")


def _cycle(links: Mapping[str, Sequence[str]], waiting: Sequence[str]) -> list[str]:
    path = [waiting[0]]
    while path[-1] not in path[:-1]:
        path.append(next(source for source in links[path[-1]] if source in waiting))
    return path[path.index(path[-1]) :]
