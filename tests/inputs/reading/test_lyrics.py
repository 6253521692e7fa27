"""Lyrics of a file: which source wins, in every container, and what happens to damaged ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.id3 import ID3, SYLT, USLT

from unisono.errors import AudioError, UserError
from unisono.inputs.reading.lyrics import lyrics_of

SUBTYPES = {"wav": None, "flac": None, "ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III", "aiff": None}


@pytest.fixture
def sound(tmp_path: Path) -> Callable[[str], Path]:
    def made(name: str) -> Path:
        path = tmp_path / name
        kind = path.suffix[1:]
        wave = np.sin(np.arange(24000) / 10) / 4
        container = "OGG" if kind == "opus" else kind.upper()
        soundfile.write(path, wave, 48000, format=container, subtype=SUBTYPES[kind])
        return path

    return made


def test_the_sidecar_wins_and_lrc_comes_before_txt(sound: Callable[[str], Path]) -> None:
    path = sound("song.flac")
    file = mutagen.File(path)
    file["LYRICS"] = "from the tag"
    file.save()
    assert lyrics_of(path) == "from the tag"
    path.with_suffix(".txt").write_text("from the text\n")
    assert lyrics_of(path) == "from the text"
    path.with_suffix(".LRC").write_text("[ar:x]\n[00:01.00]from the\n[00:02.00]stamps\n")
    assert lyrics_of(path) == "from the\nstamps"


def test_an_empty_sidecar_says_nothing(sound: Callable[[str], Path]) -> None:
    path = sound("song.mp3")
    path.with_suffix(".lrc").write_text("[ti:Song]\n\n")
    assert lyrics_of(path) is None


def test_a_sidecar_is_enough(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("words")
    assert lyrics_of(tmp_path / "gone.mp3") == "words"
    assert lyrics_of(tmp_path / "nothing.mp3") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_sidecars_in_unicode(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "song.txt").write_bytes("é ω\r\nзима\r".encode(encoding))
    assert lyrics_of(tmp_path / "song.mp3") == "é ω\nзима"


def test_other_encodings_and_huge_sidecars_are_that_files_error(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(AudioError, match=r"latin.txt: lyrics are not UTF-8 text. Save the file as UTF-8"):
        lyrics_of(tmp_path / "latin.mp3")
    (tmp_path / "huge.txt").write_bytes(b"a" * (2**20 + 1))
    with pytest.raises(AudioError, match="over 1 MiB"):
        lyrics_of(tmp_path / "huge.mp3")


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.aiff"])
def test_id3_lyrics_unsynchronised_before_synchronised(sound: Callable[[str], Path], name: str) -> None:
    path = sound(name)
    file = mutagen.File(path)
    file.add_tags()
    file.tags.add(SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[("hold", 10), ("me", 900)]))
    file.save()
    assert lyrics_of(path) == "hold\nme"
    file.tags.add(USLT(encoding=1, lang="deu", desc="x", text=""))
    file.tags.add(USLT(encoding=1, lang="eng", desc="", text="[00:01.00]halt mich"))
    file.save()
    assert lyrics_of(path) == "halt mich"


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.opus"])
@pytest.mark.parametrize("key", ["LYRICS", "unsyncedlyrics", "SyncedLyrics"])
def test_vorbis_lyrics(sound: Callable[[str], Path], name: str, key: str) -> None:
    path = sound(name)
    file = mutagen.File(path)
    file[key] = ["зима"]
    file.save()
    assert lyrics_of(path) == "зима"


def test_a_file_of_another_kind_has_none(tmp_path: Path) -> None:
    path = tmp_path / "notes.pdf"
    path.write_bytes(b"%PDF-1.4 ...")
    assert lyrics_of(path) is None


def test_a_tag_that_the_file_ends_in_is_that_files_error(tmp_path: Path) -> None:
    tags = ID3()
    tags.add(USLT(encoding=3, lang="eng", text="words " * 500))
    path = tmp_path / "cut.mp3"
    tags.save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(AudioError, match=r"cut.mp3: its tags cannot be read \(the file ends inside its tag\)"):
        lyrics_of(path)


def test_no_damage_to_a_tag_raises_anything_else(sound: Callable[[str], Path]) -> None:
    rng = np.random.default_rng(0)
    counts = {"read": 0, "refused": 0}
    for name in ("a.mp3", "a.flac", "a.ogg"):
        path = sound(name)
        file = mutagen.File(path)
        if name == "a.mp3":
            file.add_tags()
            file.tags.add(USLT(encoding=1, lang="eng", text="words and words"))
        else:
            file["LYRICS"] = "words and words"
        file.save()
        whole = path.read_bytes()
        for _ in range(60):
            damaged = bytearray(whole)
            for at in rng.integers(0, 200, 3):
                damaged[at] = rng.integers(256)
            path.write_bytes(damaged)
            try:
                lyrics_of(path)
                counts["read"] += 1
            except UserError:
                counts["refused"] += 1
    assert min(counts.values()) > 10


def test_lyrics_of_known_files(real_data: Path) -> None:
    found = {p.suffix for p in (real_data / "formats").rglob("full.*") if lyrics_of(p) == "the lyrics"}
    assert found >= {".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wma", ".ape", ".wv", ".mpc", ".aiff"}
