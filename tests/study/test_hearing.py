"""Costly inputs are heard once for all cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unisono.study import hearing
from unisono.study.hearing import Hearing
from unisono.study.plan import Study
from unisono.study.splits import part

TABLES: dict[str, Any] = {
    "experiment": {
        "inputs": {"audio": {"kind": "mel", "sample_rate": 8000, "n_mels": 16, "duration": 1}},
        "tasks": {"genre": {"kind": "multiclass"}},
        "network": {"encoder": "conv2d"},
    }
}


def test_hearing_is_done_once_and_measured(small_collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {**TABLES["experiment"], "collection": {"table": str(small_collection), "id": "path", "audio": "path"}}
    factor = {"key": "inputs.audio.n_mels", "values": [16, 20]}
    given = {"experiment": {**tables, "split": {"protocol": "random"}}, "factors": {"bands": factor}}
    study = Study.of(given, base=small_collection.parent)
    told: list[int] = []
    calls: list[Any] = []
    monkeypatch.setattr(hearing, "extract", lambda costly, tracks, progress: calls.append((*costly, len(tracks))))
    heard = Hearing(lambda what, done, of: told.append(of))
    for seed in range(2):
        heard.hear(part(list(study.configurations.values()), None, seed))
    assert calls == [("audio", "audio (2)", 24)], "those of all configurations"
    assert heard.cost["audio"]["tracks"] == 5
    assert 0 < heard.cost["audio"]["seconds"] < 5
    inputs = [c.experiment.inputs for c in study.configurations.values()]
    assert [heard.seconds(one) for one in inputs] == [heard.cost[n]["seconds"] for n in ("audio", "audio (2)")]
    assert Hearing(lambda what, done, of: None).seconds(inputs[0]) is None
