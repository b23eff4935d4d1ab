"""Metrics of several classes are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from bellbuoy_stream.performance import MULTICLASS_METRICS, MulticlassLayout, accuracy, log_loss, macro_f1

CLASSES = 4
LAYOUT = MulticlassLayout("abcd")
CODES = st.integers(0, CLASSES)  # the last is one other class
PARTS = st.lists(st.integers(0, 9), min_size=CLASSES, max_size=CLASSES).filter(any)
TOLERANCE = 1e-9


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=40))
@settings(max_examples=100)
def test_decisions_are_exact(rows: list[tuple[int, int]]) -> None:
    labels, predictions = (list(column) for column in zip(*rows, strict=True))
    view = LAYOUT.view(LAYOUT.count(labels, predictions))
    share, mean = accuracy(view), macro_f1(view)
    assert share is not None
    assert mean is not None
    assert share.value == pytest.approx(metrics.accuracy_score(labels, predictions), abs=TOLERANCE)
    truth = metrics.f1_score(labels, predictions, average="macro", zero_division=0.0)
    assert mean.value == mean.low == mean.high == pytest.approx(truth, abs=TOLERANCE)
    assert mean.interval is None or mean.interval.low <= mean.value <= mean.interval.high


@given(st.lists(st.tuples(st.integers(0, CLASSES - 1), PARTS), min_size=1, max_size=30))
@settings(max_examples=80)
def test_log_loss_is_exact(rows: list[tuple[int, list[int]]]) -> None:
    labels = [row[0] for row in rows]
    scores = np.array([np.array(row[1]) / sum(row[1]) for row in rows])
    estimate = log_loss(LAYOUT.view(LAYOUT.count(labels, scores=scores)))
    assert estimate is not None
    assert estimate.rows == len(rows)
    truth = metrics.log_loss(labels, scores, labels=range(CLASSES))
    assert estimate.value == pytest.approx(truth, abs=TOLERANCE)


@given(st.lists(st.tuples(CODES, CODES), min_size=2, max_size=12))
@settings(max_examples=20)
def test_the_variance_of_macro_f1_is_its_jackknife_in_the_limit(rows: list[tuple[int, int]]) -> None:
    """The delta method's derivatives, by taking a small part of one row away: infinitesimal jackknife."""
    labels, predictions = (np.array(column) for column in zip(*rows, strict=True))
    estimate = macro_f1(LAYOUT.view(LAYOUT.count(labels, predictions)))
    assert estimate is not None
    step = 1e-6

    def value(weights: np.ndarray) -> float:
        return float(
            metrics.f1_score(labels, predictions, average="macro", zero_division=0.0, sample_weight=weights)
        )

    even = np.ones(len(rows))
    slopes = [(value(even + step * np.eye(len(rows))[at]) - value(even - step * np.eye(len(rows))[at])) / (2 * step) for at in range(len(rows))]  # fmt: skip
    error = float(np.sqrt(np.square(slopes).sum()))
    if estimate.interval is None:
        assert error == pytest.approx(0, abs=1e-6)
    else:
        low, high = max(0.0, estimate.value - 1.959964 * error), min(1.0, estimate.value + 1.959964 * error)
        assert list(estimate.interval) == pytest.approx([low, high], abs=1e-6)


@given(st.integers(1, 30), st.integers(1, 30))
def test_two_different_other_classes_are_an_error_on_both_sides(matched: int, missed: int) -> None:
    """With other classes alone, macro F1 is the share of matches, and has a share's variance."""
    rows = matched + missed
    view = LAYOUT.view(LAYOUT.count([4] * rows, [4] * matched + [5] * missed))
    mean, share = macro_f1(view), matched / rows
    assert mean is not None
    assert mean.value == pytest.approx(share)
    assert mean.interval is not None
    reach = 1.959964 * (share * (1 - share) / rows) ** 0.5
    ends = [max(0.0, share - reach), min(1.0, share + reach)]
    assert list(mean.interval) == pytest.approx(ends, abs=1e-6)


def test_nothing_is_said_of_nothing() -> None:
    for counts in (LAYOUT.blocks.zeros(), LAYOUT.count([-1], [2])):
        view = LAYOUT.view(counts)
        assert [metric(view, 0.95) for metric in MULTICLASS_METRICS.values()] == [None] * 3
    without = LAYOUT.view(LAYOUT.count([4, 1], [4, 1]))
    assert log_loss(without) is None
    assert without.counter("foreign") == without.counter("no_score") == 1
    mean = macro_f1(without)
    assert mean is not None
    assert mean.value == 1
    assert mean.interval is None
