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
NOT_SHOWN = {  # what a reader does not show, whoever wrote it
    "ffprobe": POPM | {("m4a", "rating")} | {("wav", field) for field in FIELDS if field not in INFO},
    "tinytag": POPM | {("m4a", "rating")},
}


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
        for kind in KINDS:
            paths[kind] = make_song(folder / f"{kind}{suffix(kind)}", kind, 0.2)
            outcome = writer.write(str(paths[kind]), Tags("x", tuple(answers), {}))
            assert outcome.state == "written", outcome
    return paths


def _task(field: str, value: str) -> Task:
    return task(f"t_{field}", {"kind": "multiclass", "labels": [value], "write": {"field": field}})


def wanted(kind: str, field: str) -> set[str]:
    """The texts that a reader may show: ratings in the number of each container."""
    if field == "rating":
        return {"mp3": {"196"}, "aiff": {"196"}, "wav": {"196"}, "m4a": {"80"}}.get(kind.partition("-")[0], {"0.8"})
    if field == "comment":
        return {COMMENT, "/* Midnight */"}
    return {TEXTS[field]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", FIELDS)
def test_mutagen_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    assert wanted(kind, field) & set(_leaves(File(written[kind]).tags)), field


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", FIELDS)
def test_ffprobe_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    if kind == "ape":
        pytest.skip("no library here encodes Monkey's Audio, and ffprobe refuses the made header")
    if (kind.partition("-")[0], field) in NOT_SHOWN["ffprobe"]:
        pytest.skip("ffprobe shows no POPM frames, no text in rate atoms, and of WAV files only the INFO list")
    assert wanted(kind, field) & _probed(written[kind]), field


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", FIELDS)
def test_tinytag_reads_it(written: dict[str, Path], kind: str, field: str) -> None:
    tinytag = pytest.importorskip("tinytag")
    if kind == "ape":
        pytest.skip("tinytag does not read Monkey's Audio")
    if (kind.partition("-")[0], field) in NOT_SHOWN["tinytag"]:
        pytest.skip("tinytag shows no POPM frames and no rate atoms")
    read = tinytag.TinyTag.get(written[kind])
    assert wanted(kind, field) & set(_leaves(read.as_dict())), field


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", FIELDS)
def test_we_read_it(written: dict[str, Path], kind: str, field: str) -> None:
    with written[kind].open("rb") as stream:
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
