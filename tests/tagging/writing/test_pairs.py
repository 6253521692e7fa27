"""Every field in every container: written by us, read by mutagen, by ffprobe and by tinytag."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from faultbench.songs import KINDS, make_song, suffix
from mutagen import File

from unisono.tagging.tagged import Tags
from unisono.tagging.writing import Journal, Profile, Signed, Writer
from unisono.tagging.writing.editing import examined
from unisono.tasks import Answer, Given, Task, task
from unisono.tasks.fields import FieldSettings

TEXTS = {
    "genre": "Afro House", "subgenre": "Amapiano", "mood": "Wistful", "energy": "7", "grouping": "Sunset",
    "intro_version": "Clubintro", "language": "deu", "predicted_artist": "Zoë", "occasion": "Wedding",
}  # fmt: skip
COMMENT = "great intro /* Midnight */"
FIELDS = (*TEXTS, "comment", "rating")
POPM = {("mp3", "rating"), ("aiff", "rating"), ("wav", "rating")}
INFO = {"genre", "comment", "language"}  # what the INFO list of a WAV file can hold
GAPS: dict[str, set[tuple[str, str]]] = {  # what a reader does not show, whoever wrote it; docs/writing.md has the same
    "mutagen": set(),
    "ffprobe": POPM | {("m4a", "rating")} | {("wav", field) for field in FIELDS if field not in INFO},
    "tinytag": POPM,
}
UNREAD = {("ffprobe", "ape"), ("tinytag", "ape"), ("tinytag", "wv")}  # files of a kind that a reader cannot open
ALL = (*KINDS, "wv")
PAGE = Path(__file__).parents[3] / "docs" / "writing.md"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A song of every kind with every field written."""
    folder = tmp_path_factory.mktemp("pairs")
    values = {**TEXTS, "comment": "Midnight"}
    tasks = [_task(f, v) for f, v in values.items()]
    tasks.append(task("t_rating", {"kind": "regression", "range": [0, 4], "write": {"field": "rating"}}))
    answers = [Answer(f"t_{f}", (Given(v, None, 0.9),)) for f, v in values.items()]
    answers.append(Answer("t_rating", (Given("", 3.0, None),)))
    profile = Profile(tasks={"t_predicted_artist": FieldSettings.model_construct(field=("predicted_artist",))})
    paths = {}
    with Journal(folder / "journal.sqlite") as journal:
        writer = Writer(tasks, profile, Signed("m", "2026-01-01"), (), journal)
        for kind in ALL:
            path = folder / f"{kind}{suffix(kind)}"
            paths[kind] = _wavpack(path) if kind == "wv" else make_song(path, kind, 0.2)
            if not path.exists():
                continue
            outcome = writer.write(str(paths[kind]), Tags("x", tuple(answers), {}))
            assert outcome.state == "written", outcome
    return paths


def _wavpack(path: Path) -> Path:
    """The one file with an APE tag that can be made here and that ffprobe reads; none where ffmpeg is missing."""
    if shutil.which("ffmpeg") is not None:
        tone = ["-f", "lavfi", "-i", "sine=440:duration=0.2", "-metadata", "comment=great intro"]
        subprocess.run(["ffmpeg", "-loglevel", "error", *tone, str(path)], check=True, timeout=60)
    return path


def song(written: dict[str, Path], kind: str) -> Path:
    """The song of a kind."""
    if not written[kind].exists():
        pytest.skip("ffmpeg is not installed")
    return written[kind]


def shown(reader: str, kind: str, field: str, found: set[str]) -> bool:
    """Whether a reader shows exactly what it is said to show: nothing of its gaps."""
    return bool(wanted(kind, field) & found) != ((kind.partition("-")[0], field) in GAPS[reader])


def _task(field: str, value: str) -> Task:
    return task(f"t_{field}", {"kind": "multiclass", "labels": [value], "write": {"field": field}})


def wanted(kind: str, field: str) -> set[str]:
    """The texts that a reader may show: ratings in the number of each container."""
    if field == "rating":
        return {"mp3": {"196"}, "aiff": {"196"}, "wav": {"196"}, "m4a": {"80"}}.get(kind.partition("-")[0], {"0.8"})
    if field == "comment":
        return {COMMENT, "/* Midnight */"}
    return {TEXTS[field]}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("field", FIELDS)
def test_mutagen_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    assert shown("mutagen", kind, field, set(_leaves(File(song(written, kind)).tags))), field


@pytest.mark.parametrize("kind", [kind for kind in ALL if ("ffprobe", kind) not in UNREAD])
@pytest.mark.parametrize("field", FIELDS)
def test_ffprobe_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    assert shown("ffprobe", kind, field, _probed(song(written, kind))), field


@pytest.mark.parametrize("kind", [kind for kind in ALL if ("tinytag", kind) not in UNREAD])
@pytest.mark.parametrize("field", FIELDS)
def test_tinytag_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    tinytag = pytest.importorskip("tinytag")
    read = tinytag.TinyTag.get(song(written, kind)).as_dict()
    texts = {k: v for k, v in read.items() if k not in ("filename", "filesize", "bitrate")}
    assert shown("tinytag", kind, field, set(_leaves(texts))), field


@pytest.mark.parametrize("kind", ["ape", "wv"])
def test_tinytag_opens_no_such_file(written: dict[str, Path], kind: str) -> None:
    tinytag = pytest.importorskip("tinytag")
    with pytest.raises(tinytag.UnsupportedFormatError):
        tinytag.TinyTag.get(song(written, kind))


def test_the_page_names_the_same_gaps() -> None:
    """The table in docs/writing.md: container x reader, "all", "all but ..." or "only ..."."""
    table = PAGE.read_text(encoding="utf-8").split("## Who sees it")[1].split("What is missing")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ") and "`mutagen`" not in line]
    rows = [line.strip("| ").split(" | ") for line in lines]
    told = {
        name.strip().lower(): dict(zip(GAPS, cells, strict=True)) for names, *cells in rows for name in names.split(",")
    }
    named = {"flac": "flac", "ogg": "ogg", "opus": "opus", "mp3": "mp3", "m4a": "m4a", "aiff": "aiff", "wav": "wav",
             "wma": "wma", "wavpack": "wv", "monkey's audio": "ape"}  # fmt: skip
    assert set(told) == set(named)
    for name, kind in named.items():
        for reader in GAPS:
            gaps = {field for k, field in GAPS[reader] if k == kind}
            cell = told[name][reader].replace("`", "")
            if (reader, kind) in UNREAD:
                assert cell.startswith("no"), (name, reader)
            elif cell.startswith("only "):
                assert set(FIELDS) - gaps == set(cell.removeprefix("only ").split(", ")), (name, reader)
            else:
                assert gaps == set(cell.removeprefix("all").removeprefix(" but ").split(", ")) - {""}, (name, reader)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("field", FIELDS)
def test_we_read_it(written: dict[str, Path], kind: str, field: str) -> None:
    with song(written, kind).open("rb") as stream:
        found = examined(stream, Profile()).texts(field)
    assert set(found) & ({"4"} if field == "rating" else wanted(kind, field))


_cache: dict[Path, set[str]] = {}


def _probed(path: Path) -> set[str]:
    if path not in _cache:
        command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)]
        told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        places = [told["format"], *told["streams"]]
        _cache[path] = {text for place in places for text in place.get("tags", {}).values()}
    return _cache[path]


def _leaves(value: Any) -> list[str]:
    """All texts in a tag or a nested dictionary, whatever they are wrapped in."""
    if isinstance(value, dict) or hasattr(value, "keys"):
        return [leaf for key in value.keys() for leaf in _leaves(value[key])]  # noqa: SIM118
    if isinstance(value, list | tuple) or type(value).__name__ == "APETextValue":
        return [leaf for item in value for leaf in _leaves(item)]
    if hasattr(value, "rating"):
        return [str(value.rating)]
    if hasattr(value, "text"):
        return [str(text) for text in value.text]
    plain = getattr(value, "value", value)
    return [plain.decode("utf-8", "replace") if isinstance(plain, bytes) else str(plain)]
