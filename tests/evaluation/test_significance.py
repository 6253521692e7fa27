"""Paired tests: against scipy and against the published formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from unisono.evaluation import compare, corrected_t, holm, wilcoxon

DIFFERENCES = np.random.default_rng(0).normal(0.02, 0.03, 10)


def test_without_overlap_it_is_scipys_paired_t_test():
    statistic, p = corrected_t(DIFFERENCES, 0)
    expected = stats.ttest_1samp(DIFFERENCES, 0)
    assert (statistic, p) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_correction_is_that_of_nadeau_and_bengio():
    statistic, _ = corrected_t(DIFFERENCES, 0.25)
    plain, _ = corrected_t(DIFFERENCES, 0)
    assert statistic == pytest.approx(plain * np.sqrt(0.1 / (0.1 + 0.25)))


def test_the_correction_keeps_false_alarms_rare_where_the_plain_test_does_not():
    """Runs that share a common error, as runs on overlapping training tracks do."""
    generator = np.random.default_rng(1)
    runs = generator.normal(0, 0.5, (400, 1)) + generator.normal(0, 1, (400, 10))  # variance shared: 0.25 of 1
    plain = np.mean([corrected_t(one, 0)[1] < 0.05 for one in runs])
    corrected = np.mean([corrected_t(one, 0.25)[1] < 0.05 for one in runs])
    assert plain > 0.15
    assert corrected < 0.08


def test_wilcoxon_is_scipys_and_knows_no_difference():
    assert wilcoxon(DIFFERENCES) == stats.wilcoxon(DIFFERENCES).pvalue
    assert wilcoxon([0.0, 0.0, 0.0]) == 1.0


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_stays_between_raw_and_bonferroni(raw):
    adjusted = holm(raw)
    assert all(p <= a <= min(1.0, len(raw) * p) + 1e-12 for p, a in zip(raw, adjusted, strict=True))
    order = np.argsort(raw, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


def test_compare_brings_all_together():
    baseline = np.linspace(0.5, 0.6, 10)
    found = compare(baseline + DIFFERENCES, baseline, 0.25)
    assert found.difference == pytest.approx(DIFFERENCES.mean())
    assert found.deviation == pytest.approx(DIFFERENCES.std(ddof=1))
    assert found.effect == pytest.approx(found.difference / found.deviation)
    assert found.p == corrected_t(baseline + DIFFERENCES - baseline, 0.25)[1]
    assert found.interval[0] < found.difference < found.interval[1]
    plain = compare(baseline + DIFFERENCES, baseline, 0)
    expected = stats.ttest_1samp(DIFFERENCES, 0).confidence_interval(0.95)
    assert plain.interval == pytest.approx((expected.low, expected.high))
    assert (found.p < 0.05) == (found.interval[0] > 0 or found.interval[1] < 0)
    assert found.detectable > plain.detectable > 0


def test_differences_that_do_not_vary():
    same = compare([0.5, 0.5], [0.5, 0.5], 0.1)
    assert (same.p, same.effect, same.p_wilcoxon) == (1.0, None, 1.0)
    assert same.detectable is None


def test_a_difference_that_is_the_same_in_few_runs_may_be_luck():
    for runs, p in ((2, 0.5), (3, 0.25), (10, 2 / 1024)):
        found = compare(np.linspace(0.6, 0.8, runs), np.linspace(0.5, 0.7, runs), 0.1)
        assert found.deviation > 0 or runs == 2  # the last bits differ
        assert (found.p, found.effect, found.detectable) == (p, None, None)


def test_impossible_comparisons():
    with pytest.raises(ValueError, match="1 runs but at least two"):
        corrected_t([0.1], 0.1)
    with pytest.raises(ValueError, match="needs the same runs of both"):
        compare([0.1, 0.2], [0.1, 0.2, 0.3], 0.1)
    with pytest.raises(ValueError, match="never negative"):
        corrected_t([0.1, 0.2], -1)
