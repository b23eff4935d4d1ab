"""Metrics of two classes are scikit-learn's where cells are exact; else their bracket holds scikit-learn's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve as sklearn_curve

from bellbuoy_stream.performance import (
    BINARY_METRICS,
    BinaryLayout,
    accuracy,
    average_precision,
    base_rate,
    brier,
    brier_skill,
    calibration_curve,
    calibration_error,
    calibration_in_the_large,
    f1,
    log_loss,
    precision,
    recall,
    roc_auc,
    skill,
)

if TYPE_CHECKING:
    from bellbuoy_stream.performance import Estimate

SCORES = st.one_of(st.integers(0, 8).map(lambda eighth: eighth / 8), st.floats(0, 1))
ROWS = st.lists(st.tuples(SCORES, st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40)
TOLERANCE = 1e-9


def columns(rows: list[tuple[float, int, int]]) -> tuple[list[float], list[int], list[int]]:
    scores, labels, predictions = zip(*rows, strict=True)
    return list(scores), list(labels), list(predictions)


def exactly(estimate: Estimate | None, expected: float) -> None:
    assert estimate is not None
    assert estimate.value == pytest.approx(expected, abs=TOLERANCE)
    assert estimate.low == pytest.approx(estimate.value, abs=TOLERANCE)
    assert estimate.high == pytest.approx(estimate.value, abs=TOLERANCE)
    if estimate.interval is not None:
        assert estimate.interval.low - TOLERANCE <= estimate.value <= estimate.interval.high + TOLERANCE


@given(ROWS)
@settings(max_examples=80)
def test_rankings_are_exact_where_every_score_is_a_cut(rows: list[tuple[float, int, int]]) -> None:
    scores, labels, _ = columns(rows)
    layout = BinaryLayout(np.unique(scores))
    view = layout.view(layout.count(scores, labels))
    if not any(labels):
        assert average_precision(view) is None
        assert roc_auc(view) is None
        return
    exactly(average_precision(view), metrics.average_precision_score(labels, scores))
    if all(labels):
        assert roc_auc(view) is None
    else:
        exactly(roc_auc(view), metrics.roc_auc_score(labels, scores))


@given(ROWS, st.data())
@settings(max_examples=80)
def test_brackets_hold_the_true_ranking(rows: list[tuple[float, int, int]], data: st.DataObject) -> None:
    scores, labels, _ = columns(rows)
    assume(0 < sum(labels) < len(labels))
    layout = BinaryLayout(np.unique(data.draw(st.lists(SCORES, max_size=5))))
    view = layout.view(layout.count(scores, labels))
    for metric, truth in (
        (roc_auc, metrics.roc_auc_score),
        (average_precision, metrics.average_precision_score),
    ):
        estimate = metric(view)
        assert estimate is not None
        assert estimate.low - 1e-12 <= truth(labels, scores) <= estimate.high + 1e-12
        assert estimate.low <= estimate.value <= estimate.high


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6))
@settings(max_examples=80)
def test_brackets_are_reached(gaps: list[tuple[int, int]]) -> None:
    """Best and worst orders inside every gap, and in gaps only, are the ends of the bracket."""
    positives, negatives = (sum(gap[at] for gap in gaps) for at in range(2))
    assume(positives > 0 < negatives)
    size = len(gaps)
    layout = BinaryLayout(np.arange(1, size) / size)

    def placed(*, best: bool) -> tuple[list[float], list[int]]:
        scores: list[float] = []
        labels: list[int] = []
        for at, (above, below) in enumerate(gaps):
            step = 1 / (4 * size * (above + 1))
            scores += [(at + 0.5) / size + (0 if best else -step * row) for row in range(above)]
            scores += [(at + (0.25 if best else 0.75)) / size] * below
            labels += [1] * above + [0] * below
        return scores, labels

    for best in (True, False):
        scores, labels = placed(best=best)
        view = layout.view(layout.count(scores, labels))
        area, average = roc_auc(view), average_precision(view)
        assert area is not None
        assert average is not None
        end = area.high if best else area.low
        assert end == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-12)
        truth = metrics.average_precision_score(labels, scores)
        if best:
            assert average.high == pytest.approx(truth, abs=1e-12)
        else:  # a hair less: (N+b) / 24 (P+N+b)^2 of a positive, in every gap
            assert truth - size / (12 * positives) <= average.low <= truth + 1e-12


@given(ROWS, st.sampled_from([10, 20]))
@settings(max_examples=80)
def test_losses_and_calibration_are_exact_whatever_the_cuts(
    rows: list[tuple[float, int, int]], bins: int
) -> None:
    scores, labels, _ = columns(rows)
    layout = BinaryLayout([0.5], bins=bins)
    view = layout.view(layout.count(scores, labels))
    exactly(log_loss(view), metrics.log_loss(labels, scores, labels=[0, 1]))
    exactly(brier(view), float(np.mean(np.square(np.subtract(scores, labels)))))
    rate = float(np.mean(labels))
    exactly(base_rate(view), rate)
    exactly(calibration_in_the_large(view), float(np.mean(scores)) - rate)
    curve = calibration_curve(view)
    if 0 < rate < 1:
        shares, means = sklearn_curve(labels, scores, n_bins=bins)
        assert [bin_.positives.value for bin_ in curve] == pytest.approx(shares.tolist(), abs=TOLERANCE)
        assert [bin_.mean_score for bin_ in curve] == pytest.approx(means.tolist(), abs=TOLERANCE)
        weights = [bin_.positives.rows for bin_ in curve]
        exactly(calibration_error(view), float(np.average(np.abs(shares - means), weights=weights)))
        guess = np.full(len(labels), rate)
        exactly(skill(view), 1 - metrics.log_loss(labels, scores) / metrics.log_loss(labels, guess))
        exactly(brier(view), metrics.brier_score_loss(labels, scores))
        of_rate = metrics.brier_score_loss(labels, guess)
        exactly(brier_skill(view), 1 - metrics.brier_score_loss(labels, scores) / of_rate)
    assert all(bin_.low <= bin_.mean_score + TOLERANCE <= bin_.high + 2 * TOLERANCE for bin_ in curve)
    assert sum(bin_.positives.rows for bin_ in curve) == len(rows)


@given(ROWS, st.booleans())
@settings(max_examples=80)
def test_decisions_are_exact(rows: list[tuple[float, int, int]], logged: bool) -> None:  # noqa: FBT001
    scores, labels, predictions = columns(rows)
    layout = BinaryLayout([], threshold=0.5)
    view = layout.view(layout.count(scores, labels, predictions if logged else None))
    decided = predictions if logged else [int(score >= 0.5) for score in scores]
    exactly(accuracy(view), metrics.accuracy_score(labels, decided))
    for metric, truth, undefined in (
        (precision, metrics.precision_score, not any(decided)),
        (recall, metrics.recall_score, not any(labels)),
        (f1, metrics.f1_score, not any(decided + labels)),
    ):
        if undefined:
            assert metric(view) is None
        else:
            exactly(metric(view), truth(labels, decided, zero_division=0.0))


def test_a_probability_of_zero_costs_what_it_costs_in_scikit_learn() -> None:
    layout = BinaryLayout([])
    view = layout.view(layout.count([0.0, 1.0], [1, 0]))
    exactly(log_loss(view), metrics.log_loss([1, 0], [0.0, 1.0]))


def test_nothing_is_said_of_nothing() -> None:
    layout = BinaryLayout([0.5])
    for counts in (layout.blocks.zeros(), layout.count([None, 0.5], [None, 3])):
        view = layout.view(counts)
        assert {name: metric(view, 0.95) for name, metric in BINARY_METRICS.items()} == dict.fromkeys(
            BINARY_METRICS
        )
        assert calibration_curve(view) == []
    one = layout.view(layout.count([0.4], [0]))
    assert [name for name, metric in BINARY_METRICS.items() if metric(one, 0.95) is None] == [
        "average_precision",
        "brier_skill",
        "f1",
        "precision",
        "recall",
        "roc_auc",
        "skill",
    ]
