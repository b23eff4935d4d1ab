r"""From "1 false alarm per 30 days" to the critical distance of one test.

A policy gets a fixed share of the model's budget and divides it in equal fixed parts over its columns and scales.
A scale that is looked at every ``stride`` panes makes ``period / (pane * stride)`` looks in the budget's period, so
by the union bound each look may ring by mistake with probability

.. math:: \alpha = \frac{\text{alarms} \cdot \text{share}}{\text{columns} \cdot \text{scales} \cdot \text{looks}}.

The critical distance is the asymptotic two-sample Kolmogorov-Smirnov quantile
:math:`K^{-1}(1 - \alpha) \sqrt{1/n + 1/m}`: for finite samples it is conservative, and ties only make the statistic
smaller.  For shares of categories it is conservative too: the difference at one category has variance at most 1/4,
where the Kolmogorov law bounds the supremum of a bridge that passes through it.

References
----------
Smirnov, N. (1948). Table for estimating the goodness of fit of empirical distributions. Annals of Mathematical
Statistics 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import kolmogi, kolmogorov

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.specs.monitor import Budget

MIN_ROWS = 20
"""A stretch with fewer rows in a column is not tested: no effect of ordinary size could be seen in it."""


def alpha_per_look(budget: Budget, share: float, tests: int, pane_us: int, stride: int) -> float:
    """Probability of a false alarm that one look of one test may have.

    Parameters
    ----------
    budget
        False alarms accepted for the whole model.
    share
        This policy's part of it, 0 to 1.
    tests
        Columns times scales.
    pane_us, stride
        Length of a pane, and panes from one look to the next.

    Examples
    --------
    >>> from bellbuoy_stream.specs.monitor import false_alarm_budget
    >>> round(alpha_per_look(false_alarm_budget("1 per 30d"), 1.0, 10, 3_600_000_000, 1), 7)
    0.0001389
    """
    looks = max(budget.per_us / (pane_us * stride), 1.0)
    return min(budget.alarms * share / (max(tests, 1) * looks), 1.0)


def kolmogorov_quantile(alpha: float) -> float:
    """Value that Kolmogorov's law exceeds with probability ``alpha``.

    Examples
    --------
    >>> round(kolmogorov_quantile(.05), 4)
    1.3581
    """
    return float(kolmogi(alpha))


def kolmogorov_p_value(distance: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Asymptotic p-values of distances whose spread is :math:`\sqrt{1/n + 1/m}`."""
    result: NDArray[np.float64] = np.asarray(kolmogorov(distance / spread))
    return result
