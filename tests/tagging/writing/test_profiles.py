"""Profiles: what goes where, from names, files, experiments and single keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.errors import ExperimentError
from unisono.tagging.writing.profiles import PROFILES, check_named, profile_of
from unisono.tasks import task


def field_of(profile: str, name: str, **settings: object) -> tuple[str, ...]:
    return profile_of(profile).field_of(task(name, {"kind": "multiclass", **settings})).field


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_can_be_had(name: str) -> None:
    assert profile_of(name).tasks["genre"].field == ("genre",)


@pytest.mark.parametrize(
    ("task_name", "fields"),
    [
        ("genre", ("genre",)),
        ("situation", ("comment", "grouping")),
        ("style", ("subgenre",)),
        ("artist", ("predicted_artist",)),
        ("occasion", ("comment", "grouping")),
        ("vibe", ("vibe",)),
        ("bpm", ("predicted_bpm",)),
        ("Tempo Feel!", ("tempo_feel",)),
    ],
)
def test_a_task_has_a_place_by_its_name(task_name: str, fields: tuple[str, ...]) -> None:
    assert field_of("plain", task_name) == fields


def test_the_experiment_wins_over_the_profile() -> None:
    assert field_of("rekordbox", "mood", write={"field": "grouping"}) == ("grouping",)


def test_a_task_can_be_left_unwritten() -> None:
    assert field_of("plain", "genre", write={"field": []}) == ()


@pytest.mark.parametrize("name", ["artist", "title", "serato_markers", "Genre", "initial_key"])
def test_what_belongs_to_others_is_no_field(name: str) -> None:
    with pytest.raises(ExperimentError, match=r"is never written|is no name of a field"):
        profile_of("plain", [f"genre.field={name}"])


def test_single_keys_are_set() -> None:
    profile = profile_of("plain", ["genre=both", "separator=, ", "energy.as=stars", 'energy.field=["comment"]'])
    assert (profile.genre, profile.separator, profile.tasks["energy"].as_) == ("both", ", ", "stars")
    assert profile.tasks["energy"].field == ("comment",)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("recordbox", [], 'Did you mean "rekordbox"'),
        ("plain", ["separater=x"], 'is no key of a profile. Did you mean "separator"'),
        ("plain", ["genre"], "is no KEY=VALUE"),
        ("plain", ["energy.as=loud"], "energy.as"),
        ("none.toml", [], "cannot be read"),
    ],
)
def test_mistakes_are_told(name: str, changes: list[str], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        profile_of(name, changes)


def test_a_file_builds_on_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "rekordbox"\nseparator = ", "\n[tasks.energy]\nfield = "rating"\n')
    profile = profile_of(str(path))
    assert (profile.id3, profile.separator, profile.tasks["energy"].field) == ("2.3", ", ", ("rating",))
    assert profile.tasks["mood"].field == ("mood", "comment")


def test_an_experiment_says_where_its_tasks_go(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text('[collection]\ntable = "a.csv"\n[tasks.vibe]\nkind = "multiclass"\nwrite = { field = "mood" }\n')
    assert profile_of(str(path)).tasks["vibe"].field == ("mood",)


@pytest.mark.parametrize(("name", "change"), [("intro", "intro.mode=append"), ("tags", "situation.mode=append")])
def test_a_mode_alone_moves_no_task(name: str, change: str) -> None:
    one = task(name, {"kind": "multiclass"})
    changed, plain = profile_of("plain", [change]).field_of(one), profile_of().field_of(one)
    assert (changed.field, changed.mode, plain.mode) == (plain.field, "append", None)


def test_a_mode_alone_in_a_file_or_an_experiment_moves_no_task(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "rekordbox"\n[tasks.energy]\nmode = "append"\n[tasks.vibe]\nas = "stars"\n')
    profile = profile_of(str(path))
    energy, vibe = (profile.field_of(task(name, {"kind": "multiclass"})) for name in ("energy", "vibe"))
    assert (energy.field, energy.mode, vibe.field, vibe.as_) == (("energy", "comment"), "append", ("vibe",), "stars")
    said = task("energy", {"kind": "regression", "write": {"mode": "overwrite"}})
    again = task("energy", {"kind": "regression", "write": said.model_dump(mode="json", exclude_none=True)["write"]})
    assert again.write == said.write, "as a model folder keeps it"
    assert (profile.field_of(again).field, profile.field_of(again).mode) == (("energy", "comment"), "overwrite")


def test_a_change_names_a_task_of_the_model() -> None:
    tasks = [task(name, {"kind": "multiclass"}) for name in ("genre", "intro")]
    check_named(["genre=both", "genre.mode=append", "intro.mode=keep", "intro_version.mode=keep"], tasks)
    with pytest.raises(ExperimentError, match=r'"gnre" is no task of this model. Did you mean "genre"'):
        check_named(["gnre.mode=append"], tasks)
