"""GTZAN (Tzanetakis and Cook, 2002): 1,000 excerpts of ten genres, with the split of which its faults are filtered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from unisono.collection.datasets._layout import add, find, found, sounding, sounds_below, table_of, unique
from unisono.collection.faults import Fault, fail
from unisono.collection.table import Table, read_table
from unisono.errors import TableError

FOLDERS = ("genres", "genres_original", "Data/genres_original")
FEATURES = ("features_30_sec.csv", "Data/features_30_sec.csv")
SPLITS = ("fault_filtered_split", "GTZAN_split", "")
PARTS = {"train": "train_filtered.txt", "validation": "valid_filtered.txt", "test": "test_filtered.txt"}


class Gtzan:
    """Sounds as `genres/blues/blues.00000.au` (or .wav in `genres_original`), or a table of features, or both."""

    citation: ClassVar[str] = (
        "G. Tzanetakis, P. Cook: Musical Genre Classification of Audio Signals. IEEE Transactions on Speech and Audio "
        "Processing 10(5), 2002. Faults: B. L. Sturm: The State of the Art Ten Years After a State of the Art. "
        "Journal of New Music Research 43(2), 2014. Split: C. Kereliuk, B. L. Sturm, J. Larsen: Deep Learning and "
        "Music Adversaries. IEEE Transactions on Multimedia 17(11), 2015"
    )
    licence: ClassVar[str] = "none stated; excerpts of commercial recordings"
    homepage: ClassVar[str] = "http://marsyas.info/downloads/datasets.html"
    split_homepage: ClassVar[str] = "https://github.com/jongpillee/music_dataset_split"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "id": "blues.00000",
        "genre": "blues, classical, country, disco, hiphop, jazz, metal, pop, reggae, rock",
        "fault_filtered": "train, validation or test of the split without repeated, distorted and mislabelled "
        "excerpts and without an artist on two sides; empty: left out",
        "chroma_stft_mean ...": "57 features from features_30_sec.csv, where it is there",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "id", "groups": (), "song": (), "apart": ("fault_filtered",)}

    def read(self, root: Path) -> Table:
        advice = f"Get genres.tar.gz from {self.homepage} and unpack it there."
        features = found(root, FEATURES)
        if features is not None:
            table = self._of_features(features)
        else:
            folder = find(root, FOLDERS, advice)
            table = self._of_sounds(folder, advice)
        base = found(root, FOLDERS)
        ids = table.frame["id"].to_list()
        if base is not None:
            table = sounding(table, base, lambda row: [f"{_genre(ids[row])}/{ids[row]}.{s}" for s in ("wav", "au")])
        return self._split(table, root)

    def _of_features(self, path: Path) -> Table:
        table = read_table(path)
        table.need(["filename", "label"], "part of the published layout")
        names = table.frame["filename"].to_list()
        frame = table.frame.drop("filename", "label", "length", strict=False)
        told = table_of([{"id": _id(n), "genre": _genre(n)} for n in names], ["id", "genre"], table.where, names)
        wrong = [
            Fault(table.place(row, "label"), f'"{label}" stands beside the file "{name}"')
            for row, (name, label) in enumerate(zip(names, table.frame["label"].to_list(), strict=True))
            if label != _genre(name)
        ]
        fail(TableError, table.where, wrong)
        return Table(told.frame.hstack(frame), table.where, table.lines)

    def _of_sounds(self, folder: Path, advice: str) -> Table:
        files = [path for path in sounds_below(folder) if len(path.parts) == 2]
        if not files:
            raise TableError(str(folder), "holds no sound such as blues/blues.00000.wav", advice)
        rows = [{"id": _id(path.name), "genre": path.parts[0]} for path in files]
        table = table_of(rows, ["id", "genre"], folder.name, [path.as_posix() for path in files])
        unique(table, "id")
        return table

    def _split(self, table: Table, root: Path) -> Table:
        folder = next((root / name for name in SPLITS if (root / name / PARTS["train"]).is_file()), None)
        if folder is None:
            return table.note(
                f"The fault-filtered split is not there: get GTZAN_split from {self.split_homepage}, put it into "
                f'{root}, and set column = "fault_filtered" under [split].'
            )
        part: dict[str, str] = {}
        faults = []
        for name, file in PARTS.items():
            path = find(folder, [file], f"Get GTZAN_split from {self.split_homepage}.")
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                key = _id(PurePosixPath(line.strip()).name)
                if key and key in part:
                    faults.append(Fault(f"{file}:{number}", f'"{key}" is in {part[key]} too but must be in one part'))
                part[key] = name
        fail(TableError, folder.name, faults)
        return add(table, "id", {"fault_filtered": part})


def _id(name: str) -> str:
    """blues.00000.wav -> blues.00000"""
    return name.rsplit(".", 1)[0]


def _genre(name: str) -> str:
    return name.split(".", 1)[0]
