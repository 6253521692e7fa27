"""A table named on the command line: which of its columns is what, and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.collection import Collection, CollectionSettings, load
from unisono.collection.settings import LINE
from unisono.collection.table import read_table
from unisono.errors import TableError
from unisono.tagging import Columns
from unisono.tagging.gathering import roles_of

IdColumn = Annotated[str | None, typer.Option("--id-column", metavar="NAME", help="Of a table: what names a row.")]
AudioColumn = Annotated[str | None, typer.Option("--audio-column", metavar="NAME", help="Of a table: paths of sound.")]
LyricsColumn = Annotated[str | None, typer.Option("--lyrics-column", metavar="NAME", help="Of a table: lyrics.")]


def collection_at(path: Path, columns: Columns) -> Collection:
    """The tracks of a table, or of a folder whose files' own tags are its columns.

    Raises: TableError.
    """
    if path.is_dir():
        return load(CollectionSettings(folder=str(path)), Path.cwd())
    if not path.is_file():
        raise TableError(str(path), "there is no such file or folder")
    roles = roles_of(read_table(path), columns)
    settings = CollectionSettings(
        table=str(path.resolve()),
        id=roles["id"] or roles["audio"] or LINE,
        audio=roles["audio"],
        lyrics=roles["lyrics"],
        missing_audio="ignore",
    )
    return load(settings, Path.cwd())
