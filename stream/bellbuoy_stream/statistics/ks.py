r"""Kolmogorov-Smirnov distance of two samples from cell counts, exact in integers.

Cells are the value cells of a numeric column (:mod:`bellbuoy_stream.counting.layout`): with k cuts 2k+1 of
them, even ones open gaps, odd ones atoms.  With F the reference's and G the window's empirical distribution,

.. math:: D^+ = \sup_x F(x) - G(x), \quad D^- = \sup_x G(x) - F(x), \quad D = \max(D^+, D^-)

Both change only where there are values, so at the end of every cell the difference is known exactly: its
numerator over the common denominator n N is an integer.  Where an open gap holds reference rows (more unique
values than cuts), the supremum may lie inside it.  Inside a gap where the difference starts at d0 and ends at
d1 = d0 + r - w (r, w: the gap's reference and window shares) it is at most d0 + r = d1 + w, reached where all
reference rows come first; likewise downwards.  That gives the upper end of the bracket; it never exceeds
D + max over gaps of min(r, w).

References
----------
N. Smirnov (1948), Table for estimating the goodness of fit of empirical distributions, Ann. Math. Statist.
19(2). J. L. Hodges (1958), The significance probability of the Smirnov two-sample test, Arkiv foer Matematik
3(43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import kstwo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

EXACT_BITS = 62
"""Products of row counts below 2**62 are computed in integers; above (more than 4e18) in float64."""


class KSBracket(NamedTuple):
    """The distance (``low``) and how large it may be at most (``high``), one value a window.

    ``plus``, ``minus``: one-sided distances, the reference's distribution less the window's and the other
    way. ``plus_high``, ``minus_high``: the upper ends of their brackets.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    plus: NDArray[np.float64]
    minus: NDArray[np.float64]
    plus_high: NDArray[np.float64]
    minus_high: NDArray[np.float64]


def _differences(reference_cells: Counts, window_cells: Counts) -> tuple[NDArray[np.int64], Counts, Counts]:
    """Numerators of F - G at the end of every cell, and the two row counts."""
    reference = np.cumsum(reference_cells, axis=-1, dtype=np.int64)
    window = np.cumsum(window_cells, axis=-1, dtype=np.int64)
    reference_rows, window_rows = reference[..., -1:], window[..., -1:]
    if float(reference_rows.max(initial=0)) * float(window_rows.max(initial=0)) >= float(1 << EXACT_BITS):
        difference = reference * window_rows.astype(np.float64) - window * reference_rows.astype(np.float64)
    else:
        difference = reference * window_rows - window * reference_rows
    return difference, reference_rows, window_rows


def _share(numerator: NDArray[np.int64], reference_rows: Counts, window_rows: Counts) -> NDArray[np.float64]:
    """Numerators over n N; nan where either sample is empty."""
    denominator = (reference_rows * window_rows.astype(np.float64))[..., 0]
    filled = np.where(denominator > 0, denominator, np.nan)
    share: NDArray[np.float64] = np.maximum(numerator, 0) / filled
    return share


def ks_distance(reference_cells: Counts, window_cells: Counts) -> NDArray[np.float64]:
    """Largest distance of the two distributions at the cuts, D.

    Parameters
    ----------
    reference_cells
        Reference rows in each value cell, shape (..., cells).
    window_cells
        Window rows in each value cell, shape (..., cells), broadcast against the reference's.

    Returns
    -------
    Shape (...,), in [0, 1]; nan where either sample is empty.  Equal to ``scipy.stats.ks_2samp`` where every
    unique reference value is a cut, else the lower end of the bracket.

    Examples
    --------
    >>> reference = np.array([0, 1, 0, 1, 0, 1, 0])  # reference values 1, 2, 3, each a cut
    >>> ks_distance(reference, np.array([[0, 0, 0, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1, 0]])).round(4).tolist()
    [0.6667, 0.0]
    """
    difference, reference_rows, window_rows = _differences(reference_cells, window_cells)
    return _share(np.abs(difference).max(axis=-1), reference_rows, window_rows)


def ks_bracket(reference_cells: Counts, window_cells: Counts) -> KSBracket:
    """Bracket of the distance and of each one-sided distance.

    Shapes are those of :func:`ks_distance`.

    Examples
    --------
    >>> reference = np.array([0, 1, 2, 1, 0])  # four values, the two in the middle not cut
    >>> bracket = ks_bracket(reference, np.array([0, 1, 2, 1, 0]))
    >>> float(bracket.low), float(bracket.high)
    (0.0, 0.5)
    """
    difference, reference_rows, window_rows = _differences(reference_cells, window_cells)
    # what an open gap may add: its start plus its reference rows, or minus its window rows
    ends = difference[..., 0::2]
    up = ends + window_cells[..., 0::2] * reference_rows
    down = -ends + reference_cells[..., 0::2] * window_rows
    plus, minus = difference.max(axis=-1), (-difference).max(axis=-1)
    sides = [plus, minus, np.maximum(plus, up.max(axis=-1)), np.maximum(minus, down.max(axis=-1))]
    shares = [_share(side, reference_rows, window_rows) for side in sides]
    low, high = np.maximum(shares[0], shares[1]), np.maximum(shares[2], shares[3])
    return KSBracket(low, high, *shares)


def ks_cut(reference_cells: Counts, window_cells: Counts) -> int | None:
    """Index of the cut at (or just below) which the distance is largest; None where either sample is empty.

    Examples
    --------
    >>> ks_cut(np.array([0, 1, 0, 1, 0, 1, 0]), np.array([0, 0, 0, 0, 0, 1, 1]))
    1
    """
    if not reference_cells.sum() or not window_cells.sum() or len(reference_cells) < 2:
        return None
    difference, _, _ = _differences(reference_cells, window_cells)
    return min(int(np.abs(difference).argmax()) // 2, (len(reference_cells) - 1) // 2 - 1)


def ks_p_value(distance: float, reference_rows: int, window_rows: int) -> float | None:
    """Asymptotic two-sided p-value, as ``scipy.stats.ks_2samp(method="asymp")`` gives it.

    The distribution of D for one sample of round(n N / (n + N)) values.

    Parameters
    ----------
    distance
        Two-sample distance D.
    reference_rows, window_rows
        Rows of the two samples.

    Returns
    -------
    None where either sample is empty; 1 for one row against one row, which can say nothing (scipy gives nan).

    Examples
    --------
    >>> round(ks_p_value(0.1, 10_000, 500), 6)
    0.000135
    """
    if reference_rows < 1 or window_rows < 1:
        return None
    effective = round(reference_rows / (reference_rows + window_rows) * window_rows)
    if effective < 1:
        return 1.0
    return float(min(1.0, max(0.0, float(kstwo.sf(distance, effective)))))
