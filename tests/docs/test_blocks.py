"""What stands in code blocks is true: Python runs, TOML is an experiment's, commands and options exist."""

import doctest
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
import typer

from unisono.collection import Track
from unisono.demo import save, tone
from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.experiment.stages import StageSettings
from unisono.inputs import input_of
from unisono.inputs.mel import Mel
from unisono.parts import names, part
from unisono.study.settings import StudySettings
from unisono.training.sampling_settings import SamplingSettings

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WHOLE = {"inputs", "tasks"}  # what an experiment must have, beside a collection


def blocks(page, language):
    return [text for found, text in BLOCK.findall(page.read_text("utf8")) if found == language]


@pytest.fixture
def desk(tmp_path, monkeypatch, lyrics_model):
    """A folder with what pages take for granted, which a test then stands in: a run's model, music and a table.

    Gives the names that pages take for granted.
    """
    shutil.copytree(lyrics_model, tmp_path / "run" / "model")
    (tmp_path / "Music").mkdir()
    song = tmp_path / "Music" / "song.flac"
    save(song, tone(440, 2))
    song.with_suffix(".txt").write_text("guitar at night")
    (tmp_path / "songs.csv").write_text("id,lyrics\nfirst,a sad guitar\nsecond,happy drums\n")
    monkeypatch.chdir(tmp_path)
    tracks = [Track("song", song, "guitar at night", {})]
    return {"Path": Path, "mel": Mel(duration=1), "tracks": tracks, "training_tracks": tracks}


def test_python_blocks_run(page, desk):
    """One after another, in one namespace."""
    found = blocks(page, "python")
    space = dict(desk)
    for block in found:
        if block.startswith(">>> "):
            example = doctest.DocTestParser().get_doctest(block, space, page.name, str(page), 0)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            runner.run(example, clear_globs=False)
            assert runner.failures == 0, f"{page.name}: see the captured output"
            space |= example.globs
        else:
            exec(compile(block, page.name, "exec"), space)


def test_toml_blocks_are_experiments(page):
    """Whole ones are read, as is an input's table alone; of other pieces, every table must be an experiment's."""
    for block in blocks(page, "toml"):
        tables = tomllib.loads(block)
        if tables.keys() >= WHOLE and tables.keys() & {"collection", "collections"}:
            Experiment.of(tables)
            continue
        if tables.get("kind") in names("inputs"):  # the inside of an input's table
            input_of(tables)
            continue
        if tables.keys() & {"study", "factors"}:
            StudySettings(**tables.get("study", {"experiment": "mine.toml"}))
            assert tables.keys() <= {"study", "factors", "experiment", "description"}
            continue
        for stage in tables.get("stages", ()):
            StageSettings(**stage)
        SamplingSettings(**tables.get("sampling", {}))
        known = {"base", "balancing", "collection", "collections", "description", "heads", "inputs", "network"}
        known |= {"sampling", "split", "stages", "tasks", "training"}
        assert tables.keys() <= known, f"{page.name}: {tables.keys()}"


@pytest.mark.parametrize(
    "block", ["[tasks.genre]\nkind = 'multiclas'\n[inputs.a]\nkind = 'mel'\n[collection]\ntable='a'"]
)
def test_a_wrong_experiment_is_caught(block):
    with pytest.raises(UserError, match="multiclass"):
        Experiment.of(tomllib.loads(block))


def command_lines(page):
    """Calls of the program in shell blocks and indented code."""
    text = "\n".join([*blocks(page, "bash"), *blocks(page, ""), *blocks(page, "console")])
    text += "\n".join(re.findall(r"^    (unisono .*)$", page.read_text("utf8"), re.MULTILINE))
    return [line.strip() for line in text.splitlines() if re.match(r"\s*unisono [a-z]", line)]


def wrong_with(line):
    """What is wrong with a call: an unknown command or option."""
    words = shlex.split(line.split(" | ")[0].split("#")[0])
    name = words[1]
    if name not in names("cli"):
        return f"there is no command {name}"
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(part("cli", name), name))
    known = {o for p in typer.main.get_command(single).params for o in (*p.opts, *p.secondary_opts)} | {"-h", "--help"}
    given = {w.split("=")[0] for w in words[2:] if w.startswith("-") and w != "-"}
    return f"{name} has no option {', '.join(sorted(given - known))}" if given - known else ""


def test_commands_and_options_exist(page):
    found = [(line, wrong) for line in command_lines(page) if (wrong := wrong_with(line))]
    assert not found


def test_wrong_commands_are_caught():
    assert wrong_with("unisono trian mine.toml") == "there is no command trian"
    assert wrong_with("unisono train mine.toml --epochs 5 -o run") == "train has no option --epochs"
    assert wrong_with("unisono tag run ~/Music -o tags.csv --wide | head") == ""


def test_the_readme_shows_the_examples_as_they_are():
    shown = blocks(ROOT / "README.md", "toml")
    for name in ("01_lyrics.toml", "02_audio.toml"):
        assert (ROOT / "examples" / name).read_text("utf8") in shown


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda p: p.name)
def test_examples_are_experiments(path):
    assert Experiment.load(path).description
