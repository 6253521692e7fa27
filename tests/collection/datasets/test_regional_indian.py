"""Regional music of India: every label stands in the path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, load
from unisono.errors import TableError

Layout = Callable[[str], Path]


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="regional_indian", root=str(root)), Path())


def test_labels_of_paths(layout: Layout) -> None:
    root = layout("regional_indian")
    songs = opened(root)
    track = {t.id: t for t in songs.tracks}["Khasi & Jaintia_1/two words_5_m_1/0_2.wav"]
    assert track.audio == root / "Khasi & Jaintia_1/two words_5_m_1/0_2.wav" and track.audio.is_file()
    told = {name: track.values[name] for name in ("language", "artist", "gender", "veteran", "singers")}
    assert told == {"language": "Khasi & Jaintia", "artist": "two words", "gender": "m", "veteran": "1", "singers": "2"}
    groups = songs.groups()
    assert groups is not None and len(songs) == 16 and len(set(groups.tolist())) == 8


@pytest.mark.parametrize("path", ["Hindi_0/0_1.wav", "Hindi/kishore_0_m_1/0_1.wav", "Hindi_0/kishore_0_m/0_1.wav"])
def test_another_path(layout: Layout, path: str) -> None:
    root = layout("regional_indian")
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(b"")
    with pytest.raises(TableError, match=rf"{path}: does not lie as LANGUAGE_NUMBER/ARTIST_NUMBER_GENDER_VETERAN/"):
        opened(root)
