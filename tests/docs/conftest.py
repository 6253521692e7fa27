"""The project's pages: README, CONTRIBUTING, CHANGELOG and everything below docs."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a `page` runs once for every page."""
    if "page" in metafunc.fixturenames:
        pages = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
        metafunc.parametrize("page", pages, ids=[str(p.relative_to(ROOT)) for p in pages])
