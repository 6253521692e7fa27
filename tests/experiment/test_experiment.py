"""Experiment files: every wrong key names the right one, and what is dumped is read back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.experiment import Experiment, dump_toml, load_toml, with_overrides

TABLES: dict[str, Any] = {
    "collection": {"table": "songs.csv", "lyrics": "lyrics"},
    "inputs": {"lyrics": {"kind": "words", "max_tokens": 50}},
    "tasks": {"genre": {"kind": "multiclass"}, "energy": {"kind": "regression", "range": [100, 400], "loss": "rmse"}},
    "balancing": {"method": "gradnorm", "alpha": 0.7},
    "training": {"epochs": 3},
}


def changed(key: str, value: Any) -> dict[str, Any]:
    *tables, last = key.split(".")
    copy = with_overrides(TABLES, [])
    inside = copy
    for name in tables:
        inside = inside.setdefault(name, {})
    inside[last] = value
    return copy


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("trainning", {}, r'mine:trainning: is no table .* Did you mean "training"\?'),
        ("training.epoch", 3, r'mine:training\.epoch: is no key of TrainingSettings. Did you mean "epochs"\?'),
        ("training.epochs", "many", r"mine:training\.epochs: 'many': input should be a valid integer"),
        (
            "training.optimizer",
            "adams",
            r"mine:training\.optimizer: 'adams': input should be .*\. Did you mean \"adam\"\?",
        ),
        (
            "tasks.genre.class_weights",
            0.5,
            r"mine:tasks\.genre\.class_weights: 0\.5: input should be 'none', 'balanced'",
        ),
        ("sampling.method", "ratios", r'mine:sampling: method = "ratios" and a table of ratios go together'),
        (
            "tasks.energy",
            {"kind": "regression", "levels": [100, 250, 500], "range": [100, 250]},
            r"mine:tasks\.energy\.levels: 500 is outside the range 100 to 250\. Correct them or widen the range\.",
        ),
        (
            "tasks.energy",
            {"kind": "regression", "levels": [1, 200, 500], "range": [100, 250]},
            r"mine:tasks\.energy\.levels: 1, 500 are outside the range",
        ),
        ("training.epochs", 0, r"mine:training\.epochs: 0: input should be greater than or equal to 1"),
        ("tasks.genre.kind", "multiclas", r'mine:tasks\.genre: tasks "multiclas": unknown.*Did you mean "multiclass"'),
        ("tasks.genre.rare", "drop", r"mine:tasks\.genre\.rare: 'drop'"),
        ("tasks.energy.lose", "rmse", r'Did you mean "loss"\?'),
        ("inputs.lyrics.kind", "wordz", r'mine:inputs\.lyrics: inputs "wordz": unknown.*Did you mean "words"'),
        ("inputs.lyrics.maxtokens", 3, r'Did you mean "max_tokens"\?'),
        ("balancing.method", "gradnrm", r'mine:balancing: balancing "gradnrm": unknown.*Did you mean "gradnorm"'),
        ("balancing.alpa", 1, r'Did you mean "alpha"\?'),
        ("heads.genere", {"hidden": [4]}, r'mine:heads\.genere: is no task, .* Did you mean "genre"\?'),
        ("tasks.genre", 3, r"mine:tasks\.genre: is 3 but a table is needed"),
        ("collection.folder", "music", r"mine:collection: .*exactly one of table, folder, dataset"),
    ],
)
def test_a_wrong_key_is_named_with_the_right_one(key: str, value: Any, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        Experiment.of(changed(key, value), name="mine")


@pytest.mark.parametrize("key", ["collection", "collections", "heads", "inputs", "network", "tasks", "training"])
def test_a_value_where_a_table_is(key: str) -> None:
    with pytest.raises(ExperimentError, match=rf"mine:{key}: is 5 but a table is needed\. Write \[{key}\]\."):
        Experiment.of(with_overrides(TABLES, [f"{key}=5"]), name="mine")


def test_values_of_another_type_at_the_top() -> None:
    for override, found in (
        ("base=5", r'mine:base: is 5 but a text is needed\. Write base = "FOLDER"\.'),
        ("description=[1]", r"mine:description: is \[1\] but a text is needed"),
        ("stages=5", r"mine:stages: is 5 but a list of tables is needed\. Write \[\[stages\]\]\."),
    ):
        with pytest.raises(ExperimentError, match=found):
            Experiment.of(with_overrides(TABLES, [override]), name="mine")


@pytest.mark.parametrize("table", ["collection", "inputs", "tasks"])
def test_needed_tables(table: str) -> None:
    with pytest.raises(ExperimentError, match=rf"has no \[{table}\] but needs it"):
        Experiment.of({k: v for k, v in TABLES.items() if k != table})


def test_only_auxiliary_tasks_are_refused() -> None:
    tables = changed("tasks.genre.role", "auxiliary")
    tables["tasks"]["energy"]["role"] = "auxiliary"
    with pytest.raises(ExperimentError, match="every task is auxiliary but a target is needed"):
        Experiment.of(tables)


def test_a_resolved_file_is_the_same_experiment(tmp_path: Path) -> None:
    experiment = Experiment.of(TABLES, base=tmp_path)
    path = tmp_path / "resolved.toml"
    path.write_text(dump_toml(experiment.tables()))
    again = Experiment.load(path)
    assert again.tables() == experiment.tables()
    assert again.identity() == experiment.identity()


def test_identity_is_what_differs_from_the_defaults(tmp_path: Path) -> None:
    experiment = Experiment.of(TABLES, base=tmp_path)
    assert Experiment.of(changed("training.batch_size", 32)).identity() == experiment.identity()
    assert Experiment.of(changed("training.batch_size", 33)).identity() != experiment.identity()


def test_overrides_are_toml_values_or_texts() -> None:
    result = with_overrides(TABLES, ["training.epochs=5", "network.sharing=low:2", "tasks.genre.labels=['a', 'b']"])
    assert result["training"]["epochs"] == 5
    assert result["network"]["sharing"] == "low:2"
    assert result["tasks"]["genre"]["labels"] == ["a", "b"]
    assert TABLES["training"]["epochs"] == 3


def test_overrides_reach_into_lists_by_number() -> None:
    tables = {"stages": [{"name": "a"}, {"name": "b", "training": {"epochs": 1}}], "pitch": [0, 2]}
    result = with_overrides(tables, ["stages.1.training.epochs=4", "stages.0.epochs=3", "pitch.1=7"])
    assert result["stages"] == [{"name": "a", "epochs": 3}, {"name": "b", "training": {"epochs": 4}}]
    assert result["pitch"] == [0, 7]
    for wrong in ("stages.2.name=c", "stages.first.name=c", "pitch.-1=3"):
        with pytest.raises(ExperimentError, match=r"is none of the 2 entries of a list\. Write their number, from 0\."):
            with_overrides(tables, [wrong])


def test_paths_given_on_the_command_line_are_relative_to_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    result = with_overrides({}, ["collection.table=mine.csv", "collection.id=mine.csv"])
    assert result["collection"] == {"table": str(tmp_path / "mine.csv"), "id": "mine.csv"}


@pytest.mark.parametrize(
    ("override", "message"), [("training.epochs", "has no key=value"), ("training.epochs.x=3", '"epochs" is a value')]
)
def test_bad_overrides(override: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        with_overrides(TABLES, [override])


def test_a_file_that_is_no_toml_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a = = 3")
    with pytest.raises(ExperimentError, match="is not valid TOML"):
        load_toml(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text('[factors.a]\n"x" = {}\n"x" = {}\n')
    with pytest.raises(ExperimentError, match=r"is not valid TOML: .*line 3.*\. A name stands twice there: rename"):
        load_toml(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text("[factors.a]\n[factors.a]\n")
    with pytest.raises(ExperimentError, match=r"is not valid TOML: .*line 2.*\. A name stands twice there: rename"):
        load_toml(tmp_path / "x.toml")
    with pytest.raises(ExperimentError, match="is neither a file nor a built-in recipe"):
        load_toml("nothing.toml")
    (tmp_path / "lib.CSV").write_text("id,genre")
    with pytest.raises(ExperimentError, match=r"lib.CSV: is a table .*: unisono inspect .*lib.CSV --write-exp"):
        load_toml(tmp_path / "lib.CSV")


def test_dumped_texts_survive_any_character() -> None:
    import tomllib

    tables = {"a": {"k e y": 'quote " backslash \\ newline \n é', "list": [1, 2.5, True, "x"], "none": None}}
    tables["a"]["deep"] = {"rows": [{"x": 1}, {"x": None}]}
    back = tomllib.loads(dump_toml(tables))
    assert back["a"]["k e y"] == tables["a"]["k e y"]
    assert back["a"]["list"] == [1, 2.5, True, "x"]
    assert "none" not in back["a"] and back["a"]["deep"]["rows"] == [{"x": 1}, {}]


@pytest.mark.parametrize("sharing", ["none", ["each"], [[["genre"], ["energy"]]]])
@pytest.mark.parametrize("method", [{"method": "gradnorm"}, {"method": "ema_norm", "at": "weights"}])
def test_gradients_at_shared_weights_that_do_not_exist_are_said_before_anything_is_read(
    sharing: Any, method: dict[str, str]
) -> None:
    """Also of a stage alone. What needs no shared weights, or has some, is let pass."""
    one = {"encoder": {"kind": "embedding_bag", "width": 4}, "sharing": sharing}
    lyrics = {"lyrics": {"kind": "bag_of_words"}}
    tables = {**changed("balancing", method), "inputs": lyrics, "network": one, "heads": {}}
    needed = "no block with trained weights is shared by all tasks, .*Share blocks among all tasks"
    with pytest.raises(ExperimentError, match=rf"mine:balancing: {needed}"):
        Experiment.of(tables, name="mine")
    with pytest.raises(ExperimentError, match=rf"mine:stages.two:balancing: {needed}"):
        stages = [{"name": "one", "network": {**one, "sharing": "hard"}}, {"name": "two"}]
        Experiment.of({**tables, "stages": stages}, name="mine")
    for fits in ("hard", "high:1", {"kind": "cross_stitch"}):
        Experiment.of({**tables, "network": {**one, "sharing": fits}})
    for other in ({"method": "uncertainty"}, {"method": "gradnorm", "at": "heads"}):
        Experiment.of({**tables, "balancing": other})


@pytest.mark.parametrize("method", [{"method": "gradnorm"}, {"method": "surgery"}])
def test_what_compares_tasks_needs_steps_that_show_several(method: dict[str, str]) -> None:
    """Else its weights would never move, in silence."""
    tables = changed("balancing", method)
    apart = {
        **{k: v for k, v in tables.items() if k != "collection"},
        "collections": {"a": {"table": "a.csv", "lyrics": "lyrics"}, "b": {"table": "b.csv", "lyrics": "lyrics"}},
        "tasks": {
            "genre": {"kind": "multiclass", "collection": "a"},
            "mood": {"kind": "multiclass", "collection": "b"},
        },
    }
    needed = rf"mine:balancing.method: {method['method']} compares the tasks of a step but this sampling shows one"
    for of, sampling in ((tables, "alternate"), (tables, "temperature"), (apart, "size_proportional")):
        with pytest.raises(ExperimentError, match=needed):
            Experiment.of({**of, "sampling": {"method": sampling}}, name="mine")
        Experiment.of({**of, "sampling": {"method": sampling}, "balancing": {"method": "uncertainty"}})
    mixed = {"method": "temperature", "mixed": True}
    Experiment.of({**apart, "sampling": mixed})
    Experiment.of({**tables, "sampling": mixed})
    third = {**apart["tasks"], "year": {"kind": "regression", "collection": "b"}}
    Experiment.of({**apart, "tasks": third, "sampling": {"method": "size_proportional"}})
