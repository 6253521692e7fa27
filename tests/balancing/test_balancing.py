"""The door of the family: settings and balancers by name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from unisono.balancing import Facts, balancer, balancing_of, check
from unisono.errors import ExperimentError
from unisono.parts import names

FACTS = {"genre": Facts("multiclass", 6, 100), "energy": Facts("regression", 1, 90)}


def test_empty_table_is_the_plain_sum():
    assert balancing_of({}).method == "sum"


def test_keys_reach_the_method():
    assert balancing_of({"method": "gradnorm", "l0": "epoch"}).l0 == "epoch"


def test_unknown_balancer_is_said_with_the_nearest():
    with pytest.raises(ExperimentError, match=r'balancing "gradnrom": unknown.*Did you mean "gradnorm"'):
        balancing_of({"method": "gradnrom"})


def test_unknown_key_is_an_error():
    with pytest.raises(ValidationError, match=r"alhpa"):
        balancing_of({"method": "gradnorm", "alhpa": 1})


def test_no_task_is_an_error():
    with pytest.raises(ExperimentError, match=r"there is no task to balance"):
        balancer(balancing_of({}), {})


def test_settings_need_no_torch():
    reads = "; ".join(f"parts.part_settings('balancing', '{name}')" for name in names("balancing"))
    code = f"import sys; sys.modules['torch'] = None; import unisono.balancing; from unisono import parts; {reads}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_named_tasks_are_checked_before_anything_is_read():
    check(balancing_of({"method": "static", "weights": {"genre": 2.0}}), ["genre", "energy"])
    check(balancing_of({}), ["genre"])
    with pytest.raises(ExperimentError, match=r'balancing.weights: "gerne" is no task.*Did you mean "genre"'):
        check(balancing_of({"method": "static", "weights": {"gerne": 2.0}}), ["genre", "energy"])
