"""Examples in docstrings run."""

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
WITH_EXAMPLES = sorted(
    ".".join(p.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for p in SOURCE.rglob("*.py")
    if ">>> " in p.read_text("utf8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name, tmp_path, monkeypatch):
    """In an empty folder, with the module's own names."""
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_there_are_examples():
    assert len(WITH_EXAMPLES) > 10


def test_a_wrong_example_is_caught(tmp_path, monkeypatch):
    (tmp_path / "wrong.py").write_text('"""\n>>> 1 + 1\n3\n"""')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AssertionError):
        test_examples_run("wrong", tmp_path, monkeypatch)
