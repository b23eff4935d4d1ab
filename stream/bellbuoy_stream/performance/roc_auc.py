r"""Area under the ROC curve: P(score of a positive > score of a negative) + P(equal) / 2, from cells by label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, normal
from bellbuoy_stream.statistics.mann_whitney import superiority

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.performance.binary import BinaryView


def roc_auc(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    """Area under the ROC curve.

    The bracket is every order of the labels that share an open gap; the value takes them as tied.  Where none do it
    is ``sklearn.metrics.roc_auc_score``.  The interval is DeLong's, around the bracket.

    Returns
    -------
    None where a class has no rows; no interval where one has a single row, or where the classes are told apart
    without a fault: the variance is then zero, and says nothing.

    References
    ----------
    E. DeLong, D. DeLong, D. Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver
    operating characteristic curves: a nonparametric approach, Biometrics 44(3).

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([0.1, 0.4, 0.8])
    >>> roc_auc(layout.view(layout.count([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1]))).value
    0.875
    """
    negatives, positives = view.negatives, view.positives
    rows = int(negatives.sum()), int(positives.sum())
    if not min(rows):
        return None
    value, low, high = map(float, superiority(negatives, positives))
    interval = None
    if min(rows) > 1 and 0 < value < 1:
        wide = normal(low, high, delong_variance(negatives, positives), confidence)
        interval = Interval(max(0.0, wide.low), min(1.0, wide.high))
    return Estimate(value, low, high, interval, sum(rows))


def delong_variance(negatives: Counts, positives: Counts) -> float:
    r"""Variance of the area by its placements: one a cell, so it costs O(cells).

    .. math:: S_{10} / m + S_{01} / n

    with :math:`S_{10}` the variance, over the m positives, of the share of negatives below each (equal ones half), and
    :math:`S_{01}` likewise.

    Examples
    --------
    >>> round(delong_variance(np.array([0, 2, 0, 1, 0]), np.array([0, 1, 0, 2, 0])), 4)
    0.0556
    """
    m, n = int(positives.sum()), int(negatives.sum())
    of_positives = (np.cumsum(negatives) - negatives / 2) / n
    of_negatives = 1 - (np.cumsum(positives) - positives / 2) / m
    return _variance(of_positives, positives) / m + _variance(of_negatives, negatives) / n


def _variance(values: NDArray[np.float64], rows: Counts) -> float:
    """Unbiased variance of values that stand for several rows each."""
    total = int(rows.sum())
    middle = (values * rows).sum() / total
    return float((rows * np.square(values - middle)).sum() / (total - 1))
