"""What a score meant in the reference: the share of positives in each of its cells, rising with the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCalibration:
    """Of each value cell of the score, shape (cells,): what its rows were in the labelled reference.

    Attributes
    ----------
    positive
        Probability that a row of the cell is positive.
    predicted
        Share of the cell's rows for which the positive class was predicted.
    """

    positive: NDArray[np.float64]
    predicted: NDArray[np.float64]


def calibrate(positives: Counts, negatives: Counts, predicted: Counts) -> ScoreCalibration:
    """Isotonic regression of the label on the score, from counts alone.

    The shares of positives are pooled until they rise with the score (pool adjacent violators, weighted by rows);
    a cell that the reference leaves empty has those of the nearest cell below it, or else above.

    Parameters
    ----------
    positives, negatives
        Reference rows in each value cell of the score by their label, shape (cells,).
    predicted
        Those of them, of either label, for which the positive class was predicted, shape (cells,).

    Returns
    -------
    calibration

    Raises
    ------
    InputError
        Where there are no rows, or more are predicted than there are.

    References
    ----------
    B. Zadrozny, C. Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates, KDD.

    Examples
    --------
    >>> found = calibrate(np.array([1, 0, 4, 0]), np.array([3, 4, 4, 0]), np.array([0, 0, 8, 0]))
    >>> found.positive.tolist(), found.predicted.tolist()
    ([0.125, 0.125, 0.5, 0.5], [0.0, 0.0, 1.0, 1.0])
    """
    rows = positives + negatives
    some = np.flatnonzero(rows)
    if not some.size:
        raise InputError(
            "the reference has no row with both a score and a label; labels are needed for an estimate"
        )
    if np.any(predicted > rows):
        raise InputError("more rows are predicted positive than there are in a cell of the score")
    rising = isotonic_regression(positives[some] / rows[some], weights=rows[some]).x
    nearest = np.maximum(np.searchsorted(some, np.arange(rows.size), "right") - 1, 0)
    return ScoreCalibration(rising[nearest], (predicted[some] / rows[some])[nearest])
