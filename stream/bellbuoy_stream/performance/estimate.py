"""A metric's value, how far the cells leave it open, and how far chance does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from scipy.special import ndtri

CONFIDENCE = 0.95
"""Default confidence of every interval."""


class Interval(NamedTuple):
    """Confidence interval of the value that endless rows of the same kind would show; rows are independent."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """One metric of one set of rows.

    Attributes
    ----------
    value
        The metric; where cells leave it open, one value of the bracket.
    low, high
        Bracket: what the metric of these very rows can be, given their cells.  Equal where cells are exact.
    interval
        Confidence interval around the whole bracket; None where there is none to be honest about.
    rows
        Rows that the value is a mean, a share or a ranking of.
    """

    value: float
    low: float
    high: float
    interval: Interval | None
    rows: int


def normal_quantile(confidence: float) -> float:
    """How many standard errors a two-sided interval reaches.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    return float(ndtri(0.5 + confidence / 2))


def wilson(successes: float, rows: float, confidence: float = CONFIDENCE) -> Interval:
    r"""Score interval of a share.

    .. math:: \frac{p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    successes, rows
        The share is their quotient; at least one row.

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22(158).

    Examples
    --------
    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    share, weight = successes / rows, normal_quantile(confidence) ** 2 / rows
    centre = share + weight / 2
    half = math.sqrt(weight * (share * (1 - share) + weight / 4))
    return Interval(max(0.0, (centre - half) / (1 + weight)), min(1.0, (centre + half) / (1 + weight)))


def proportion(successes: int, rows: int, confidence: float = CONFIDENCE) -> Estimate | None:
    """A share with its Wilson interval; None of no rows.

    Examples
    --------
    >>> proportion(8, 10).value, proportion(0, 0)
    (0.8, None)
    """
    if not rows:
        return None
    share = successes / rows
    return Estimate(share, share, share, wilson(successes, rows, confidence), rows)


def normal(low: float, high: float, variance: float, confidence: float = CONFIDENCE) -> Interval:
    """Interval of an estimator that is normal in the limit, around its bracket.

    Examples
    --------
    >>> [round(end, 4) for end in normal(0.5, 0.5, 0.01)]
    [0.304, 0.696]
    """
    reach = normal_quantile(confidence) * math.sqrt(max(0.0, variance))
    return Interval(low - reach, high + reach)
