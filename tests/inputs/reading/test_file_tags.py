"""File tags: one name for a field in every container; damage is that file's error."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.id3 import COMM, GEOB, GRP1, TALB, TBPM, TCON, TDOR, TDRC, TIT1, TIT2, TKEY, TLAN, TMOO, TPE1, TXXX, USLT
from mutagen.mp4 import MP4, MP4FreeForm

from unisono.errors import AudioError, UserError
from unisono.inputs.reading.file_tags import file_tags
from unisono.inputs.reading.riff_info import riff_info

SUBTYPES = {"wav": None, "flac": None, "ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III", "aiff": None}
Sound = Callable[[str], Path]


@pytest.fixture
def sound(tmp_path: Path) -> Sound:
    def made(name: str) -> Path:
        path = tmp_path / name
        kind = path.suffix[1:]
        wave = np.sin(np.arange(24000) / 10) / 4
        if kind == "m4a":
            _m4a(path, wave)
        else:
            container = "OGG" if kind == "opus" else kind.upper()
            soundfile.write(path, wave, 48000, format=container, subtype=SUBTYPES[kind])
        return path

    return made


def _m4a(path: Path, wave: np.ndarray[Any, Any]) -> None:
    with av.open(str(path), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        for block in wave.astype(np.float32).reshape(-1, 1000):
            frame = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            frame.sample_rate = 48000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.aiff"])
def test_id3(sound: Sound, name: str) -> None:
    path = sound(name)
    file = mutagen.File(path)
    file.add_tags()
    frames = [
        TIT2(3, ["Song"]), TPE1(3, ["One", "Two"]), TALB(3, ["Album"]), TCON(3, ["House", "(17)", "House"]),
        TDRC(3, ["2004-05-06"]), TDOR(3, ["1999"]), TMOO(3, ["dark"]), TLAN(3, ["eng"]), TKEY(3, ["8A"]),
        TBPM(3, ["124"]),
        TIT1(3, ["old grouping"]), GRP1(3, ["grouping"]), TXXX(3, "EnergyLevel", ["7"]), TXXX(3, "My Tag", ["x"]),
        COMM(3, "eng", "", ["plain"]), COMM(3, "eng", "other", ["described"]), COMM(3, "eng", "iTunNORM", ["00 01"]),
        USLT(3, "eng", "", "words"), GEOB(0, "application/octet-stream", "", "Serato Markers2", b"\1\2"),
        TXXX(3, "SERATO_PLAYCOUNT", ["3"]), TXXX(3, "replaygain_track_gain", ["-3 dB"]),
    ]  # fmt: skip
    for frame in frames:
        file.tags.add(frame)
    file.save()
    assert file_tags(path) == {
        "title": ["Song"],
        "artist": ["One", "Two"],
        "album": ["Album"],
        "genre": ["House", "Rock"],
        "year": ["2004"],
        "original_year": ["1999"],
        "mood": ["dark"],
        "language": ["eng"],
        "initial_key": ["8A"],
        "bpm": ["124"],
        "grouping": ["grouping"],
        "energy": ["7"],
        "my_tag": ["x"],
        "comment": ["plain"],
    }


def test_a_described_comment_counts_where_there_is_no_plain_one(sound: Sound) -> None:
    path = sound("a.mp3")
    file = mutagen.File(path)
    file.add_tags()
    file.tags.add(COMM(3, "eng", "note", ["described"]))
    file.tags.add(TIT1(3, ["grouping"]))
    file.save()
    assert file_tags(path) == {"comment": ["described"], "grouping": ["grouping"]}


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.opus"])
def test_vorbis_keys_in_any_case(sound: Sound, name: str) -> None:
    path = sound(name)
    file = mutagen.File(path)
    given = {"GENRE": ["House", "Tech House"], "Mood": ["dark"], "ENERGYLEVEL": ["7"], "date": ["2004-05"]}
    given |= {"DESCRIPTION": ["text"], "INITIALKEY": ["8A"], "LYRICS": ["words"], "albumartist": ["Various"]}
    given |= {"METADATA_BLOCK_PICTURE": ["AAAA"], "SERATO_MARKERS_V2": ["AAAA"], "introversion": ["long"]}
    file.update(given)
    file.save()
    found = file_tags(path)
    found.pop("encoder", None)
    assert found == {
        "genre": ["House", "Tech House"],
        "mood": ["dark"],
        "energy": ["7"],
        "year": ["2004"],
        "comment": ["text"],
        "initial_key": ["8A"],
        "album_artist": ["Various"],
        "intro_version": ["long"],
    }


def test_mp4(sound: Sound) -> None:
    path = sound("a.m4a")
    file = MP4(path)
    file["©nam"], file["©gen"], file["©day"], file["tmpo"], file["trkn"] = (
        ["Song"],
        ["House"],
        ["2004"],
        [124],
        [(1, 2)],
    )
    file["----:com.apple.iTunes:MOOD"] = [MP4FreeForm("düster".encode())]
    file["----:com.apple.iTunes:SUBGENRE"] = [MP4FreeForm(b"Tech")]
    file["----:com.serato.dj:markersv2"] = [MP4FreeForm(b"\xff\xfe\x00")]
    file["----:com.apple.iTunes:BLOB"] = [MP4FreeForm(b"\xff\xfe\x00")]
    file["©lyr"] = ["words"]
    file.save()
    found = file_tags(path)
    assert {k: found[k] for k in ("title", "genre", "year", "bpm", "mood", "subgenre")} == {
        "title": ["Song"],
        "genre": ["House"],
        "year": ["2004"],
        "bpm": ["124"],
        "mood": ["düster"],
        "subgenre": ["Tech"],
    }
    assert not {"blob", "markersv2", "lyrics", "trkn"} & found.keys()


def _with_info(path: Path, entries: dict[bytes, bytes], claimed: int | None = None) -> None:
    body = b"INFO" + b"".join(k + struct.pack("<I", len(v)) + v + b"\0" * (len(v) % 2) for k, v in entries.items())
    whole = path.read_bytes() + b"LIST" + struct.pack("<I", len(body) if claimed is None else claimed) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(whole) - 8) + whole[8:])


def test_riff_info_fills_what_id3_does_not_say(sound: Sound) -> None:
    path = sound("a.wav")
    _with_info(
        path, {b"IGNR": b"House\0", b"INAM": b"Song", b"ICRD": b"2004", b"ISFT": b"DAW", b"ICMT": "é".encode("latin-1")}
    )
    assert file_tags(path) == {"genre": ["House"], "title": ["Song"], "year": ["2004"], "comment": ["é"]}
    file = mutagen.File(path)
    file.add_tags()
    file.tags.add(TCON(3, ["Techno"]))
    file.save()
    assert file_tags(path)["genre"] == ["Techno"]
    assert file_tags(path)["title"] == ["Song"]


def test_chunks_of_odd_length_are_followed_by_a_byte_of_padding(sound: Sound) -> None:
    path = sound("a.wav")
    path.write_bytes(
        path.read_bytes() + b"junk" + struct.pack("<I", 3) + b"abc\0" + b"LIST" + struct.pack("<I", 5) + b"adtl1\0"
    )
    _with_info(path, {b"IGNR": b"odd"})
    assert riff_info(path) == {"IGNR": "odd"}


def test_riff_info_that_claims_more_than_there_is_is_read_to_the_end(sound: Sound) -> None:
    path = sound("a.wav")
    _with_info(path, {b"IGNR": b"House\0"}, claimed=2**31)
    assert riff_info(path) == {"IGNR": "House"}


def test_no_tags_and_no_sound_file_are_empty(sound: Sound, tmp_path: Path) -> None:
    assert file_tags(sound("a.mp3")) == {}
    (tmp_path / "x.txt").write_text("text")
    assert file_tags(tmp_path / "x.txt") == {}


def test_an_id3_tag_before_monkeys_audio_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ape"
    path.write_bytes(b"MAC " + bytes(3000))
    tag = mutagen.id3.ID3()
    tag.add(TPE1(encoding=3, text=["Ka Lo"]))
    tag.save(path)
    assert file_tags(path) == {"artist": ["Ka Lo"]}
    path.write_bytes(b"ID3" + bytes(3000))
    with pytest.raises(AudioError, match="its tags cannot be read"):
        file_tags(path)


def test_a_missing_or_empty_file_is_that_files_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone.mp3: its tags cannot be read"):
        file_tags(tmp_path / "gone.mp3")
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(AudioError, match=r"empty.mp3: its tags cannot be read .* probably damaged"):
        file_tags(tmp_path / "empty.mp3")


def test_a_text_too_long_for_a_tag_is_left_out(sound: Sound) -> None:
    path = sound("a.flac")
    file = mutagen.File(path)
    file["COMMENT"] = ["x" * 10_001]
    file.save()
    assert file_tags(path) == {}


def test_every_file_of_other_peoples_test_suites_is_read_or_refused(real_data: Path) -> None:
    read = refused = 0
    for path in sorted((real_data / "formats").rglob("*")):
        if path.is_file():
            try:
                tags = file_tags(path)
            except UserError:
                refused += 1
                continue
            read += 1
            assert all(isinstance(v, str) and v for values in tags.values() for v in values)
    assert read > 400
    assert refused < 80


@pytest.mark.parametrize(("true", "claimed"), [("mp3", "flac"), ("ogg", "mp3"), ("flac", "m4a")])
def test_a_wrong_suffix_hides_no_tags(true: str, claimed: str, sound: Sound, tmp_path: Path) -> None:
    path = sound(f"a.{true}")
    file = mutagen.File(path, easy=True)
    file["artist"] = ["Ka Lo"]
    file.save()
    assert file_tags(path.rename(tmp_path / f"b.{claimed}"))["artist"] == ["Ka Lo"]


def test_what_is_damaged_stays_so_under_any_name(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(b"fLaC" + bytes(200))
    with pytest.raises(AudioError, match=r"a.flac: its tags cannot be read"):
        file_tags(path)


def test_the_tags_of_a_wav_that_may_be_longer_than_4_gib(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(999, np.int16), 8000, format="RF64")
    assert file_tags(path) == {}
    tag, written = mutagen.id3.ID3(), io.BytesIO()
    tag.add(TPE1(encoding=3, text=["Ka Lo"]))
    tag.save(written)
    info = b"INFOIGNR" + struct.pack("<I", 6) + b"techno"
    chunks = ((b"LIST", info), (b"id3 ", written.getvalue()))
    with path.open("ab") as stream:
        stream.write(b"".join(name + struct.pack("<I", len(c)) + c + bytes(len(c) % 2) for name, c in chunks))
    assert file_tags(path) == {"artist": ["Ka Lo"], "genre": ["techno"]}
