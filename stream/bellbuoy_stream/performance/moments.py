"""A mean and its interval, from a number of rows, their sum and their sum of squares."""

from __future__ import annotations

from typing import NamedTuple

from bellbuoy_stream.performance.estimate import CONFIDENCE, Estimate, normal


class Moments(NamedTuple):
    """Rows, sum and sum of squares of a number.

    Examples
    --------
    >>> moments = Moments(4, 10.0, 30.0)  # 1, 2, 3, 4
    >>> moments.mean, round(moments.variance, 4)
    (2.5, 1.6667)
    """

    rows: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Sum over rows; there must be some."""
        return self.total / self.rows

    @property
    def variance(self) -> float:
        """Unbiased variance of one row; there must be two."""
        return max(0.0, (self.squares - self.total * self.mean) / (self.rows - 1))


def mean(moments: Moments, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Mean with the interval of the central limit theorem, :math:`\bar x \pm z s / \sqrt n`.

    Returns
    -------
    None of no rows; no interval of a single one.

    Examples
    --------
    >>> estimate = mean(Moments(4, 10.0, 30.0))
    >>> estimate.value, [round(end, 3) for end in estimate.interval]
    (2.5, [1.235, 3.765])
    """
    if not moments.rows:
        return None
    value = moments.mean
    interval = None
    if moments.rows > 1:
        interval = normal(value, value, moments.variance / moments.rows, confidence)
    return Estimate(value, value, value, interval, moments.rows)
