"""From a path's suffix or a named format to the export that writes it."""

from __future__ import annotations

from pathlib import Path

from unisono.errors import UserError
from unisono.parts import names, part
from unisono.tagging.tagged import LONG, Layout, Tagged

FAMILY = "tagging.exports"


def write(tagged: Tagged, path: Path, form: str | None = None, layout: Layout = LONG) -> Path:
    """Write tags to a file; what was there is replaced whole or not at all.

    Args:
        form: an export's name; default: by the path's suffix.
    Returns: the file, or the folder of an export of many files.
    Raises: UserError when neither says how; DiskFull.
    """
    path, form = Path(path), form or export_for(path)
    chosen = part(FAMILY, form)
    chosen.write(tagged, path, layout)
    return path.with_suffix("") if is_folder(form) and path.suffix.lower() in chosen.SUFFIXES else path


def is_folder(form: str) -> bool:
    """Whether an export writes many files into a folder."""
    return bool(getattr(part(FAMILY, form), "FOLDER", False))


def steps_of(form: str) -> tuple[str, ...]:
    """What to do in the program that an export is for, a line each."""
    return tuple(getattr(part(FAMILY, form), "STEPS", ()))


def export_for(path: Path) -> str:
    """The export that a path's suffix means.

    Raises: UserError naming the known suffixes.
    Example:
        >>> export_for(Path("tags.ndjson"))
        'jsonl'
    """
    known = {suffix: name for name in names(FAMILY) for suffix in part(FAMILY, name).SUFFIXES}
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        found = f'the suffix "{suffix}" names no format' if suffix else "has no suffix that names a format"
        raise UserError(str(path), found, f"Use {', '.join(sorted(known))}, or --format {'|'.join(names(FAMILY))}.")
    return known[suffix]
