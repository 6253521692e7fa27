"""Studies that were run apart on one page: one table of all configurations, bars side by side, no test between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from unisono.errors import TrainingError
from unisono.files import commit_bytes
from unisono.report import study_figures as figures
from unisono.report.drawing import SERIES
from unisono.report.study_choice import conditions, fair, left_out
from unisono.report.study_page import environment, read_study, style
from unisono.report.study_tables import tables_of, write_tables

Row = Mapping[str, Any]
Studies = Mapping[str, Row]  # name -> study.json
_JOINED = ("scores", "comparisons", "labels", "cost")
_BARS = 16  # configurations of a study in one figure
_APART = (
    "These studies were run apart: their splits, seeds and tracks may differ. Nothing is tested between them; "
    "only the comparisons inside a study are paired."
)


def write_studies_report(folders: Sequence[Path], page: Path, everything: bool = False) -> Path:
    """Make a page of several studies, and tables beside it in a folder that is called like the page.

    Args:
        folders: of studies that have run.
        page: the HTML file.
        everything: draw the bars of all configurations.
    Raises: TrainingError when a folder holds no study that has run, when the studies have no task in common, or when
        one is named twice.
    """
    studies = _read(folders)
    together = _together(studies)
    tables = tables_of(together)
    write_tables(together, page.with_suffix("").with_name(f"{page.stem}-tables"))
    text = (
        environment()
        .get_template("studies.html")
        .render(
            names=list(studies),
            style=style(),
            version=metadata.version("unisono"),
            about=[_about(name, study, at) for at, (name, study) in enumerate(studies.items())],
            notes=[_APART, *together["notes"]],
            leaky=[
                (f"{name}, {protocol}" if protocol else name, reasons)
                for name, study in studies.items()
                for protocol, reasons in study["leaks"].items()
                if reasons
            ],
            tables={"overview": tables["overview"], "cost": tables.get("cost")},
            tasks=[_task(studies, together, task, everything) for task in together["tasks"]],
        )
    )
    commit_bytes(page, text.encode("utf-8", "replace"))
    return page


def _read(folders: Sequence[Path]) -> dict[str, Row]:
    paths = [Path(folder).resolve() for folder in folders]
    if len(set(paths)) < len(paths):
        raise TrainingError(str(folders[-1]), "is named with a study that is itself", "Name each study once.")
    short = [path.name for path in paths]
    names = [name if short.count(name) == 1 else str(path) for name, path in zip(short, folders, strict=True)]
    studies: dict[str, Row] = {name: read_study(path) for name, path in zip(names, paths, strict=True)}
    if not _shared(studies):
        said = "; ".join(f"{name}: {', '.join(_targets(study))}" for name, study in studies.items())
        raise TrainingError(names[-1], f"has no target task in common with the others ({said})", "Name other studies.")
    return studies


def _targets(study: Row) -> list[str]:
    return [name for name, task in study["tasks"].items() if task["role"] == "target"]


def _shared(studies: Studies) -> list[str]:
    """Target tasks of all studies, in the order of the first."""
    first, *others = studies.values()
    return [task for task in _targets(first) if all(task in _targets(other) for other in others)]


def _together(studies: Studies) -> dict[str, Any]:
    """What the tables are made of, as if it were one study: configurations are called STUDY: NAME."""
    tasks = {task: next(iter(studies.values()))["tasks"][task] for task in _shared(studies)}
    found: dict[str, Any] = {"tasks": tasks, "notes": [], **{key: [] for key in (*_JOINED, "losses")}}
    for name, study in studies.items():
        for key in _JOINED:
            kept = [row for row in study.get(key, ()) if row.get("task", next(iter(tasks))) in tasks]
            found[key] += [_named(row, name) for row in kept]
        for task, about in tasks.items():
            if study["tasks"][task]["metric"] != about["metric"]:
                own = study["tasks"][task]["metric"]
                found["notes"].append(f"{name} decides about {task} by {own}; shown is {about['metric']}.")
    alike = [_learned_most(study) for study in studies.values()]
    if None not in alike and all(one == alike[0] for one in alike):
        found["losses"] = [_named(row, name) for name, study in studies.items() for row in study.get("losses", ())]
    else:
        found["notes"].append("Total losses are not set side by side: they are sums over other tasks.")
    return found


def _named(row: Row, study: str) -> dict[str, Any]:
    called = {key: f"{study}: {row[key]}" for key in ("configuration", "baseline") if row.get(key) is not None}
    return {**row, **called}


def _learned_most(study: Row) -> frozenset[str] | None:
    """The targets of the configurations that learn the most, from one that learns nothing beside them."""
    rows = study.get("losses", ())
    most = max((row["tasks"] for row in rows), default=0)
    widest = [row["configuration"] for row in rows if row["tasks"] == most]
    learned = [frozenset(study["configurations"][name]["tasks"]) for name in widest]
    return next((tasks for tasks in learned if len(tasks) == most), None)


def _about(name: str, study: Row, at: int) -> dict[str, Any]:
    return {
        "name": name,
        "description": study["description"],
        "configurations": len({cell["configuration"] for cell in study["cells"]}),
        "seeds": len(study["seeds"]),
        "version": study["version"],
        "colour": SERIES[at % len(SERIES)],
    }


def _task(studies: Studies, together: Row, task: str, everything: bool) -> dict[str, Any]:
    """Bars of each protocol, the studies below each other; of several sizes the last."""
    about = together["tasks"][task]
    protocols = dict.fromkeys(row["protocol"] for row in together["scores"])
    found = [_bars(studies, (task, about["metric"]), protocol, everything) for protocol in protocols]
    return {"name": task, "kind": about["kind"], "bars": [one for one in found if one is not None]}


def _bars(studies: Studies, score: tuple[str, str], protocol: str, everything: bool) -> tuple[str, Any, str] | None:
    drawn: list[dict[str, Any]] = []
    omitted, leaky = [], False
    for at, (name, study) in enumerate(studies.items()):
        rows = [r for r in study["scores"] if (r["task"], r["metric"]) == score and r["protocol"] == protocol]
        if not rows:
            continue
        (mine,) = conditions(rows, everything=False)
        shown = fair(study, mine, None if everything else _BARS)
        omitted.append(left_out(mine, shown, f"bars of {name}"))
        leaky |= bool(study["leaks"].get(protocol))
        look = {"is_baseline": False, "colour": SERIES[at % len(SERIES)]}
        drawn += [{**_named(row, name), **look, "marked": _is_marked(study, row)} for row in shown]
    if not drawn:
        return None
    title = f"{score[0]} {protocol}".strip()
    mark = list(dict.fromkeys(level for study in studies.values() for level in study["mark"]))
    return protocol, figures.bars(drawn, title, mark, leaky), " ".join(filter(None, omitted))


def _is_marked(study: Row, row: Row) -> bool:
    levels = study["configurations"][row["configuration"]]["levels"].values()
    return any(level in study["mark"] for level in (*levels, row["configuration"]))
