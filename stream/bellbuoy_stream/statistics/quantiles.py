"""Quantiles of a window from its cells: the cell is exact, the place inside an open gap is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.statistics.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


class QuantileBracket(NamedTuple):
    """Between which values a quantile lies; None where the cell is open-ended on that side."""

    low: float | None
    high: float | None

    @property
    def middle(self) -> float:
        """The middle of the bracket, or its one known end."""
        if self.low is None or self.high is None:
            return self.high if self.low is None else self.low  # type: ignore[return-value]
        return self.low + (self.high - self.low) / 2


def quantile_bracket(
    cuts: NDArray[np.float64], cells: Counts | Sample, q: float = 0.5
) -> QuantileBracket | None:
    """Cell of the smallest value that at least a share ``q`` of the rows does not exceed (inverted CDF).

    Parameters
    ----------
    cuts
        Shape (k,), sorted.
    cells
        Rows in each value cell, shape (2k+1,).
    q
        Share, in (0, 1].

    Returns
    -------
    Equal ends on an atom; the enclosing cuts in an open gap; None where there are no rows or no cuts.

    References
    ----------
    R. Hyndman, Y. Fan (1996), Sample quantiles in statistical packages, Am. Stat. 50(4), definition 1.

    Examples
    --------
    >>> quantile_bracket(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0, 1, 3, 1, 0]))
    QuantileBracket(low=2.0, high=4.0)
    >>> quantile_bracket(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0, 3, 0, 1, 0]))
    QuantileBracket(low=2.0, high=2.0)
    """
    cumulative = Sample.of(cells).cumulative
    rows = int(cumulative[-1])
    if rows == 0 or len(cuts) == 0:
        return None
    rank = max(1, int(np.ceil(q * rows)))
    gap, atom = divmod(int(cumulative.searchsorted(rank, side="left")), 2)
    if atom:
        return QuantileBracket(float(cuts[gap]), float(cuts[gap]))
    low = float(cuts[gap - 1]) if gap > 0 else None
    high = float(cuts[gap]) if gap < len(cuts) else None
    return QuantileBracket(low, high)
