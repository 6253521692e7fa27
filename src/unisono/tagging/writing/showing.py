"""Showing changes: old -> new per file and field, as rows or as one page of HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from unisono.collection.faults import several
from unisono.tagging.rows import text_of
from unisono.tagging.writing.writer import Outcome

Row = tuple[str, str, str, str]  # path, field, old, new
HEADER = ("path", "field", "old", "new")
_BETWEEN = "; "
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1b1b1f }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; vertical-align: top }
.field { white-space: nowrap }
tr { border-bottom: 1px solid #d8d8de } td { overflow-wrap: anywhere } caption { text-align: left; padding: .5rem 0 }
del { background: #fde3e1; color: #7c1d17; text-decoration-thickness: 1px } ins { background: #dcf3e1; color: #14532d;
text-decoration: none } h2 { font-size: 1.1rem; margin-top: 2rem }
@media (prefers-color-scheme: dark) { body { background: #17171a; color: #e7e7ea } tr { border-color: #3a3a41 }
del { background: #4a1f1c; color: #f7c4bf } ins { background: #173d24; color: #bfe8cb } }
"""


def rows(outcomes: Iterable[Outcome]) -> Iterator[Row]:
    """One row a changed field."""
    for outcome in outcomes:
        for change in outcome.changes:
            yield text_of(outcome.path), change.field, _BETWEEN.join(change.old), _BETWEEN.join(change.new)


def records(outcomes: Iterable[Outcome]) -> Iterator[dict[str, Any]]:
    """One record a file that changes or is skipped, for JSON."""
    for outcome in outcomes:
        if outcome.state != "unchanged":
            changes = {c.field: {"old": list(c.old), "new": list(c.new)} for c in outcome.changes}
            told = {"changes": changes} if changes else {}
            reason = {"reason": outcome.reason} if outcome.reason else {}
            yield {"path": text_of(outcome.path), "state": outcome.state, **told, **reason}


def page(outcomes: Sequence[Outcome], title: str) -> str:
    """A page without scripts and links that shows all changes; text from tags is always escaped."""
    changed = sum(len(outcome.changes) for outcome in outcomes)
    skipped = [o for o in outcomes if o.state == "skipped"]
    files = several(_files(outcomes), "file")
    told = "".join(f"<li><code>{_safe(text_of(o.path))}</code>: {_safe(o.reason)}</li>" for o in skipped)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_safe(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{_safe(title)}</h1><table><caption>{several(changed, 'field')} of {files}</caption>"
        "<thead><tr><th>File</th><th>Field</th><th>Old</th><th>New</th></tr></thead><tbody>"
        + "".join(_file(outcome) for outcome in outcomes)
        + "</tbody></table>"
        + (f"<h2>{len(skipped):,} skipped</h2><ul>{told}</ul>" if skipped else "")
        + "</body></html>\n"
    )


def _files(outcomes: Iterable[Outcome]) -> int:
    return sum(bool(outcome.changes) for outcome in outcomes)


def _file(outcome: Outcome) -> str:
    """The rows of one file, its name once."""
    changes = list(rows([outcome]))
    name = f'<td rowspan="{len(changes)}"><code>{_safe(text_of(outcome.path))}</code></td>'
    return "".join(_row(name if not number else "", *row[1:]) for number, row in enumerate(changes))


def _row(name: str, field: str, old: str, new: str) -> str:
    was = f"<del>{_safe(old)}</del>" if old else ""
    return f'<tr>{name}<td class="field">{_safe(field)}</td><td>{was}</td><td><ins>{_safe(new)}</ins></td></tr>'


def _safe(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))
