"""`unisono recipe`: lists, shows, and names the nearest one."""

from __future__ import annotations

import json
import tomllib

import pytest

from unisono.cli._app import run
from unisono.experiment.toml import recipe_names

Capture = pytest.CaptureFixture[str]


def test_lists_all(capsys: Capture) -> None:
    assert run(["recipe"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["recipe", *recipe_names()]


def test_json(capsys: Capture) -> None:
    assert run(["recipe", "list", "--json"]) == 0
    assert [r["name"] for r in json.loads(capsys.readouterr().out)["recipes"]] == list(recipe_names())


def test_shows_a_file_that_can_be_saved(capsys: Capture) -> None:
    for name in recipe_names():
        assert run(["recipe", "show", name]) == 0
        tables = tomllib.loads(capsys.readouterr().out)
        assert "tasks" in tables or "study" in tables


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recipe", "show", "nonesuch"], 'recipe "nonesuch": there is none of this name.'),
        (["recipe", "show"], "unisono recipe show: no name was given. Recipes: "),
    ],
)
def test_mistakes(capsys: Capture, arguments: list[str], line: str) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.startswith(line)
