"""What cannot be learned as it is asked for is said in one line, as a user meets it: from the experiment to the run."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.training.run import train

Make = Callable[..., Experiment]

TANH = {"kind": "embedding_bag", "width": 16, "layers": ["tanh"]}
AGF = {
    "kind": "distribution",
    "role": "auxiliary",
    "target": {"kind": "artist_groups", "columns": ["d1", "d2"], "artist": "solo", "codebook": 4, "topics": 2},
}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown balancer": (
        {"balancing": {"method": "gradnrm"}},
        r'"gradnrm": unknown, must be one of .*Did you mean "gradnorm"\?',
    ),
    "an unknown task in static weights": (
        {"balancing": {"method": "static", "weights": {"gnre": 2}}},
        r'balancing.weights: "gnre" is no task, must be one of genre, moods, year\. Did you mean "genre"\?',
    ),
    "an unknown task as the ratio's target": (
        {"balancing": {"method": "static", "label_ratio": "gnre"}},
        r'balancing.label_ratio: "gnre" is no task',
    ),
    "an unknown task in links": (
        {"network": {"links": {"genre": ["mods"]}}},
        r'network.links.genre: names "mods" but the tasks are genre, moods, year\. Did you mean "moods"\?',
    ),
    "cyclic links": (
        {"network": {"links": {"genre": ["moods"], "moods": ["genre"]}}},
        r"experiment:network.links: run in a circle \(genre -> moods -> genre\)\. Take one of these links out",
    ),
    "overlapping groups": (
        {"network": {"encoder": TANH, "sharing": [[["genre", "moods"], ["moods", "year"]]]}},
        r'experiment:network.sharing, row 1: names "moods" 2 times but groups must not overlap',
    ),
    "gradnorm without a shared block": (
        {"network": {"encoder": TANH, "sharing": "none"}, "balancing": {"method": "gradnorm"}},
        r"experiment:balancing: no block with trained weights is shared by all tasks.*Share blocks among all tasks",
    ),
    "surgery without a shared tensor": (
        {"network": {"encoder": TANH, "sharing": "none"}, "balancing": {"method": "surgery"}},
        r"experiment:balancing: the heads do not all read one trained tensor.*Share blocks among all tasks",
    ),
    "gradients compared where nothing is shared": (
        {"network": {"encoder": TANH, "sharing": "none"}, "training": {"diagnostics_every": 1}},
        r"experiment:training.diagnostics_at: the heads do not all read one trained tensor, so gradients cannot be "
        r"compared there\. Name a place that all tasks share, or set training\.diagnostics_every = 0",
    ),
    "gradnorm at a block that is none": (
        {"balancing": {"method": "gradnorm", "at": "nothing"}},
        r'experiment:balancing.at: "nothing" is neither representation nor weights',
    ),
    "a task without labels": (
        {"tasks": {"never": {"kind": "regression"}}},
        r'songs.csv:never: no row is labelled for the task "never"\. Label some rows or remove the task',
    ),
    "a task without labels in train": (
        {"tasks": {"late": {"kind": "multiclass"}}, "split": {"protocol": "file", "column": "part"}},
        r'no training row of fold 0 is labelled for the task "late"\. Label more rows or remove the task',
    ),
    "artist group factors of one artist": (
        {"tasks": {"agf": AGF}, "split": {"protocol": "file", "column": "part"}},
        r"tasks\.agf: 1 artist has 3 described training tracks or more but artist group factors need at least two",
    ),
    "a copy from no model": (
        {"stages": [{"name": "a", "copy": {"from": "nowhere", "layers": "branches.*"}}]},
        r"experiment:stages\.[a-z]+\.copy\.from: .*nowhere: there is no such folder\. Name a model",
    ),
}


def _with_columns(path: Path) -> None:
    """The table with more columns: labels nobody gave, labels of test tracks only, numbers, one artist, a split."""
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for number, row in enumerate(rows):
        part = ("train", "validation", "test")[min(number // 30, 2)]
        late = ("early", "late")[number % 2] if part == "test" else ""
        row |= {"never": "", "late": late, "d1": number, "d2": number % 7, "solo": "Solo", "part": part}
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _asked(make: Make, tables: dict[str, Any]) -> Experiment:
    tasks = {"genre": {"kind": "multiclass"}, "moods": {"kind": "multilabel"}, "year": {"kind": "regression"}}
    stages = tables.get("stages", [])
    made = make(**{k: v for k, v in tables.items() if k not in ("stages", "tasks", "training")},
                training={"epochs": 1, **tables.get("training", {})})  # fmt: skip
    _with_columns(made.base / "songs.csv")
    return Experiment.of({**made.tables(), "stages": stages, "tasks": {**tasks, **tables.get("tasks", {})}})


@pytest.mark.parametrize("case", CASES)
def test_one_line_that_says_what_to_do(case: str, experiment: Make, tmp_path: Path) -> None:
    tables, said = CASES[case]
    with pytest.raises(UserError, match=said) as raised:
        train(_asked(experiment, tables), tmp_path / "run")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("method", ["gradnorm", "surgery"])
def test_one_task_is_not_balanced(method: str, experiment: Make) -> None:
    """Nor one that a later stage learns alone; it is said before the first stage is trained."""
    made = experiment(balancing={"method": method})
    with pytest.raises(UserError, match=rf'balancing.method: {method} needs two tasks or more.*Use "sum"'):
        Experiment.of({**made.tables(), "tasks": {"genre": {"kind": "multiclass"}}})
    stages = [{"name": "one"}, {"name": "two", "learn": "genre"}]
    with pytest.raises(UserError, match=rf"stages.two:balancing.method: {method} needs two tasks or more"):
        Experiment.of({**made.tables(), "stages": stages})
    Experiment.of({**made.tables(), "stages": [stages[0], {**stages[1], "balancing": {"method": "sum"}}]})


def test_a_model_whose_tasks_or_shapes_do_not_fit(experiment: Make, tmp_path: Path) -> None:
    """The source has the same task with other labels, no task of another name, and wider layers."""
    train(experiment(training={"epochs": 1}), tmp_path / "run")
    source = str(tmp_path / "run" / "model")

    def copied(layers: str, **tables: Any) -> Experiment:
        made = experiment(**tables, training={"epochs": 1})
        return Experiment.of({**made.tables(), "stages": [{"name": "a", "copy": {"from": source, "layers": layers}}]})

    with pytest.raises(UserError, match=r'stages.a.copy.layers: the pattern "heads.*style.*" fits no layer'):
        train(copied("heads.heads.for_style.*"), tmp_path / "names")
    narrow = {"encoder": {"kind": "embedding_bag", "width": 8}}
    with pytest.raises(UserError, match=r"has the shape \(.*8,?\) but .* has \(.*16,?\)\. Leave it out of"):
        train(copied("branches.*", network=narrow), tmp_path / "shapes")
