r"""Distance of two categorical samples: the largest difference of a category's share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import rel_entr
from scipy.stats import hypergeom

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

AT_ONCE = 16
"""Cells whose tails are computed in one call: the call costs more than a cell, and a moved column needs few."""
TERMS = 128
"""Probabilities that are added at once."""
ROUNDING = 1e-17
NEGLIGIBLE = 1e-3
"""Cells whose bounds together come to less than this part of the p-value add their bounds, not exact tails."""


def share_distance(reference_cells: Counts, window_cells: Counts) -> NDArray[np.float64]:
    r"""Largest absolute difference of shares over all cells, max over c of \|q_c - p_c\|.

    For two categories it equals the Kolmogorov-Smirnov distance.

    Parameters
    ----------
    reference_cells, window_cells
        Rows in each category's cell, shapes (..., cells), broadcast against each other.

    Returns
    -------
    Shape (...,), in [0, 1]; nan where either sample is empty.

    Examples
    --------
    >>> round(float(share_distance(np.array([8, 2, 0]), np.array([5, 3, 2]))), 3)
    0.3
    """
    reference_rows = reference_cells.sum(axis=-1, keepdims=True)
    window_rows = window_cells.sum(axis=-1, keepdims=True)
    p = reference_cells / np.where(reference_rows > 0, reference_rows, np.nan)
    q = window_cells / np.where(window_rows > 0, window_rows, np.nan)
    distance: NDArray[np.float64] = np.abs(q - p).max(axis=-1)
    return distance


def share_p_value(reference_cells: Counts, window_cells: Counts) -> float | None:
    """P-value of the largest difference of shares: exact for each cell that matters, added over cells.

    Given a cell's total in both samples, its count in the window is hypergeometric if the two samples are
    exchangeable.  The probability that this cell alone differs by the observed distance or more is exact in
    integers; the sum over cells (Bonferroni) bounds the probability that any does.  So it is valid for any
    sample size, and conservative.  Cells that can add less than a thousandth in all add an upper bound
    instead.

    Returns
    -------
    None where either sample is empty.

    Examples
    --------
    >>> round(share_p_value(np.array([80, 20, 0]), np.array([50, 30, 20])), 7)
    1.51e-05
    """
    n, m = int(reference_cells.sum()), int(window_cells.sum())
    if not n or not m:
        return None
    distance = int(np.abs(window_cells * n - reference_cells * m).max())
    if distance == 0:
        return 1.0
    totals = reference_cells + window_cells
    totals = totals[totals > 0]
    at_least = -((-distance - totals * m) // (n + m))  # X (n + m) >= distance + total m
    at_most = (totals * m - distance) // (n + m)
    bounds = _tail_bound(at_least, totals, n, m) + _tail_bound(at_most, totals, n, m)
    order = np.argsort(-bounds, kind="stable")
    left = np.cumsum(bounds[order[::-1]])[::-1]  # of each cell and all after it
    total = 0.0
    for first in range(0, order.size, AT_ONCE):
        some = order[first : first + AT_ONCE]
        upper = _at_least(at_least[some], totals[some], n, m)
        lower = _at_least(totals[some] - at_most[some], totals[some], m, n)  # the rest lies in the reference
        rests = left[first : first + AT_ONCE]
        for above, below, rest in zip(upper.tolist(), lower.tolist(), rests.tolist(), strict=True):
            if total >= 1 or rest <= NEGLIGIBLE * total:
                return float(min(1.0, total + rest))
            total += above
            total += below
    return float(min(1.0, total))


def _at_least(count: Counts, totals: Counts, n: int, m: int) -> NDArray[np.float64]:
    """P(X >= count) of hypergeometric X, how many of each cell's total lie among m rows of n + m; shape (cells,).

    For counts at or above the mean, where each probability is smaller than the one before it: they are multiplied up
    from the first, by their ratios, until they no longer count.
    """
    possible = count <= np.minimum(totals, m)
    at = np.where(possible, np.maximum(count, np.maximum(0, totals - n)), np.minimum(totals, m))
    term = np.exp(
        hypergeom.logpmf(at, n + m, totals, m)
    )  # pmf takes a hundred times as long below 100,000 rows
    sums = term.copy()
    while (term > ROUNDING * sums).any():
        k = at[:, None] + np.arange(TERMS)
        ratios = (totals[:, None] - k) * ((m - k) / ((k + 1) * (n - totals[:, None] + k + 1.0)))
        terms = term[:, None] * np.cumprod(np.maximum(ratios, 0.0), axis=1)
        sums += terms.sum(axis=1)
        at, term = at + TERMS, terms[:, -1]
    return np.where(possible, sums, 0.0)


def _tail_bound(count: Counts, totals: Counts, n: int, m: int) -> NDArray[np.float64]:
    r"""Chernoff-Hoeffding bound :math:`\exp(-t \, \mathrm{KL}(x / t \| m / (n + m)))` of a count x of t or beyond.

    It holds for sampling without replacement, too (Hoeffding 1963, section 6); 0 where no such count exists.
    """
    possible = (count >= np.maximum(0, totals - n)) & (count <= np.minimum(totals, m))
    share, usual = np.where(possible, count, 0) / totals, m / (n + m)
    divergence = rel_entr(share, usual) + rel_entr(1 - share, 1 - usual)
    return np.where(possible, np.exp(-totals * divergence), 0.0)
