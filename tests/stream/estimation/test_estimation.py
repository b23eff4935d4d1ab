"""Estimates from cells equal the same estimates made row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.estimation import (
    BlockErrors,
    ScoreCalibration,
    block_errors,
    calibrate,
    expected_accuracy,
    expected_base_rate,
    expected_brier,
    expected_roc_auc,
)

COUNT = st.integers(0, 20)
CELLS = st.lists(st.tuples(COUNT, COUNT), min_size=1, max_size=12).filter(lambda cells: np.sum(cells) > 0)
PROBABILITY = st.floats(0.01, 0.99)


@given(cells=CELLS)
def test_the_calibration_is_isotonic_regression(cells: list[tuple[int, int]]) -> None:
    positives, negatives = np.array(cells).T
    rows = positives + negatives
    found = calibrate(positives, negatives, np.zeros_like(rows))
    some = rows > 0
    cell = np.arange(len(rows))[some]
    peer = IsotonicRegression().fit(cell, positives[some] / rows[some], sample_weight=rows[some])
    np.testing.assert_allclose(found.positive[some], peer.predict(cell), atol=1e-12)
    assert np.all(np.diff(found.positive) >= 0)


@given(cells=st.lists(st.tuples(st.integers(0, 9), PROBABILITY, st.booleans()), min_size=1, max_size=8))
def test_expected_metrics_are_those_of_rows_that_are_both_with_their_weights(
    cells: list[tuple[int, float, bool]],
) -> None:
    cells = sorted(cells, key=lambda cell: cell[1])
    scores = np.array([rows for rows, _, _ in cells])
    p, r = np.array([p for _, p, _ in cells]), np.array([float(r) for _, _, r in cells])
    calibration = ScoreCalibration(p, r)
    estimates = [
        metric(scores, calibration)
        for metric in (expected_roc_auc, expected_accuracy, expected_brier, expected_base_rate)
    ]
    if not scores.sum():
        assert all(map(math.isnan, estimates))
        return
    labels = np.repeat([1, 0], len(cells))
    weights = np.concatenate([scores * p, scores * (1 - p)])
    rank = np.tile(np.arange(len(cells)), 2)
    np.testing.assert_allclose(
        estimates,
        [
            roc_auc_score(labels, rank, sample_weight=weights),
            accuracy_score(labels, np.tile(r, 2), sample_weight=weights),
            brier_score_loss(labels, np.tile(p, 2), sample_weight=weights),
            np.average(labels, weights=weights),
        ],
        atol=1e-9,
    )


def test_the_interval_holds_new_blocks_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    errors = rng.normal(0, 0.01, (4_000, 13))
    inside = [
        abs(errors_of_one[-1]) <= BlockErrors(tuple(errors_of_one[:-1])).half_width(0.9)
        for errors_of_one in errors
    ]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)


def test_too_few_blocks_say_so() -> None:
    assert math.isinf(BlockErrors((0.1, 0.2)).half_width())
    one = (np.array([1]),) * 4
    with pytest.raises(InputError, match="two blocks"):
        block_errors([one], expected_accuracy, lambda *_: 0.5)
    with pytest.raises(InputError, match="no row with both"):
        calibrate(np.array([0]), np.array([0]), np.array([0]))
    with pytest.raises(InputError, match="more rows are predicted"):
        calibrate(np.array([1]), np.array([0]), np.array([2]))


def test_an_error_that_was_seen_later_widens_the_interval() -> None:
    errors = BlockErrors((0.01, -0.01, 0.01, -0.01))
    assert errors.checked(0.9, 0.5).half_width() > errors.half_width()
