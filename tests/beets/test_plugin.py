"""The plugin in beets itself: `beet` is run as a user runs it, on a library of two real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC

pytest.importorskip("beets")
Beet = Callable[..., str]


@pytest.fixture(scope="module")
def beet(tmp_path_factory: pytest.TempPathFactory, beet_in: Callable[[Path], Beet]) -> Beet:
    """A library of two songs, and what runs beet on it."""
    folder = tmp_path_factory.mktemp("beets")
    (folder / "new").mkdir()
    songs = {"Loud": ("guitar night happy loud", ["Old Genre"]), "Sad": ("sad", [])}
    for title, (words, genres) in songs.items():
        path = folder / "new" / f"{title}.flac"
        soundfile.write(path, np.zeros(8000), 8000)
        file = FLAC(path)
        file.update({"title": title, "artist": "Ada", "album": "One", "lyrics": words})
        if genres:
            file["genre"] = genres
        file.save()

    run = beet_in(folder)
    run("import", "-A", "-q", str(folder / "new"))
    return run


def test_from_pretending_to_queries_to_files(beet: Beet) -> None:
    told = beet("unisono", "-p", "title:Loud")
    assert 'mood: nothing -> "night; happy"' in told and "energy: nothing -> 250.0" in told
    assert "genres" not in told, "what is there stays"
    assert beet("ls", "energy:200..300").strip() == "", "pretending changes nothing"
    beet("unisono")
    assert beet("ls", "-f", "$title $energy", "mood:night", "energy:200..300").split() == ["Loud", "250.0"]
    assert beet("ls", "-f", "$title $genres", "genres:=blues").split() == ["Sad", "blues"]
    files = [Path(p) for p in beet("ls", "-p").split("\n") if p]
    assert "MOOD" not in FLAC(files[0]), "files are left alone without -w"
    beet("unisono", "-w", "-f")
    by_title = {str(FLAC(p)["title"][0]): FLAC(p) for p in files}
    assert by_title["Loud"]["mood"] == ["night; happy"] and float(by_title["Loud"]["energylevel"][0]) == 250
    assert by_title["Loud"]["genre"] == ["rock"], "-f replaces"
    assert by_title["Loud"]["lyrics"] == ["guitar night happy loud"]
    assert beet("unisono", "-c", "title:Sad").strip() == "1 items"


def test_new_items_are_tagged_on_import_if_asked(beet: Beet, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "later.flac", np.zeros(8000), 8000)
    file = FLAC(tmp_path / "later.flac")
    file.update({"title": "Later", "artist": "Bo", "lyrics": "sad happy"})
    file.save()
    beet("import", "-s", "-A", "-q", str(tmp_path), more="auto: yes")
    assert beet("ls", "-f", "$title $mood $genres", "title:Later").split() == ["Later", "happy", "blues"]


def test_a_precision_nobody_vouched_for_is_refused(beet: Beet) -> None:
    with pytest.raises(AssertionError, match="the model has no thresholds"):
        beet("unisono", "-f", "-P", "0.9")
    with pytest.raises(AssertionError, match="there is no such folder"):
        beet("unisono", "-m", "/nowhere")
