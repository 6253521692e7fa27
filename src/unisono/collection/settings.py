"""What an experiment file says of its tracks (`[collection]`) and of their parts (`[split]`)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from unisono.parts import Settings

Key = str | int | float
SOURCES = ("table", "folder", "dataset", "rekordbox", "beets")
LINE = "#line"  # the id of tracks that no column names


class Join(Settings):
    """Another table whose columns are added by id: `joins = [{ table = "more.csv", id = "row" }]`.

    Args:
        table: the other table, relative to the experiment.
        id: its key column; every value stands in it once.
        on: the collection's column that holds the same keys; default: the collection's id.
        columns: which of its columns to add; default: all.
        delimiter: what separates its cells, where that is not what its name says.
    """

    table: str
    id: str
    on: str | None = None
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None


class Latest(Settings):
    """Only the latest rows of some classes: `latest = { by = "year", column = "genre", rows = { pop = 3691 } }`.

    Args:
        by: a column of numbers or of dates written year first; the greatest are the latest.
        column: the column that holds the classes.
        rows: class -> how many rows of it to keep; classes not named stay whole.
    """

    by: str
    column: str
    rows: dict[str, int]

    @model_validator(mode="after")
    def _some_rows(self) -> Self:
        if not self.rows or min(self.rows.values()) < 1:
            raise ValueError("latest.rows must name a number of rows, at least 1, for each class")
        return self


class CollectionSettings(Settings):
    """Where the tracks are and which column is what; exactly one source, the first five keys.

    Args:
        table: CSV, TSV, Parquet or JSONL, relative to the experiment.
        folder: a folder of audio, searched through; the files' own tags become columns.
        dataset: a known public dataset; `root` is the folder where it lies.
        rekordbox: a collection that Rekordbox has exported as XML; read only, as is the next.
        beets: the library file of beets; `audio_root` is its music folder, if paths are relative to one.
        colours: of a Rekordbox collection: colour -> number or text for the column `energy`: `{ red = 400 }`.
        playlists: of a Rekordbox collection: the folder whose playlists count; default: all.
        id: the column that names a track, the key for joins; default: the audio column, else a column "id". "#line"
            takes the line of the table, for tables in which nothing names a track: it is no key for joins.
        audio: the column of paths, relative to the table or to `audio_root`; an empty cell: no sound.
        missing_audio: "error", or "ignore": a file that is not there makes a track without sound, counted.
        lyrics: the column of texts; default: a file beside the sound (.lrc, .txt) or its lyrics tag.
        groups: tracks of one group stay on one side of a split; default: "artist" where there is one.
        song: same values, same song; default: artist and title where there are both.
        apart: columns that hold a split by whose makers' word nobody stands on two sides, for tables without groups;
            default: what the dataset says, else none.
        duplicates: a column of cluster names: rows of one cluster are the same song too.
        keep: column -> the values whose rows are used.
        latest: the latest rows of some classes only, see `Latest`.
        joins: further tables, see `Join`.
        delimiter: what separates the table's cells; default: "," in .csv, tab in .tsv.
    """

    table: str | None = None
    folder: str | None = None
    dataset: str | None = None
    rekordbox: str | None = None
    beets: str | None = None
    root: str | None = None
    colours: dict[str, Key] = {}
    playlists: str | None = None
    id: str | None = None
    audio: str | None = None
    audio_root: str | None = None
    missing_audio: Literal["error", "ignore"] = "error"
    lyrics: str | None = None
    groups: tuple[str, ...] | None = None
    song: tuple[str, ...] | None = None
    apart: tuple[str, ...] | None = None
    duplicates: str | None = None
    keep: dict[str, tuple[Key, ...]] = {}
    latest: Latest | None = None
    joins: tuple[Join, ...] = ()
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [n for n in SOURCES if getattr(self, n) is not None]
        if len(given) != 1:
            said = "none" if not given else " and ".join(given)
            known = f"{', '.join(SOURCES[:-1])} and {SOURCES[-1]}"
            raise ValueError(f"the collection needs exactly one of {known}, but there is {said}")
        if self.rekordbox is None and (self.colours or self.playlists):
            raise ValueError("colours and playlists go with rekordbox only")
        if self.dataset is not None and self.root is None:
            raise ValueError('a dataset needs root = "the folder where it lies"')
        return self


class SplitSettings(Settings):
    """Which tracks teach, which choose and which judge.

    Args:
        protocol: "grouped" (default), "songs" (songs are whole, their artists are not: stamped), "random", "published"
            (random as papers did, stamped leaky) or "file" (from `file` or `column`, and the default where one of them
            is given).
        file: CSV of id, part and, with folds, fold.
        column: a column of the collection that says train, validation or test.
        test: share of the rows that judge; not used with folds.
        validation: share of the rows that choose; with folds, taken from each fold's training rows.
        calibration: share of the rows on which confidence is calibrated and thresholds for `tag --min-precision` are
            chosen; nothing else sees them. Not with folds, whose pooled test parts serve for it.
        folds: cross-validation: every row is in test exactly once.
        seed: fixes the split whatever the run's seed is; default: the run's seed.
        final: with folds, one more fold without a test part, for the model that is kept.
        made: how a file was made, where that is known: its stamp stays that of a random or published split.
        on_purpose: leaks, to show what they flatter, each stamped: "select_on_test" lets early stopping look at the
            test part, "fit_on_all" fits inputs (vocabulary, scaler, selected features) on the test part too,
            "copies_cross" teaches altered copies of test tracks, as augmenting before splitting does,
            "excerpts_cross" judges one excerpt of each test track and teaches the others, as parting excerpts does.
        shuffled: labels are exchanged between the tracks of each part: a control from which nothing can be learned.
    """

    protocol: Literal["grouped", "songs", "random", "published", "file"] = "grouped"
    file: str | None = None
    column: str | None = None
    test: float = Field(default=0.2, gt=0, lt=1)
    validation: float = Field(default=0.1, ge=0, lt=1)
    calibration: float = Field(default=0.0, ge=0, lt=1)
    folds: int | None = Field(default=None, ge=2)
    seed: int | None = Field(default=None, ge=0)
    final: bool = True
    made: Literal["grouped", "random", "published"] | None = None
    on_purpose: tuple[Literal["select_on_test", "fit_on_all", "copies_cross", "excerpts_cross"], ...] = ()
    shuffled: bool = False

    @model_validator(mode="before")
    @classmethod
    def _file_is_meant(cls, data: object) -> object:
        if isinstance(data, dict) and "protocol" not in data and (data.get("file") or data.get("column")):
            return {**data, "protocol": "file"}
        return data

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.test + self.validation + self.calibration >= 1:
            more = f" and calibration {self.calibration}" if self.calibration else ""
            raise ValueError(f"test {self.test} and validation {self.validation}{more} leave nothing to train on")
        if self.folds is not None and self.calibration:
            raise ValueError("folds need no calibration part: what each fold says of its test part serves for it")
        if (self.protocol == "file") != ((self.file is None) != (self.column is None)):
            raise ValueError('protocol = "file" goes with either file or column, and these with no other protocol')
        if self.folds is not None and self.protocol == "file":
            raise ValueError("folds cannot be set for a split from a file; the file's own column fold holds them")
        if self.made is not None and self.protocol != "file":
            raise ValueError("made goes with a split from a file only")
        return self
