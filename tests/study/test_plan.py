"""From a study file to configurations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.errors import ExperimentError
from unisono.study.cells import places
from unisono.study.plan import Study


def test_factors_are_crossed(made_study: Callable[..., Study]) -> None:
    factors = {
        "tasks": {"alone": {"tasks": ["genre"]}, "both": {"tasks": ["genre", "mood"]}},
        "rate": {"key": "training.learning_rate", "values": [0.1, 0.2]},
    }
    study = made_study(study={"baseline": None, "exclude": [{"tasks": "alone", "rate": "0.1"}]}, factors=factors)
    assert list(study.configurations) == ["alone / 0.2", "both / 0.1", "both / 0.2"]
    both = study.configurations["both / 0.1"]
    assert both.levels == {"tasks": "both", "rate": "0.1"}
    assert both.experiment.training.learning_rate == 0.1
    assert list(both.experiment.tasks) == ["genre", "mood"]
    assert study.baseline("genre") == "alone / 0.2"
    assert study.baseline("mood") == "both / 0.1", "the first that learns it"


def test_a_row_leaves_several_levels_out(made_study: Callable[..., Study]) -> None:
    factors = {
        "tasks": {"alone": {"tasks": ["genre"]}, "both": {"tasks": ["genre", "mood"]}},
        "rate": {"key": "training.learning_rate", "values": [0.1, 0.2, 0.3]},
    }
    left_out = {"exclude": [{"rate": ["0.1", "0.3"], "tasks": "both"}, {"rate": ["0.2"]}]}
    study = made_study(study={"baseline": None, **left_out}, factors=factors)
    assert list(study.configurations) == ["alone / 0.1", "alone / 0.3"]


def test_an_experiment_is_a_study_of_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[collection]\ntable="a.csv"\n[inputs.lyrics]\nkind="words"\n[tasks.genre]\nkind="multiclass"\n')
    study = Study.load(path, ["study.seeds=3", "training.epochs=7", 'study.protocols=["grouped", "random"]'])
    assert list(study.configurations) == ["experiment"]
    assert study.configurations["experiment"].experiment.training.epochs == 7
    assert len(list(places(study))) == 6


def test_a_study_takes_an_experiment_beside_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    text = '[collection]\ntable="a.csv"\n[inputs.lyrics]\nkind="words"\n[tasks.genre]\nkind="multiclass"\n'
    (tmp_path / "sub" / "mine.toml").write_text(text)
    (tmp_path / "study.toml").write_text('[study]\nexperiment = "sub/mine.toml"\n')
    study = Study.load(tmp_path / "study.toml")
    assert study.configurations["experiment"].experiment.base == tmp_path / "sub"


def test_a_recipe_can_be_studied() -> None:
    assert "genre" in Study.of({"study": {"experiment": "lyrics-genre"}}).configurations["experiment"].experiment.tasks


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ({"study": {"baseline": "alon"}}, 'study.baseline: "alon" is no configuration.*Did you mean "alone"'),
        ({"study": {"sead": 3}}, 'study.sead: is no key of a study. Did you mean "seeds"'),
        ({"study": {"seeds": [1, 1]}}, "seeds names something twice"),
        ({"study": {"sizes": [1.5]}}, "study.sizes.0"),
        ({"study": {"exclude": [{"tasks": "none"}]}}, '"tasks = none" is no level'),
        ({"study": {"exclude": [{"tasks": ["alone", "none"]}]}}, '"tasks = none" is no level'),
        ({"study": {"chosen": {"tuned": ["x"]}}}, 'study.chosen.tuned: "x" is no configuration'),
        ({"study": {"metrics": {"gener": "accuracy"}}}, "study.metrics.gener: is no task"),
        (
            {"study": {"metrics": {"genre": "f1_makro"}}},
            'study.metrics.genre: "f1_makro" is no score of multiclass, which are acc.* Did you mean "f1_macro"',
        ),
        (
            {"study": {"also": {"year": ["mae", "excerpts.rmsee"]}}},
            'study.also.year: "excerpts.rmsee" is no score of regression, which are r2, .*mean "rmse"',
        ),
        ({"study": {"experiment": "lyrics-genre"}}, r"has \[experiment\] and names another one"),
        ({"factors": {"x": {"a": 3}}}, "factors.x.a: is no table of changes"),
        ({"factors": {"x": {"a": {"training": {"epoch": 3}}}}}, 'study: a:training.epoch.*Did you mean "epochs"'),
        ({"factors": {"x": {"key": "training.epochs", "values": []}}}, "needs either levels"),
        ({"factors": {"x": {"key": "training.epochs", "values": [1, 1]}}}, 'factors.x: values says "1" twice'),
        ({"study": {"baseline": 3}}, "study.baseline: 3: input should be a valid string"),
    ],
)
def test_mistakes_are_one_line(made_study: Callable[..., Study], tables: dict[str, object], line: str) -> None:
    with pytest.raises(ExperimentError, match=line):
        made_study(**tables)


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ({"study": 3}, r"mine:study: is 3 but a table is needed\. Write \[study\]"),
        ({"factors": [1]}, r"mine:factors: is \[1\] but a table is needed"),
    ],
)
def test_what_is_no_table_is_one_line(tables: dict[str, object], line: str) -> None:
    with pytest.raises(ExperimentError, match=line):
        Study.of({"experiment": {}, **tables}, name="mine")


def test_what_is_set_of_the_study_itself_goes_to_the_study() -> None:
    for key in ("study", "factors"):
        with pytest.raises(ExperimentError, match=f"lyrics-genre:{key}: is 3 but a table is needed"):
            Study.load("lyrics-genre", [f"{key}=3"])


def test_what_other_levels_say_of_tasks_that_are_left_out_goes_too(made_study: Callable[..., Study]) -> None:
    factors = {
        "tasks": {"alone": {"tasks": ["genre"]}, "both": {"tasks": ["genre", "mood"]}},
        "heads": {"wide": {"heads": {"mood": {"hidden": [8]}, "genre": {"hidden": [4]}}}},
    }
    study = made_study(study={"baseline": None}, factors=factors)
    assert list(study.configurations["alone / wide"].experiment.heads) == ["genre"]
    assert list(study.configurations["both / wide"].experiment.heads) == ["mood", "genre"]


def test_scores_that_only_some_tasks_have_are_left_to_the_runs(made_study: Callable[..., Study]) -> None:
    asked = {"metrics": {"genre": "top_3_accuracy"}, "also": {"genre": ["excerpts.roc_auc_macro"]}}
    assert made_study(study=asked).settings.metrics == {"genre": "top_3_accuracy"}
