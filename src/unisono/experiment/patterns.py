"""Names of layers by pattern: what is copied, frozen and learned slowly.

A pattern names layers by the dots of their names, and everything inside them: `branches.for_audio` is the whole branch.
`*` stands for anything inside one step of a name, `**` for any number of steps, `?` and `[12]` for one character.
`{block}` stands for one step that must be the same in both patterns of a pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from unisono.errors import ExperimentError, nearest

_SPECIAL = re.compile(r"\*\*|\*|\?|\[[^\]]+\]|\{([A-Za-z_]\w*)\}")
_PLAIN = {"**": r".*", "*": r"[^.]*", "?": r"[^.]"}
_ANYTHING = "\0"  # a name that no layer has and only a wildcard fits
_INSIDE = "inside_"  # the group of what stands inside the layers that a pattern names


def matching(pattern: str, names: Iterable[str], where: str) -> list[str]:
    """The names that a pattern fits.

    Args:
        where: the key to name in messages.
    Raises: ExperimentError when there is none.
    Example:
        >>> matching("heads.*.output", ["heads.a.output.bias", "heads.a.hidden.bias"], "freeze")
        ['heads.a.output.bias']
    """
    known = list(names)
    wanted = _regex(pattern, {})
    found = [name for name in known if wanted.fullmatch(name)]
    if not found:
        raise ExperimentError(where, f'the pattern "{pattern}" fits no layer', _proposal(pattern, known))
    return found


def pairs(
    pattern: str, place: str, sources: Iterable[str], targets: Iterable[str], where: str
) -> list[tuple[str, str]]:
    """(source, target) for each target that `place` fits; every source and every target has a partner.

    Raises: ExperimentError when a pattern fits nothing, a source has no place, or a target not exactly one source.
    Example:
        >>> pairs("a.{block}.for_all", "b.{block}.for_*", ["a.1.for_all.w"], ["b.1.for_x.w", "b.1.for_y.w"], "copy")
        [('a.1.for_all.w', 'b.1.for_x.w'), ('a.1.for_all.w', 'b.1.for_y.w')]
    """
    alone = sorted(_names(pattern) ^ _names(place))
    if alone:
        found = f'{{{alone[0]}}} stands in one of "{pattern}" and "{place}" but has to agree in both'
        raise ExperimentError(f"{where}.to", found, "Write * for what may be anything.")
    given = matching(pattern, sources, f"{where}.layers")
    wanted = _regex(place, {})
    paired: list[tuple[str, str]] = []
    for target in matching(place, targets, f"{where}.to"):
        fitted = wanted.fullmatch(target)
        assert fitted is not None
        regex = _regex(pattern, fitted.groupdict())
        partners = [name for name in given if regex.fullmatch(name)]
        if len(partners) != 1:
            told = " and ".join(partners[:2]) if partners else "none"
            needed = f'"{target}" needs one source but "{pattern}" gives it {told}'
            raise ExperimentError(f"{where}.to", needed, "Write {name} in both patterns where they have to agree.")
        paired.append((partners[0], target))
    left = [name for name in given if name not in {source for source, _ in paired}]
    if left:
        raise ExperimentError(f"{where}.to", f'"{left[0]}" has no place: "{place}" fits no such layer')
    return paired


def covers(pattern: str, layer: str) -> bool:
    """Whether a pattern fits everything inside a layer, whatever is there.

    Example:
        >>> covers("branches.for_*", "branches.for_a.block1"), covers("branches.**.conv1", "branches.for_a.block1")
        (True, False)
    """
    wanted = _regex(pattern, {})
    return any(wanted.fullmatch(name) for name in (layer, f"{layer}.{_ANYTHING}"))


def _names(pattern: str) -> set[str]:
    return {special[1] for special in _SPECIAL.finditer(pattern) if special[1]}


def _regex(pattern: str, fixed: Mapping[str, str]) -> re.Pattern[str]:
    """`fixed`: what named steps stand for; others become groups."""
    text, at = "", 0
    named: set[str] = set()
    for special in _SPECIAL.finditer(pattern):
        text += re.escape(pattern[at : special.start()]) + _piece(special, fixed, named)
        at = special.end()
    inside = re.escape(fixed[_INSIDE]) if _INSIDE in fixed else rf"(?P<{_INSIDE}>(?:\..+)?)"
    return re.compile(text + re.escape(pattern[at:]) + inside)


def _piece(special: re.Match[str], fixed: Mapping[str, str], named: set[str]) -> str:
    name = special[1]
    if name is None:
        return _PLAIN.get(special[0], special[0])
    if name in fixed:
        return re.escape(fixed[name])
    if name in named:
        return f"(?P={name})"
    named.add(name)
    return rf"(?P<{name}>[^.]+)"


def _proposal(pattern: str, names: list[str]) -> str:
    layers = dict.fromkeys(".".join(name.split(".")[:depth]) for name in names for depth in range(1, 8))
    return nearest(pattern, layers) or f"Layers are such as {', '.join(names[:2])}."
