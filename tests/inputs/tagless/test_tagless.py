"""A sound's digest: the same whatever is done to the tags, another one for any other change."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen import flac, id3, mp4

from unisono.files import sha256_of
from unisono.inputs.hearing import decode
from unisono.inputs.tagless import sound_digest

sys.path.insert(0, str(Path(__file__).parents[3]))  # the fault bench lies beside the package

from faultbench.songs import KINDS, make_song, suffix

HEARD = [kind for kind in KINDS if kind != "ape"]  # the fault bench's Monkey's Audio is noise


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("songs")
    return {kind: make_song(folder / f"{kind}{suffix(kind)}", kind, 0.2) for kind in KINDS}


def copied(song: Path, folder: Path) -> Path:
    return Path(shutil.copy(song, folder / f"copy{song.suffix}"))


def retagged(path: Path) -> None:
    """Much longer tags, as another program writes them."""
    file = mutagen.File(path)
    if isinstance(file.tags, id3.ID3) or file.tags is None:
        if file.tags is None:
            file.add_tags()
        file.tags.add(id3.TIT2(3, ["title " * 3000]))
        file.tags.add(id3.APIC(0, "image/png", 3, "other", bytes(70_000)))
    elif isinstance(file, mp4.MP4):
        file["\xa9nam"] = ["title " * 3000]
        file["covr"] = [mp4.MP4Cover(bytes(70_000))]
    else:
        file["title"] = ["title " * 3000]
    if isinstance(file, flac.FLAC):
        picture = flac.Picture()
        picture.data = bytes(70_000)
        file.add_picture(picture)
    file.save()


@pytest.mark.parametrize("kind", KINDS)
def test_tags_do_not_count(songs: dict[str, Path], tmp_path: Path, kind: str) -> None:
    path = copied(songs[kind], tmp_path)
    before, whole = sound_digest(path), sha256_of(path)
    assert before != whole, "nothing was left out"
    heard = decode(path).waveform if kind in HEARD else None
    retagged(path)
    assert sha256_of(path) != whole, "nothing was changed"
    assert sound_digest(path) == before
    if heard is not None:
        np.testing.assert_array_equal(decode(path).waveform, heard)
    file = mutagen.File(path)
    file.delete()
    assert sound_digest(path) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_counts(songs: dict[str, Path], tmp_path: Path, kind: str) -> None:
    path = copied(songs[kind], tmp_path)
    if kind != "mp3-bare":
        mutagen.File(path).delete()
    before, data = sound_digest(path), bytearray(path.read_bytes())
    data[len(data) * 3 // 5] ^= 1
    path.write_bytes(data)
    flipped = sound_digest(path)
    path.write_bytes(data[: len(data) * 3 // 4])
    assert len({before, flipped, sound_digest(path)}) == 3


def test_an_old_tag_at_the_end_does_not_count(songs: dict[str, Path], tmp_path: Path) -> None:
    path = copied(songs["mp3-bare"], tmp_path)
    before = sound_digest(path)
    path.write_bytes(path.read_bytes() + b"TAG" + b"Title".ljust(125, b"\0"))
    assert sound_digest(path) == before
    path.write_bytes(path.read_bytes() + b"something else")
    assert sound_digest(path) != before


def test_what_a_tag_tells_the_decoder_counts(songs: dict[str, Path], tmp_path: Path) -> None:
    """iTunSMPB says how many samples at the ends are no music; the decoder leaves them out."""
    path = copied(songs["m4a"], tmp_path)
    digests, lengths = [], []
    for skipped in (0x840, 0x1000):
        file = mp4.MP4(path)
        gaps = f" 00000000 {skipped:08X} 000001E0 0000000000001800"
        file["----:com.apple.iTunes:iTunSMPB"] = [mp4.MP4FreeForm(gaps.encode())]
        file.save()
        digests.append(sound_digest(path))
        lengths.append(len(decode(path).waveform))
    assert len(set(digests)) == len(set(lengths)) == 2


def test_a_page_that_a_tagger_mends_is_another_sound(songs: dict[str, Path], tmp_path: Path) -> None:
    path = copied(songs["ogg"], tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    torn = sound_digest(path)
    file = mutagen.File(path)
    file["title"] = ["title " * 3000]
    file.save()
    assert sound_digest(path) != torn


@pytest.mark.parametrize(
    "data", [b"", b"text", b"OggS", b"fLaC", b"ID3\4\0\0\x7f\x7f\x7f\x7f", b"RIFF\xff\xff\xff\xffWAVE"]
)
def test_what_does_not_add_up_counts_as_a_whole(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert sound_digest(path) == sha256_of(path)


def test_hostile_bytes_never_raise(songs: dict[str, Path], tmp_path: Path) -> None:
    random, path = np.random.default_rng(3), tmp_path / "hostile"
    for song in songs.values():
        data = bytearray(song.read_bytes())
        for _ in range(25):
            torn = data.copy()
            for at in random.integers(0, min(len(torn), 3000), 6):
                torn[at] = random.integers(256)
            path.write_bytes(torn[: random.integers(1, len(torn))])
            assert len(sound_digest(path)) == 64
