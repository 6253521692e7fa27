"""docs/commands.md tells of every command and of every option, and of none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unisono.cli._app import _open
from unisono.parts import names

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
COMMON = {"--json", "--quiet", "-q", "--help", "-h"}


def section(command: str) -> str:
    found = re.search(rf"^## {command}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("name", names("cli"))
def test_every_option_is_documented(name: str) -> None:
    text = section(name)
    params = [p for p in _open(name).params if p.name != "help"]
    options = {flag for p in params if p.param_type_name == "option" for flag in (*p.opts, *p.secondary_opts)}
    told = set(re.findall(r"`(--?[a-z][a-z-]*)", text.partition("A path that begins")[0]))
    assert options - COMMON == told - {"--"}, f"docs/commands.md, section {name}"
    for argument in (p for p in params if p.param_type_name == "argument"):
        metavar = (argument.metavar or argument.name).removesuffix("...")
        assert metavar in text or metavar == "action", f"{name}: {metavar}"


def test_every_command_is_in_the_first_table() -> None:
    assert re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE) and set(
        re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)
    ) == set(names("cli"))
