"""Confidence-based performance estimation: what the metrics would be if scores meant what they meant in the reference.

An estimate sees a change of the inputs as far as it moves the scores, and none of the relation between inputs and label
(concept drift): it says how the model fares on these rows if that relation still holds.

References
----------
NannyML, Confidence-based performance estimation, whose estimates are made row by row; here they are sums over the cells
of the score, so they come from counters that add.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.estimation.calibration import ScoreCalibration


def expected_base_rate(scores: Counts, calibration: ScoreCalibration) -> float:
    """Expected share of positives: mean of p over the rows; nan without rows.

    Parameters
    ----------
    scores
        Rows in each value cell of the score, shape (cells,).
    calibration
        Of the same cells.

    Examples
    --------
    >>> from bellbuoy_stream.estimation.calibration import ScoreCalibration
    >>> expected_base_rate(np.array([3, 1]), ScoreCalibration(np.array([0.0, 1.0]), np.array([0.0, 1.0])))
    0.25
    """
    return _mean(scores, calibration.positive)


def expected_accuracy(scores: Counts, calibration: ScoreCalibration) -> float:
    """Expected share of right predictions: mean of r p + (1 - r)(1 - p), r the share predicted positive in a cell.

    Examples
    --------
    >>> from bellbuoy_stream.estimation.calibration import ScoreCalibration
    >>> expected_accuracy(np.array([1, 3]), ScoreCalibration(np.array([0.25, 0.75]), np.array([0.0, 1.0])))
    0.75
    """
    p, r = calibration.positive, calibration.predicted
    return _mean(scores, r * p + (1 - r) * (1 - p))


def expected_brier(scores: Counts, calibration: ScoreCalibration) -> float:
    """Expected Brier score of the calibrated score: mean of p (1 - p).

    Examples
    --------
    >>> from bellbuoy_stream.estimation.calibration import ScoreCalibration
    >>> expected_brier(np.array([1, 3]), ScoreCalibration(np.array([0.5, 0.5]), np.array([0.0, 1.0])))
    0.25
    """
    return _mean(scores, calibration.positive * (1 - calibration.positive))


def expected_roc_auc(scores: Counts, calibration: ScoreCalibration) -> float:
    """Expected area under the ROC curve: of an expected positive and an expected negative, how often it ranks higher.

    Half counts where both lie in one cell, as for ties; nan where only one class is expected.

    Examples
    --------
    >>> from bellbuoy_stream.estimation.calibration import ScoreCalibration
    >>> round(expected_roc_auc(np.array([2, 2]), ScoreCalibration(np.array([0.25, 0.75]), np.array([0, 1.0]))), 4)
    0.75
    """
    positive = scores * calibration.positive
    negative = scores - positive
    pairs = float(positive.sum() * negative.sum())
    if not pairs:
        return math.nan
    below = np.cumsum(negative) - negative / 2
    return float((positive * below).sum()) / pairs


def _mean(scores: Counts, of_cell: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    rows = int(scores.sum())
    return float((scores * of_cell).sum()) / rows if rows else math.nan
