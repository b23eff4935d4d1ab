r"""Bias: mean error, prediction less label."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE
from bellbuoy_stream.performance.moments import Moments, mean
from bellbuoy_stream.performance.regression import SIGNED, SQUARED

if TYPE_CHECKING:
    from bellbuoy_stream.performance.estimate import Estimate
    from bellbuoy_stream.performance.regression import RegressionView


def bias(view: RegressionView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Mean error, :math:`\frac1n \sum_i \hat y_i - y_i`, with the interval of the central limit theorem.

    Returns
    -------
    None where no row has a label and a prediction.  Where an error was cut off, the bracket is infinite and there is
    no interval.

    References
    ----------
    I. T. Jolliffe, D. B. Stephenson (2012), Forecast Verification, 2nd ed., section 5.3.

    Examples
    --------
    >>> from bellbuoy_stream.performance.regression import RegressionLayout
    >>> layout = RegressionLayout([0.0], scale=1.0)
    >>> bias(layout.view(layout.count([3.0, 5.0, 2.0], [3.0, 4.5, 4.0]))).value
    -0.5
    """
    estimate = mean(Moments(view.rows, view.total(SIGNED), view.total(SQUARED)), confidence)
    if estimate is None or not view.counter("cut_off"):
        return estimate
    return replace(estimate, low=-math.inf, high=math.inf, interval=None)
