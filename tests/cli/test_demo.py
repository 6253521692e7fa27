"""`unisono demo`: a thin door; its story has tests of its own."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from unisono.cli import demo as module
from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []

    def tell(folder: Path, seed: int, say: object, watching: object) -> SimpleNamespace:
        calls.append((folder, seed))
        say("Rendered")  # type: ignore[operator]
        return SimpleNamespace(
            run=SimpleNamespace(folder=folder / "run", model=folder / "run" / "model", scores={"tasks": {}}),
            report=folder / "run" / "report.html",
            tagged=[1, 2],
            checks={"genre": SimpleNamespace(right=0.5)},
            seconds={"render": 1.0},
        )

    parts = {"run": SimpleNamespace(Watching=lambda progress: None), "story": SimpleNamespace(tell=tell)}
    monkeypatch.setattr(module, "part", lambda family, name: parts[name])
    return calls


def test_tells_the_story(told: list[object], capsys: Capture) -> None:
    assert run(["demo", "there", "--seed", "3"]) == 0
    assert told == [(Path("there"), 3)]
    assert capsys.readouterr().out == "Rendered\n"


def test_json(told: list[object], capsys: Capture) -> None:
    assert run(["demo", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert told == [(Path("demo"), 0)]
    assert (result["tagged"], result["right"]) == (2, {"genre": 0.5})
