"""Files as ffmpeg tags them: the artist of a WMA stands in it twice, and comments where other programs do not look."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from faultbench.subject import sha, tags_for, writer
from mutagen.asf import ASF

from unisono.tagging.writing import Journal, Outcome, Profile, undo
from unisono.tagging.writing.containers import asf
from unisono.tagging.writing.editing import Unverified, edit, examined

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
TONE = ("-f", "lavfi", "-i", "sine=440:duration=0.2")
TAGS = {"title": "Café", "artist": "Anna", "copyright": "me", "comment": "great intro", "genre": "House"}


def made(path: Path, **tags: str) -> Path:
    told = [part for name, text in tags.items() for part in ("-metadata", f"{name}={text}")]
    more = ["-write_id3v2", "1"] if path.suffix == ".aiff" else []
    subprocess.run(["ffmpeg", "-loglevel", "error", *TONE, *told, *more, str(path)], check=True, timeout=60)
    return path


def write(path: Path) -> Outcome:
    """Written, read by ffprobe, and undone to the last byte."""
    before = sha(path)
    with Journal(path.with_suffix(".sqlite")) as journal:
        outcome = writer(journal, [path.parent]).write(str(path), tags_for(str(path)))
        path.with_suffix(".json").write_text(probed(path))
        assert outcome.state == "written", outcome
        written = path.read_bytes()
        assert [o.state for o in undo(journal)] == ["written"] and sha(path) == before
    path.write_bytes(written)
    return outcome


def probed(path: Path) -> str:
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "opus", "m4a", "aiff", "wav", "wma", "wv"])
def test_a_comment_of_ffmpeg_is_shown_and_kept(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path / f"song.{suffix}", **TAGS)
    changes = {change.field: (change.old, change.new) for change in write(path).changes}
    assert changes["comment"] == (("great intro",), ("great intro /* Peak / Late night */",))
    assert "genre" not in changes
    read = json.loads(path.with_suffix(".json").read_text())
    texts = {k.lower(): v for place in (read["format"], *read["streams"]) for k, v in place.get("tags", {}).items()}
    assert (texts["artist"], texts["title"], texts["genre"]) == ("Anna", "Café", "House")
    assert texts["comment"].startswith("great intro")


def test_a_comment_elsewhere_is_not_copied_for_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "song.flac", comment="mine /* Peak / Late night */", genre="House", mood="dark")
    with path.open("rb") as stream:
        patient = examined(stream, Profile())
    assert (patient.texts("comment"), patient.held("comment")) == ((), ("mine /* Peak / Late night */",))
    assert "comment" not in {change.field for change in write(path).changes}


def attributes(path: Path) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in ASF(path).tags if not name.startswith("UNISONO")]


def test_attributes_that_stand_twice_stay_where_they_are(tmp_path: Path) -> None:
    path = made(tmp_path / "song.wma", **TAGS, description="of the album")
    before = attributes(path)
    assert before.count(("Author", "Anna")) == 2, "as ffmpeg writes it"
    write(path)
    after = attributes(path)
    ours = {"Description", "WM/ContentGroupDescription", "WM/Mood", "ENERGYLEVEL"}
    assert [a for a in after if a[0] not in ours] == [b for b in before if b[0] not in ours]
    assert ("description", "of the album") in after


def extended(path: Path, **more: list[str]) -> Path:
    """More attributes of the extension, under names that have a place of their own."""
    data = path.read_bytes()
    with path.open("rb") as stream:
        found = asf._read(stream)
    entries = [(name.encode("utf-16-le") + bytes(2), text.encode("utf-16-le") + bytes(2))
               for name, texts in more.items() for text in texts]  # fmt: skip
    new = b"".join(len(n).to_bytes(2, "little") + n + bytes(2) + len(t).to_bytes(2, "little") + t for n, t in entries)
    old = found.content(asf._EXTENSION)
    assert old is not None
    content = (int.from_bytes(old[:2], "little") + len(entries)).to_bytes(2, "little") + old[2:] + new
    objects = [(guid, content if guid == asf._EXTENSION else body) for guid, body in found.objects]
    body = b"".join(asf._object(guid, content) for guid, content in objects)
    head = asf._HEADER + (30 + len(body)).to_bytes(8, "little") + len(objects).to_bytes(4, "little") + found.reserved
    path.write_bytes(head + body + data[found.stop :])
    return path


@pytest.mark.parametrize("name", ["Title", "Author", "Copyright", "Rating"])
def test_every_name_may_stand_in_both_places(tmp_path: Path, name: str) -> None:
    path = extended(made(tmp_path / "song.wma", **TAGS), **{name: ["other", "other", "third"]})
    before = [text for key, text in attributes(path) if key == name]
    write(path)
    assert [text for key, text in attributes(path) if key == name] == before
    assert before[-3:] == ["other", "other", "third"]


def test_two_comments_stay_two(tmp_path: Path) -> None:
    path = extended(made(tmp_path / "song.wma", **TAGS), Description=["great intro", "second"])
    changes = {change.field: (change.old, change.new) for change in write(path).changes}
    block = "great intro /* Peak / Late night */"
    assert changes["comment"] == (("great intro", "second"), (block, "second")), "the same text twice is one comment"
    assert [text for key, text in attributes(path) if key == "Description"] == [block, "second"]


def test_values_that_mutagen_put_into_the_library_stay(tmp_path: Path) -> None:
    path = made(tmp_path / "song.wma", **TAGS)
    file = ASF(path)
    file["Author"], file["WM/Genre"], file["Description"] = ["Anna", "Bea"], ["House", "Pop"], ["one", "two"]
    file.save()
    write(path)
    found = attributes(path)
    assert [t for k, t in found if k in ("Author", "WM/Genre")] == ["Anna", "House", "Bea", "Pop"]
    assert [t for k, t in found if k == "Description"] == ["one /* Peak / Late night */", "two"]


@pytest.mark.parametrize("harm", ["lost", "moved", "changed"])
def test_a_loss_is_still_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    """The artist in the extension goes, moves to the other place, or becomes another one: refused."""
    path = made(tmp_path / "song.wma", **TAGS)
    real = asf.form.changed

    def harmed(items, fields):  # type: ignore[no-untyped-def]
        made = list(real(items, fields))
        place = [n for n, item in enumerate(made) if item.key == "Author"][1]
        other = asf.form._PLACED + made[place].raw[2:] if harm == "moved" else made[place].raw.replace(b"A", b"B")
        new = asf.form.Item("Author", other, "Author")
        return tuple(made[:place] + ([] if harm == "lost" else [new]) + made[place + 1 :])

    monkeypatch.setattr(asf.form, "changed", harmed)
    with path.open("rb") as stream, pytest.raises(Unverified, match="Author would change, which is not ours"):
        edit(stream, io.BytesIO(), examined(stream, Profile()), {"mood": ["dark"]})
