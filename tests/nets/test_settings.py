"""Names of tasks and inputs that a network or its graph could not carry are refused before anything is heard."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from unisono.errors import ExperimentError
from unisono.nets.settings import NetworkSettings, check


@pytest.mark.parametrize("name", ["a.b", "a+b", "", 'q"uote', "new\nline", "back\\slash", "representation"])
def test_a_task_by_a_name_that_cannot_be(name: str, kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match=r"(?s)tasks.*name"):
        check(NetworkSettings(), {}, {"lyrics": kit.bag()}, ["genre", name])


@pytest.mark.parametrize("name", ["a.b", "", 'q"uote', "new\nline"])
def test_an_input_by_a_name_that_cannot_be(name: str, kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match=r"(?s)inputs.*name"):
        check(NetworkSettings(), {}, {name: kit.bag()}, ["genre"])


@pytest.mark.parametrize("name", ["epoch", "total", "a/b", "ü ñ", "for_all", "it's", "-rf", "1"])
def test_odd_names_that_work(name: str, kit: SimpleNamespace) -> None:
    check(NetworkSettings(), {}, {"lyrics": kit.bag()}, ["genre", name])
