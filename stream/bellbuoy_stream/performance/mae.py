r"""Mean absolute error."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE
from bellbuoy_stream.performance.moments import Moments, mean
from bellbuoy_stream.performance.regression import ABSOLUTE, SQUARED

if TYPE_CHECKING:
    from bellbuoy_stream.performance.estimate import Estimate
    from bellbuoy_stream.performance.regression import RegressionView


def mae(view: RegressionView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Mean absolute error, :math:`\frac1n \sum_i |\hat y_i - y_i|`, with the interval of the central limit theorem.

    ``sklearn.metrics.mean_absolute_error``.

    Returns
    -------
    None where no row has a label and a prediction.  Where an error was cut off, ``high`` is infinite and there is no
    interval.

    References
    ----------
    C. J. Willmott, K. Matsuura (2005), Advantages of the mean absolute error (MAE) over the root mean square error
    (RMSE) in assessing average model performance, Clim. Res. 30.

    Examples
    --------
    >>> from bellbuoy_stream.performance.regression import RegressionLayout
    >>> layout = RegressionLayout([0.0], scale=1.0)
    >>> round(mae(layout.view(layout.count([3.0, 5.0, 2.0], [3.0, 4.5, 4.0]))).value, 4)
    0.8333
    """
    estimate = mean(Moments(view.rows, view.total(ABSOLUTE), view.total(SQUARED)), confidence)
    if estimate is None or not view.counter("cut_off"):
        return estimate
    return replace(estimate, high=math.inf, interval=None)
