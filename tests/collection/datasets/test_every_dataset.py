"""Laws of every data set: it says who made it, reads its layout, gives its columns, and says what to get from where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import CollectionSettings, inspect, load, write_experiment
from unisono.errors import TableError
from unisono.parts import names, part_class

FAMILY = "collection.datasets"
Layout = Callable[[str], Path]


@pytest.fixture(params=names(FAMILY))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_says_what_it_is(name: str) -> None:
    dataset = part_class(FAMILY, name)()
    assert dataset.citation and dataset.licence
    assert dataset.homepage.startswith("http") or dataset.licence.startswith("private")
    assert all(":" in told and len(told.split(":")[1]) in (40, 64) for told in dataset.checksums.values())
    assert all(dataset.columns.values())


def test_it_loads_with_every_column_that_it_names(name: str, layout: Layout) -> None:
    root = layout(name)
    collection = load(CollectionSettings(dataset=name, root=root.name), root.parent)
    named = [c for c in part_class(FAMILY, name).columns if not c.endswith("...")]
    assert set(named) <= set(collection.frame.columns)
    assert len(collection) == len({t.id for t in collection.tracks}) >= 4


def test_inspect_finds_tasks_and_writes_an_experiment(name: str, layout: Layout) -> None:
    root = layout(name)
    findings = inspect(CollectionSettings(dataset=name, root=root.name), root.parent)
    assert findings.tasks
    assert f'dataset = "{name}"' in write_experiment(findings, root.parent)


@pytest.mark.parametrize("there", [True, False])
def test_what_is_missing_is_one_line(name: str, there: bool, tmp_path: Path) -> None:
    if there:
        (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match=r"empty: (holds no|there is no such folder but it must hold) .*\. \w") as told:
        load(CollectionSettings(dataset=name, root="empty"), tmp_path)
    assert len(told.value.lines()) == 1
