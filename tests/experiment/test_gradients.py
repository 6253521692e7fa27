"""Gradients that cannot be had are refused when an experiment is read, with its name."""

from __future__ import annotations

from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.experiment import Experiment

TABLES: dict[str, Any] = {
    "collection": {"table": "a.csv"},
    "inputs": {"lyrics": {"kind": "words"}},
    "tasks": {"genre": {"kind": "multiclass"}, "year": {"kind": "regression"}},
}
TWO = {"inputs": {"lyrics": {"kind": "words"}, "facts": {"kind": "columns", "columns": ["x"]}}}
SURGERY = {"balancing": {"method": "surgery"}}
SEEN = {"diagnostics_every": 10}
AT_WEIGHTS = {"balancing": {"method": "gradnorm", "at": "weights"}}
ONE = "branches.for_facts.sharing"
LAYERS = [{"layers": ["linear 8", "relu"]}, {"layers": ["linear 4", "relu"]}]
BLOCKS: dict[str, Any] = {
    "inputs": {"facts": {"kind": "columns", "columns": ["x"]}},
    "network": {"encoder": "mlp", "blocks": LAYERS},
}
LOW = {**BLOCKS, "network": {**BLOCKS["network"], "sharing": "low:1"}}


def stage(*freeze: str, **more: Any) -> dict[str, Any]:
    return {"stages": [{"name": "all"}, {"name": "heads", "freeze": list(freeze), **more}]}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({**SURGERY, "network": {"sharing": "none"}}, r"mine\.toml:balancing: the heads do not all read one trained"),
        ({**SURGERY, **TWO, "network": {"sharing": "none"}}, r"mine\.toml:balancing: the heads do not all read one"),
        (
            {"balancing": {"method": "ema_norm"}, "network": {"sharing": {"kind": "cross_stitch"}}},
            r"mine\.toml:balancing: the heads do not all read one trained tensor, .* Share blocks among all tasks",
        ),
        (
            {"balancing": {"method": "gradnorm", "l0": "log_classes"}},
            r'mine\.toml:balancing\.l0: "log_classes" needs classes but year is a regression\. Use "first" or "ema"\.',
        ),
        (
            {"balancing": {"method": "static", "label_ratio": "genre"}},
            r"mine\.toml:balancing\.label_ratio: year is a regression .* Give it a weight: weights = { year = 1\.0 }",
        ),
        (
            {"balancing": {"method": "static", "label_ratio": "year"}},
            r"mine\.toml:balancing\.label_ratio: year is a regression .* Choose another target",
        ),
        ({"balancing": {"method": "gradnorm", "at": "wieghts"}}, r'mine\.toml:balancing\.at: .*Did you mean "weights"'),
        (
            {"balancing": {"method": "gradnorm", "at": "nowhere"}},
            r'mine\.toml:balancing\.at: "nowhere" is neither .* Names of blocks begin with branches\.for_lyrics\.',
        ),
        (
            {"balancing": {"method": "gradnorm", "at": "branches.for_lyric.sharing"}},
            r'mine\.toml:balancing\.at: "branches.for_lyric.sharing" is neither .* Did you mean "for_lyrics"\?',
        ),
        (
            {"training": {**SEEN, "diagnostics_at": "representaton"}},
            r'mine\.toml:training\.diagnostics_at: "representaton" is neither .* Did you mean "representation"\?',
        ),
        (
            {"training": SEEN, "network": {"sharing": "none"}},
            r"mine\.toml:training\.diagnostics_at: .*cannot be compared there\. Name a place",
        ),
        (
            {**SURGERY, **stage("branches")},
            r"mine\.toml:stages\.heads\.freeze: surgery reads gradients at what the tasks share, but all of that is f",
        ),
        ({**SURGERY, **stage("branches.for_lyrics.**")}, r"stages\.heads\.freeze: surgery reads gradients"),
        ({**SURGERY, **stage("branches.for_*", unfreeze="heads.heads.for_genre")}, r"stages\.heads\.freeze: surgery"),
        ({**SURGERY, **BLOCKS, **stage(f"{ONE}.block1", f"{ONE}.block2.for_all")}, r"stages\.heads\.freeze: surgery"),
        ({**SURGERY, **BLOCKS, **stage(f"{ONE}.block?")}, r"stages\.heads\.freeze: surgery reads gradients"),
        ({**SURGERY, **LOW, **stage(f"{ONE}.block1")}, r"stages\.heads\.freeze: surgery reads gradients"),
        (
            {**AT_WEIGHTS, **BLOCKS, **stage(f"{ONE}.block2")},
            r"stages\.heads\.freeze: gradnorm reads gradients at the weights of",
        ),
        (
            stage("branches", training=SEEN),
            r"mine\.toml:stages\.heads\.freeze: training\.diagnostics_at compares .* in this stage",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_at_once(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        Experiment.of({**TABLES, **more}, name="mine.toml")


@pytest.mark.parametrize(
    "more",
    [
        SURGERY,
        {**SURGERY, **TWO},
        {**SURGERY, "network": {"sharing": "none", "head": {"reads": "all"}}},
        {"balancing": {"method": "gradnorm"}},
        {"balancing": {"method": "gradnorm", "at": "branches.for_lyrics.sharing.block1"}},
        {"training": {**SEEN, "diagnostics_at": "branches"}},
        {**SURGERY, **stage("branches", unfreeze=["branches.for_lyrics.sharing.block1"])},
        {**SURGERY, **TWO, **stage("branches.for_lyrics")},
        stage("branches"),
        stage("branches", training=SEEN, learn="genre"),
        {**SURGERY, **BLOCKS, **stage(f"{ONE}.block2")},
        {**SURGERY, **BLOCKS, **stage(f"{ONE}.block1.for_all.linear1", f"{ONE}.block2")},
        {**SURGERY, **LOW, **stage(f"{ONE}.block2")},
        {**SURGERY, **BLOCKS, "network": {**BLOCKS["network"], "head": {"reads": "all"}}, **stage(f"{ONE}.block1")},
        {**AT_WEIGHTS, **BLOCKS, **stage(f"{ONE}.block1")},
    ],
)
def test_what_can_be_had_is_not(more: dict[str, Any]) -> None:
    assert Experiment.of({**TABLES, **more}, name="mine.toml").tasks
