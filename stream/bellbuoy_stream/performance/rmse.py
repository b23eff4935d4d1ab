r"""Root mean squared error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, normal
from bellbuoy_stream.performance.moments import Moments
from bellbuoy_stream.performance.regression import FOURTH, SQUARED

if TYPE_CHECKING:
    from bellbuoy_stream.performance.regression import RegressionView


def rmse(view: RegressionView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Root mean squared error, :math:`R = \sqrt{\frac1n \sum_i (\hat y_i - y_i)^2}`.

    ``sklearn.metrics.root_mean_squared_error``.  Interval by the delta method,
    :math:`\operatorname{Var} R = \operatorname{Var}(e^2) / (4 n R^2)`; it needs fourth powers, and so many rows where
    errors have long tails (beyond 2**12 scales an error enters the variance as that).

    Returns
    -------
    None where no row has a label and a prediction; no interval of a single row, or where all errors are zero.  Where an
    error was cut off, ``high`` is infinite and there is no interval.

    References
    ----------
    A. W. van der Vaart (1998), Asymptotic Statistics, chapter 3.

    Examples
    --------
    >>> from bellbuoy_stream.performance.regression import RegressionLayout
    >>> layout = RegressionLayout([0.0], scale=1.0)
    >>> round(rmse(layout.view(layout.count([3.0, 5.0, 2.0], [3.0, 4.0, 4.0]))).value, 4)
    1.291
    """
    squares = Moments(view.rows, view.total(SQUARED), view.total(FOURTH))
    if not squares.rows:
        return None
    value = math.sqrt(squares.mean)
    if view.counter("cut_off"):
        return Estimate(value, value, math.inf, None, squares.rows)
    interval = None
    if squares.rows > 1 and value > 0:
        ends = normal(value, value, squares.variance / (4 * squares.total), confidence)
        interval = Interval(max(0.0, ends.low), ends.high)
    return Estimate(value, value, value, interval, squares.rows)
