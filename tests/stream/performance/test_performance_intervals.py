"""Intervals are the published formulas, and hold the truth about as often as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from bellbuoy_stream.performance import (
    BINARY_METRICS,
    REGRESSION_METRICS,
    BinaryLayout,
    RegressionLayout,
    error_quantile,
    f1,
    rmse,
    roc_auc,
    wilson,
)
from bellbuoy_stream.performance.moments import Moments, mean
from bellbuoy_stream.performance.roc_auc import delong_variance

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellbuoy_stream.performance import Estimate

ROUNDS, ROWS = 200, 400
TRUTH_ROWS = 200_000


@given(st.integers(1, 500), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_is_scipys(rows: int, data: st.DataObject, confidence: float) -> None:
    successes = data.draw(st.integers(0, rows))
    expected = stats.binomtest(successes, rows).proportion_ci(confidence, method="wilson")
    assert list(wilson(successes, rows, confidence)) == pytest.approx([expected.low, expected.high], abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=40))
def test_delong_is_the_variance_of_placements(rows: list[tuple[int, bool]]) -> None:
    positives = np.array([value for value, positive in rows if positive], dtype=float)
    negatives = np.array([value for value, positive in rows if not positive], dtype=float)
    assume(min(len(positives), len(negatives)) > 1)
    pairs = (positives[:, None] > negatives) + (positives[:, None] == negatives) / 2
    expected = pairs.mean(axis=1).var(ddof=1) / len(positives) + pairs.mean(axis=0).var(ddof=1) / len(
        negatives
    )
    layout = BinaryLayout(np.arange(7) / 8)
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    view = layout.view(layout.count(np.concatenate([positives, negatives]) / 8, labels))
    assert delong_variance(view.negatives, view.positives) == pytest.approx(expected, abs=1e-12)
    estimate = roc_auc(view)
    assert estimate is not None
    if estimate.interval is not None:
        assert estimate.interval.high <= min(1, estimate.value + 1.96 * expected**0.5 + 1e-4)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=30))
def test_means_have_the_normal_interval(values: list[float]) -> None:
    rows = np.array(values)
    estimate = mean(Moments(len(rows), float(rows.sum()), float(np.square(rows).sum())))
    assert estimate is not None
    assert estimate.interval is not None
    reach = 1.959964 * rows.std(ddof=1) / len(rows) ** 0.5
    # a square root doubles the digits lost near zero
    assert list(estimate.interval) == pytest.approx([rows.mean() - reach, rows.mean() + reach], abs=1e-6)


@given(st.lists(st.floats(0.5, 8), min_size=2, max_size=30))
def test_rmse_has_the_delta_methods_interval(errors: list[float]) -> None:
    layout = RegressionLayout([0.0], scale=4.0)
    estimate = rmse(layout.view(layout.count(errors, np.zeros(len(errors)))))
    assert estimate is not None
    assert estimate.interval is not None
    squares = np.square(errors)
    assume(squares.std() > 1)  # fourth powers are coarse
    root = float(np.sqrt(squares.mean()))
    reach = 1.959964 * squares.std(ddof=1) / len(errors) ** 0.5 / (2 * root)
    expected = [max(0.0, root - reach), root + reach]
    assert list(estimate.interval) == pytest.approx(expected, abs=1e-3)


@given(st.integers(500, 5_000), st.integers(500, 5_000), st.integers(500, 5_000))
def test_f1_has_the_delta_methods_interval_in_the_limit(true: int, false: int, missed: int) -> None:
    layout = BinaryLayout([])
    counts = layout.blocks.zeros()
    layout.blocks.of(counts, "confusion")[:] = [[0, false], [missed, true]]
    estimate = f1(layout.view(counts))
    assert estimate is not None
    assert estimate.interval is not None
    value = estimate.value
    error = (value * (1 - value) * (2 - value) / (2 * true + false + missed)) ** 0.5
    width = estimate.interval.high - estimate.interval.low
    assert width == pytest.approx(2 * 1.959964 * error, rel=0.01)


def coverage(metric: Callable[[np.random.Generator, int], Estimate | None], seed: int) -> float:
    """Share of rounds whose interval holds the value of very many rows."""
    rng = np.random.default_rng(seed)
    truth = metric(rng, TRUTH_ROWS)
    assert truth is not None
    held = 0
    for _ in range(ROUNDS):
        estimate = metric(rng, ROWS)
        assert estimate is not None
        assert estimate.interval is not None
        held += estimate.interval.low <= truth.value <= estimate.interval.high
    return held / ROUNDS


@pytest.mark.parametrize("name", sorted(set(BINARY_METRICS) - {"calibration_error"}))
def test_binary_intervals_cover(name: str) -> None:
    layout = BinaryLayout(np.arange(1, 200) / 200)

    def drawn(rng: np.random.Generator, rows: int) -> Estimate | None:
        chance = rng.beta(1, 2, rows)
        labels = rng.random(rows) < chance
        scores = np.clip(chance + rng.normal(0, 0.1, rows), 0.01, 0.99)
        return BINARY_METRICS[name](layout.view(layout.count(scores, labels)), 0.95)

    assert 0.91 <= coverage(drawn, seed=7) <= 0.99


@pytest.mark.parametrize("name", [*REGRESSION_METRICS, "median"])
def test_regression_intervals_cover(name: str) -> None:
    layout = RegressionLayout(np.arange(-400, 400) / 100, scale=1.0)

    def drawn(rng: np.random.Generator, rows: int) -> Estimate | None:
        view = layout.view(layout.count(rng.normal(0.1, 1, rows), np.zeros(rows)))
        return error_quantile(view) if name == "median" else REGRESSION_METRICS[name](view, 0.95)

    assert 0.91 <= coverage(drawn, seed=7) <= 0.99
