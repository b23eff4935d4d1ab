"""Metrics of numbers are scikit-learn's; quantiles' brackets hold numpy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bellbuoy_stream.performance import REGRESSION_METRICS, RegressionLayout, bias, error_quantile, mae, rmse

VALUES = st.floats(-50, 50)
ROWS = st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=40)
TOLERANCE = 1e-9


@given(ROWS, st.sampled_from([0.7, 1.0, 3.0]))
@settings(max_examples=100)
def test_means_of_errors_are_exact(rows: list[tuple[float, float]], scale: float) -> None:
    predictions, labels = (list(column) for column in zip(*rows, strict=True))
    layout = RegressionLayout([0.0], scale=scale)
    view = layout.view(layout.count(predictions, labels))
    absolute, signed, root = mae(view), bias(view), rmse(view)
    assert absolute is not None
    assert signed is not None
    assert root is not None
    assert absolute.value == pytest.approx(metrics.mean_absolute_error(labels, predictions), abs=TOLERANCE)
    assert signed.value == pytest.approx(float(np.mean(np.subtract(predictions, labels))), abs=TOLERANCE)
    # a square root doubles the digits lost near zero
    assert root.value**2 == pytest.approx(metrics.mean_squared_error(labels, predictions), abs=TOLERANCE * 4)
    if root.value > 1:
        truth = metrics.root_mean_squared_error(labels, predictions)
        assert root.value == pytest.approx(truth, abs=TOLERANCE)


@given(ROWS, st.sampled_from([0.01, 0.25, 0.5, 0.9, 1.0]), st.data())
@settings(max_examples=100)
def test_quantiles_are_in_their_bracket(
    rows: list[tuple[float, float]], q: float, data: st.DataObject
) -> None:
    predictions, labels = (list(column) for column in zip(*rows, strict=True))
    errors = np.subtract(predictions, labels)
    for cuts in (np.unique(errors), np.unique(data.draw(st.lists(VALUES, min_size=1, max_size=5)))):
        layout = RegressionLayout(cuts, scale=10.0)
        estimate = error_quantile(layout.view(layout.count(predictions, labels)), q)
        assert estimate is not None
        assert estimate.low <= float(np.quantile(errors, q, method="inverted_cdf")) <= estimate.high
        assert estimate.interval is not None
        assert (
            estimate.interval.low <= estimate.low <= estimate.value <= estimate.high <= estimate.interval.high
        )
        if len(cuts) == len(np.unique(errors)) and np.isin(errors, cuts).all():
            assert estimate.low == estimate.high


def test_an_error_beyond_all_measure_is_said_to_be_one() -> None:
    layout = RegressionLayout([0.0], scale=1.0)
    view = layout.view(layout.count([1e300, 1.0, -1e308], [0.0, 0.0, 1e308]))
    assert view.counter("cut_off") == 2
    absolute, signed, root = mae(view), bias(view), rmse(view)
    assert absolute is not None
    assert signed is not None
    assert root is not None
    assert absolute.high == root.high == signed.high == math.inf
    assert signed.low == -math.inf
    assert absolute.interval is root.interval is signed.interval is None
    assert absolute.low > 2.0**27


def test_large_but_measurable_errors_are_exact() -> None:
    layout = RegressionLayout([0.0], scale=1.0)
    view = layout.view(layout.count([200_000.0, 1.0], [0.0, 0.0]))
    root = rmse(view)
    assert root is not None
    assert root.value == math.sqrt((200_000.0**2 + 1) / 2)
    assert view.counter("cut_off") == 0


def test_nothing_is_said_of_nothing() -> None:
    layout = RegressionLayout([0.0], scale=1.0)
    for counts in (layout.blocks.zeros(), layout.count([None, 1.0], [1.0, None])):
        view = layout.view(counts)
        assert [metric(view, 0.95) for metric in REGRESSION_METRICS.values()] == [None] * 3
        assert error_quantile(view) is None
    one = layout.view(layout.count([1.0], [0.0]))
    assert [metric(one, 0.95).interval for metric in REGRESSION_METRICS.values()] == [None] * 3  # type: ignore[union-attr]
