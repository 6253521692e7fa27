"""Every script under bench/ runs without arguments, as `make bench` runs it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SCRIPTS = sorted(p for p in (Path(__file__).parents[2] / "bench").glob("*.py") if not p.name.startswith("_"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_argument_is_needed(script: Path) -> None:
    tree = ast.parse(script.read_text("utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "attr", "") == "add_argument"]
    for call in calls:
        given = {k.arg: getattr(k.value, "value", None) for k in call.keywords}
        if not (isinstance(call.args[0], ast.Constant) and not str(call.args[0].value).startswith("-")):
            assert given.get("required") is not True, ast.unparse(call)
            continue
        assert given.get("nargs") in ("?", "*"), ast.unparse(call)
