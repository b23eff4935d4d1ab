r"""Skill: how much of the loss of always saying the window's own base rate a model saves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bellbuoy_stream.performance.binary import BRIER, LOSS
from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, normal

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView
    from bellbuoy_stream.performance.moments import Moments


def skill(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Log-loss skill, :math:`1 - L / H(b)`, H the entropy of the base rate b: 1 perfect, 0 no better than the rate.

    Also known as McFadden's :math:`R^2`.  Interval by the delta method, see :func:`brier_skill`.

    Returns
    -------
    None where a class has no rows.

    References
    ----------
    D. McFadden (1974), Conditional logit analysis of qualitative choice behavior, in Frontiers in Econometrics.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> round(skill(layout.view(layout.count([0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1]))).value, 4)
    0.6781
    """
    rate = _rate(view)
    if rate is None:
        return None
    entropy = -rate * math.log(rate) - (1 - rate) * math.log(1 - rate)
    return _skill(view, view.log_losses, LOSS, entropy, math.log((1 - rate) / rate), confidence)


def brier_skill(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Brier skill, :math:`1 - B / (b (1 - b))`.

    Interval by the delta method: with H the loss of the rate, the value moves with row i by
    :math:`-(l_i - L) / H + (L / H^2) H'(b) (y_i - b)`.

    Returns
    -------
    None where a class has no rows.

    References
    ----------
    A. H. Murphy (1973), Hedging and skill scores for probability forecasts, J. Appl. Meteorol. 12(1); the variance:
    A. A. Bradley, S. S. Schwartz, T. Hashino (2008), Sampling uncertainty and confidence intervals for the Brier
    score and Brier skill score, Weather Forecast. 23(5).

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> round(brier_skill(layout.view(layout.count([0.25, 0.25, 0.75, 0.75], [0, 0, 1, 1]))).value, 4)
    0.75
    """
    rate = _rate(view)
    if rate is None:
        return None
    return _skill(view, view.briers, BRIER, rate * (1 - rate), 1 - 2 * rate, confidence)


def _rate(view: BinaryView) -> float | None:
    """Base rate; None where it is 0 or 1, or there are no rows."""
    positives = int(view.positives.sum())
    return positives / view.rows if 0 < positives < view.rows else None


def _skill(
    view: BinaryView, losses: Moments, which: int, of_rate: float, slope: float, confidence: float
) -> Estimate:
    """Skill of losses against the loss of the rate, whose derivative by the rate is ``slope``."""
    rows = view.rows
    value = 1 - losses.mean / of_rate
    rate = int(view.positives.sum()) / rows
    covariance = (view.total(which, label=1) - rate * losses.total) / (rows - 1)
    by_loss, by_rate = -1 / of_rate, losses.mean * slope / of_rate**2
    variance = by_loss**2 * losses.variance + by_rate**2 * rate * (1 - rate) * rows / (rows - 1)
    variance += 2 * by_loss * by_rate * covariance
    return Estimate(value, value, value, normal(value, value, variance / rows, confidence), rows)
