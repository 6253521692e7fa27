"""Containers: foreign entries stay byte for byte, and a tag that cannot be accounted for is refused."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from faultbench.songs import COVER, KINDS, SERATO
from mutagen import File, id3

from unisono.tagging.writing.anatomy import Anatomy, Damaged, Style, Unsupported
from unisono.tagging.writing.forms import id3 as form
from unisono.tagging.writing.forms import vorbis_comment
from unisono.tagging.writing.opening import container_of

Make = Callable[..., Path]
FIELDS = {"genre": ["House", "Deep House"], "comment": ["mine"], "grouping": ["Peak"], "energy": ["7"]}


def taken_apart(data: bytes) -> Anatomy:
    stream = io.BytesIO(data)
    return container_of(stream).anatomy(stream)


def edited(data: bytes, fields: dict[str, list[str]], style: Style | None = None) -> bytes:
    source, target = io.BytesIO(data), io.BytesIO()
    container_of(source).edit(source, target, fields, style or Style())
    return target.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_fields_change(make: Make, kind: str) -> None:
    data = make(kind).read_bytes()
    new = edited(data, FIELDS)
    before, after = taken_apart(data), taken_apart(new)
    stream = io.BytesIO(new)
    container = container_of(stream)
    ours = {key for field in FIELDS for key in container.keys(after, field, Style())}
    assert after.sound == before.sound
    assert {(i.key, i.raw) for i in before.items if i.key not in ours} <= {(i.key, i.raw) for i in after.items}
    assert all(after.rest[name] == digest for name, digest in before.rest.items())
    for field, values in FIELDS.items():
        joined = ("; ".join(values),)
        assert container.texts(after, field, Style()) in (tuple(values), joined), field


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "mp3-bare"])
def test_other_programs_data_survives(make: Make, kind: str) -> None:
    path = make(kind)
    path.write_bytes(edited(path.read_bytes(), FIELDS))
    data = path.read_bytes()
    assert "Café" in str(File(path).tags)
    if kind.startswith(("mp3", "aiff", "wav")):
        assert SERATO in data and COVER in data and b"TRAKTOR4" in data


@pytest.mark.parametrize(("kind", "version"), [("mp3-2.3", (2, 3, 0)), ("mp3-2.4", (2, 4, 0))])
def test_the_version_of_the_tag_stays(make: Make, kind: str, version: tuple[int, int, int]) -> None:
    path = make(kind)
    before = path.read_bytes()
    path.write_bytes(edited(before, FIELDS))
    assert id3.ID3(path).version == version
    assert path.read_bytes()[-128:] == before[-128:]  # ID3v1 stays what it was


@pytest.mark.parametrize(("asked", "version"), [("2.3", 3), ("2.4", 4)])
def test_a_file_without_a_tag_gets_the_version_of_the_style(make: Make, asked: str, version: int) -> None:
    new = edited(make("mp3-bare").read_bytes(), FIELDS, Style(id3=asked))
    assert new[:4] == b"ID3" + bytes([version])


@pytest.mark.parametrize("version", ["2.3", "2.4"])
def test_a_first_tag_does_not_hide_what_id3v1_says(make: Make, version: str) -> None:
    """Programs read ID3v1 only where there is no ID3v2: title, artist and the rest go along, the user's genre stays."""
    path = make("mp3-bare")
    texts = b"".join(text.encode("latin-1").ljust(30, b"\0") for text in ("Café", "Anna", "One"))
    data = path.read_bytes() + b"TAG" + texts + b"2001" + b"mine".ljust(28, b"\0") + bytes([0, 5, 17])
    before = taken_apart(data)
    container = container_of(io.BytesIO(data))
    assert [container.texts(before, f, Style()) for f in ("genre", "comment", "mood")] == [("Rock",), ("mine",), ()]
    path.write_bytes(new := edited(data, {"mood": ["dark"], "comment": ["mine /* Peak */"]}, Style(id3=version)))
    read = id3.ID3(path)
    found = {name: str(read[name]) for name in ("TIT2", "TPE1", "TALB", "TDRC", "TRCK", "TCON", "COMM::eng")}
    assert list(found.values()) == ["Café", "Anna", "One", "2001", "5", "Rock", "mine /* Peak */"]
    assert new.endswith(data) and new[:4] == b"ID3" + bytes([int(version[2])])
    kept = [(item.key, item.raw) for item in before.items if not item.key.startswith("COMM")]
    assert set(kept) <= {(item.key, item.raw) for item in taken_apart(new).items}


def test_an_empty_id3v1_tag_says_nothing(make: Make) -> None:
    data = make("mp3-bare").read_bytes()
    for tag in (b"TAG" + b" " * 124 + b"\0", b"TAG" + bytes(125)):
        assert taken_apart(data + tag).items == ()


def test_id3v23_has_no_tmoo_and_joins_values(make: Make) -> None:
    path = make("mp3-2.3")
    path.write_bytes(edited(path.read_bytes(), {"mood": ["Sad"], "genre": ["House", "Pop"]}, Style(separator=" / ")))
    tags = id3.ID3(path, translate=False)
    assert tags.getall("TMOO") == [] and tags["TXXX:MOOD"].text == ["Sad"]
    assert tags["TCON"].text == ["House / Pop"]


def test_grouping_is_written_where_each_program_reads_it(make: Make) -> None:
    path = make("mp3-2.4")
    path.write_bytes(edited(path.read_bytes(), {"grouping": ["Peak"]}))
    tags = id3.ID3(path)
    assert tags["GRP1"].text == tags["TIT1"].text == ["Peak"]


def test_a_comment_in_another_language_is_the_one_that_changes(make: Make) -> None:
    path = make("mp3-bare")
    tags = id3.ID3()
    for language in ("XXX", "deu"):
        tags.add(id3.COMM(3, language, "", [language]))
    tags.save(path)
    path.write_bytes(edited(path.read_bytes(), {"comment": ["mine"]}))
    assert [f.text for f in id3.ID3(path).getall("COMM")] == [["mine"], ["deu"]]


def test_the_sound_stays_in_its_place_when_there_is_room(make: Make) -> None:
    data = make("flac").read_bytes()
    assert len(edited(data, {"energy": ["7"]})) == len(data)


def test_riff_info_is_written_beside_id3(make: Make) -> None:
    new = edited(make("wav").read_bytes(), {"genre": ["House", "Pop"], "mood": ["Sad"]})
    assert b"IGNR" + struct.pack("<I", 11) + b"House; Pop\0\0" in new
    assert b"IGNR" not in edited(make("wav", "other").read_bytes(), {"genre": ["House"]}, Style(info=False))


def id3_tag(frames: bytes, size: int | None = None, version: int = 3, flags: int = 0) -> bytes:
    length = len(frames) if size is None else size
    packed = bytes(length >> 7 * n & 0x7F for n in (3, 2, 1, 0))
    return b"ID3" + bytes([version, 0, flags]) + packed + frames


def frame(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack(">IH", len(body) if size is None else size, 0) + body


SOUND = b"\xff\xfb\x90\x00" + bytes(413)
TITLE = frame(b"TIT2", b"\0Song")


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        (id3_tag(frame(b"TIT2", b"\0Song", 400)), "frame TIT2 is longer than its tag"),
        (id3_tag(TITLE + b"\0\0junk"), "bytes that are no frame follow"),
        (id3_tag(TITLE + b"ti!2" + bytes(10)), "what stands at byte 25 of the ID3 tag is no frame"),
        (id3_tag(TITLE, 9000), "the file ends inside the ID3 tag"),
        (id3_tag(TITLE, flags=0x03), "the header of the ID3 tag"),
        (id3_tag(frame(b"TIT2", b"\x09Song")), "a text of unknown encoding"),
        (id3_tag(TITLE) * 2, "there are two ID3 tags"),
        (id3_tag(TITLE) + b"RIFF?", "unknown bytes stand before the sound"),
    ],
)
def test_a_damaged_id3_tag_is_refused(tag: bytes, message: str) -> None:
    with pytest.raises(Damaged, match=message):
        taken_apart(tag + SOUND)


def test_an_intact_id3_tag_is_not_refused() -> None:
    assert [i.key for i in taken_apart(id3_tag(TITLE + bytes(20)) + SOUND).items] == ["TIT2"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (id3_tag(b"TT2\0\0\5\0Song", version=2) + SOUND, "ID3v2.2"),
        (b"\x1aE\xdf\xa3" + bytes(80), "a kind of file whose tags are not written"),
        (bytes(80), "an empty file"),
        (id3_tag(TITLE) + b"fLaC" + bytes(80), "an ID3 tag before"),
    ],
)
def test_what_is_not_written_is_said(data: bytes, message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        taken_apart(data)


def test_unsynchronised_frames_are_read() -> None:
    body = frame(b"PRIV", b"x\0\xff\xe0\xff")
    tag = form.read(io.BytesIO(id3_tag(body.replace(b"\xff", b"\xff\0"), flags=0x80) + SOUND))
    assert tag is not None and tag.frames[0].raw[2:] == b"x\0\xff\xe0\xff"


def test_sizes_as_old_itunes_wrote_them_are_understood() -> None:
    long = frame(b"PRIV", b"x\0" + bytes(300))  # 302 as a plain number, which a strict 2.4 reader takes for 174
    tag = form.read(io.BytesIO(id3_tag(long + TITLE, version=4) + SOUND))
    assert tag is not None and [f.key for f in tag.frames] == ["PRIV", "TIT2"]


def test_frames_are_rendered_as_they_were_read() -> None:
    whole = id3_tag(TITLE + frame(b"PRIV", b"x\0\1\2"))
    tag = form.read(io.BytesIO(whole + SOUND))
    assert tag is not None and form.render(tag, len(whole)) == whole


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (struct.pack("<I", 99) + b"x", "the vendor of the comments is longer"),
        (struct.pack("<II", 0, 9_999_999), "claims 9,999,999 entries"),
        (struct.pack("<III", 0, 1, 2) + b"no", "has no name"),
        (struct.pack("<III", 0, 1, 3) + b"A=\xff", "is no UTF-8"),
        (struct.pack("<II", 0, 0) + b"more", "bytes follow the last comment"),
    ],
)
def test_damaged_vorbis_comments_are_refused(block: bytes, message: str) -> None:
    with pytest.raises(Damaged, match=message):
        vorbis_comment.parse(block)


@pytest.mark.parametrize("kind", ["flac", "ogg", "opus", "m4a", "aiff", "wav", "wma"])
def test_half_a_file_is_refused(make: Make, kind: str) -> None:
    data = make(kind).read_bytes()
    with pytest.raises(Damaged):
        taken_apart(data[: len(data) // 3])


def test_a_wrong_checksum_of_a_page_is_refused(make: Make) -> None:
    data = bytearray(make("ogg").read_bytes())
    data[-5] ^= 1
    with pytest.raises(Damaged, match="the page at byte"):
        taken_apart(bytes(data))


def test_the_index_of_an_mp4_points_at_the_same_sound(make: Make) -> None:
    data = make("m4a").read_bytes()
    at = data.index(b"stco") + 12
    moved = data[:at] + struct.pack(">I", struct.unpack_from(">I", data, at)[0] + 1) + data[at + 4 :]
    assert taken_apart(data).sound == taken_apart(moved).sound
    assert taken_apart(data).rest != taken_apart(moved).rest
