"""A DJ's table of five tasks, as in system 003: main genre, subgenre, kind of intro, energy and situations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from unisono.collection.datasets._layout import find, sounding, unique
from unisono.collection.faults import Fault, fail
from unisono.collection.table import Table, read_table
from unisono.errors import TableError

FILE = "dj_tags.csv"
TASKS = ("main_genre", "subgenre", "intro", "energy", "situation")
ENERGIES = ("100", "200", "300", "400")


class DjTable:
    """`dj_tags.csv` and the sounds that it names, relative to it. The author's own table is private."""

    citation: ClassVar[str] = (
        "S. Cycoń: Transfer and multitask learning for music classification tasks. Master's thesis, Technische "
        "Universität Berlin, 2020"
    )
    licence: ClassVar[str] = "private; a table of your own is yours"
    homepage: ClassVar[str] = ""
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "path": "of the sound, below the table's folder; names the track",
        "artist": "the group of a split",
        "title": "of the track",
        "main_genre": "one of six in the thesis",
        "subgenre": "one of 23 in the thesis, each below one main genre",
        "intro": "one of five in the thesis: Aca-In, Clapapella-In, Extended-In, Intro, No Intro",
        "energy": "100, 200, 300 or 400",
        "situation": "where and when to play it, joined by ;; - for nowhere; empty: not labelled",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "path"}

    def read(self, root: Path) -> Table:
        advice = f"The author's is private: write one with the columns {', '.join(self.columns)}, see docs/datasets.md."
        table = read_table(find(root, [FILE], advice))
        table.need(list(self.columns), "one of the five tasks, or names a track")
        unique(table, "path")
        energies = [cell.strip() for cell in table.frame["energy"].to_list()]
        wrong = [
            Fault(table.place(row, "energy"), f'"{cell}" is no energy', f"Energies are {', '.join(ENERGIES)}.")
            for row, cell in enumerate(energies)
            if cell and cell not in ENERGIES
        ]
        fail(TableError, table.where, wrong + _two_parents(table))
        paths = table.frame["path"].to_list()
        return sounding(table, root, lambda row: [paths[row]])


def _two_parents(table: Table) -> list[Fault]:
    """A subgenre below two main genres: a slip of one of the two labels."""
    parent: dict[str, tuple[str, int]] = {}
    faults = []
    for row, (main, sub) in enumerate(zip(table.frame["main_genre"], table.frame["subgenre"], strict=True)):
        if not main.strip() or not sub.strip():
            continue
        known, first = parent.setdefault(sub, (main, row))
        if known != main:
            found = f'"{sub}" stands below "{main}", but below "{known}" in {table.place(first)}'
            faults.append(Fault(table.place(row, "subgenre"), found))
    return faults
