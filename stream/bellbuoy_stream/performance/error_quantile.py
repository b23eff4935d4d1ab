"""Quantiles of the error, from its cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, Interval, normal
from bellbuoy_stream.statistics.quantiles import quantile_bracket

if TYPE_CHECKING:
    from bellbuoy_stream.performance.regression import RegressionView


def error_quantile(view: RegressionView, q: float = 0.5, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Smallest error that at least a share q of the rows does not exceed (inverted CDF).

    The interval runs between the quantiles of the shares :math:`q \pm z \sqrt{q (1 - q) / n}`, whatever the
    distribution; infinite where they reach beyond all rows or into an open-ended cell.

    Parameters
    ----------
    view
        Of errors, prediction less label.
    q
        Share, in (0, 1].
    confidence
        Of the interval.

    Returns
    -------
    None where there are no rows or no cuts; ``value`` is the middle of the bracket, or its one finite end.

    References
    ----------
    R. Hyndman, Y. Fan (1996), Sample quantiles in statistical packages, Am. Stat. 50(4), definition 1; the interval:
    W. J. Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.

    Examples
    --------
    >>> from bellbuoy_stream.performance.regression import RegressionLayout
    >>> layout = RegressionLayout([-1.0, 0.0, 1.0], scale=1.0)
    >>> estimate = error_quantile(layout.view(layout.count([0.5, 0.25, 0.0], [0.0, 0.0, 0.0])))
    >>> estimate.value, estimate.low, estimate.high
    (0.5, 0.0, 1.0)
    """
    bracket = quantile_bracket(view.layout.cuts, view.cells, q)
    if bracket is None:
        return None
    low, high = _ends(view, q)
    shares = normal(q, q, q * (1 - q) / view.rows, confidence)
    return Estimate(
        bracket.middle,
        low,
        high,
        Interval(_ends(view, shares.low)[0], _ends(view, shares.high)[1]),
        view.rows,
    )


def _ends(view: RegressionView, q: float) -> tuple[float, float]:
    """Bracket of a quantile, infinite where it is open."""
    bracket = quantile_bracket(view.layout.cuts, view.cells, q) if 0 < q <= 1 else None
    low, high = (None, None) if bracket is None else bracket
    return -math.inf if low is None else low, math.inf if high is None else high
