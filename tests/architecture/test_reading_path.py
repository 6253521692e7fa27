"""The path of one track from file to tag, recorded while a model tags it: few files, one direction."""

import importlib.util
import sys
from pathlib import Path

import pytest

from unisono.demo import save, tone
from unisono.errors import nearest
from unisono.parts import names, part

ROOT = Path(__file__).parents[2]
FILES = 16


@pytest.fixture(scope="module")
def recorder():
    """docs/one_track.py, which also writes the page of that name."""
    spec = importlib.util.spec_from_file_location("one_track", ROOT / "docs" / "one_track.py")
    module = sys.modules["one_track"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["one_track"]


@pytest.fixture(params=["sound", "lyrics"])
def journey(request, recorder, tmp_path):
    """One track on its way through a model that hears, and one that reads."""
    import unisono

    tagger = unisono.open_model(request.getfixturevalue(f"{request.param}_model"))
    song = tmp_path / "song.flac"
    save(song, tone(440, 1.5))
    song.with_suffix(".txt").write_text("guitar and drums")
    tagger.tag_file(song)
    return recorder.record(lambda: tagger.tag_file(song))


def path_of(files):
    """The files to read: of a family's parts one, since the others say the same of another kind."""
    families = {"tasks": names("tasks"), "inputs": names("inputs"), "tagging/exports": names("tagging.exports")}
    seen, path = set(), []
    for file in files:
        folder, _, name = file.removesuffix(".py").rpartition("/")
        if name in families.get(folder, ()):
            if folder in seen:
                continue
            seen.add(folder)
        path.append(file)
    return path


def test_a_reader_follows_one_track_through_few_files(journey):
    path = path_of(journey.functions)
    assert 4 < len(path) <= FILES, "\n".join(path)


def test_parts_of_a_family_count_once():
    files = ["tagging/tagger.py", "tasks/_labels.py", "tasks/multiclass.py", "tasks/regression.py", "inputs/mel.py"]
    assert path_of(files) == [*files[:3], "inputs/mel.py"]


def test_no_two_files_on_the_path_call_each_other(journey):
    assert journey.both_ways == []


def test_the_recorder_sees_files_functions_and_both_ways(recorder):
    journey = recorder.record(lambda: [names("model"), nearest("a", "b"), part("tasks", "multiclass")])
    assert set(journey.functions) >= {"errors.py", "parts.py"}
    assert "nearest" in journey.functions["errors.py"]
    journey.calls |= {("a.py", "b.py"), ("b.py", "a.py"), ("a.py", "c.py")}
    assert ("a.py", "b.py") in journey.both_ways and ("a.py", "c.py") not in journey.both_ways
