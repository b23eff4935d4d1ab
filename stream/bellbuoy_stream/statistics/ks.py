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

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.stats import kstwo

from bellbuoy_stream.statistics.pelz_good import middle, pelz_good_tail
from bellbuoy_stream.statistics.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

EXACT_BITS = 62
"""Products of row counts below 2**62 are computed in integers; above (more than 4e18) in float64."""


class KSBracket(NamedTuple):
    """The distance (``low``) and how large it may be at most (``high``), one value a window.

    ``plus``, ``minus``: one-sided distances, the reference's distribution less the window's and the other
    way. ``plus_high``, ``minus_high``: the upper ends of their brackets. ``cell``: the first cell at whose end the
    distance is ``low``.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    plus: NDArray[np.float64]
    minus: NDArray[np.float64]
    plus_high: NDArray[np.float64]
    minus_high: NDArray[np.float64]
    cell: NDArray[np.intp]


def _differences(reference: Sample, window: Sample) -> NDArray[Any]:
    """Numerators of F - G at the end of every cell."""
    reference_rows, window_rows = reference.cumulative[..., -1:], window.cumulative[..., -1:]
    if float(reference_rows.max(initial=0)) * float(window_rows.max(initial=0)) >= float(1 << EXACT_BITS):
        reference_rows, window_rows = reference_rows.astype(np.float64), window_rows.astype(np.float64)
    difference: NDArray[Any] = reference.cumulative * window_rows - window.cumulative * reference_rows
    return difference


def _denominator(reference: Sample, window: Sample) -> NDArray[np.float64]:
    """Denominator n N of the differences; nan where either sample is empty."""
    pairs = reference.rows * window.rows.astype(np.float64)
    return np.where(pairs > 0, pairs, np.nan)


def ks_distance(reference_cells: Counts | Sample, window_cells: Counts | Sample) -> NDArray[np.float64]:
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
    reference, window = Sample.of(reference_cells), Sample.of(window_cells)
    distance: NDArray[np.float64] = np.abs(_differences(reference, window)).max(axis=-1)
    return distance / _denominator(reference, window)


def ks_bracket(reference_cells: Counts | Sample, window_cells: Counts | Sample) -> KSBracket:
    """Bracket of the distance and of each one-sided distance.

    Shapes are those of :func:`ks_distance`.

    Examples
    --------
    >>> reference = np.array([0, 1, 2, 1, 0])  # four values, the two in the middle not cut
    >>> bracket = ks_bracket(reference, np.array([0, 1, 2, 1, 0]))
    >>> float(bracket.low), float(bracket.high)
    (0.0, 0.5)
    """
    reference, window = Sample.of(reference_cells), Sample.of(window_cells)
    difference = _differences(reference, window)
    # what an open gap may add: its start plus its reference rows, or minus its window rows
    ends = difference[..., 0::2]
    up = ends + window.cells[..., 0::2] * reference.cumulative[..., -1:].astype(difference.dtype)
    down = reference.cells[..., 0::2] * window.cumulative[..., -1:].astype(difference.dtype) - ends
    plus, minus = difference.max(axis=-1), -difference.min(axis=-1)
    sides = [plus, minus, np.maximum(plus, up.max(axis=-1)), np.maximum(minus, down.max(axis=-1))]
    plus, minus, plus_high, minus_high = np.maximum(np.array(sides), 0) / _denominator(reference, window)
    low, high = np.maximum(plus, minus), np.maximum(plus_high, minus_high)
    cell = np.abs(difference).argmax(axis=-1)
    return KSBracket(low, high, plus, minus, plus_high, minus_high, cell)


def ks_cut(reference_cells: Counts | Sample, window_cells: Counts | Sample) -> int | None:
    """Index of the cut at (or just below) which the distance is largest; None where either sample is empty.

    Examples
    --------
    >>> ks_cut(np.array([0, 1, 0, 1, 0, 1, 0]), np.array([0, 0, 0, 0, 0, 1, 1]))
    1
    """
    reference, window = Sample.of(reference_cells), Sample.of(window_cells)
    if not reference.rows or not window.rows:
        return None
    return cut_of(int(np.abs(_differences(reference, window)).argmax()), (len(reference.cells) - 1) // 2)


def cut_of(cell: int, cuts: int) -> int | None:
    """Index of the cut at (or just below) the end of a value cell; None without cuts.

    Examples
    --------
    >>> [cut_of(cell, 2) for cell in range(5)]
    [0, 0, 1, 1, 1]
    """
    return min(cell // 2, cuts - 1) if cuts else None


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
    return ks_p_values([distance], [reference_rows], [window_rows])[0]


def ks_p_values(
    distances: Sequence[float], reference_rows: Sequence[int], window_rows: Sequence[int]
) -> list[float | None]:
    """:func:`ks_p_value` of many distances at once: the same values, computed together.

    Examples
    --------
    >>> ks_p_values([0.1, 0.5], [10_000, 10], [500, 0]) == [ks_p_value(0.1, 10_000, 500), None]
    True
    """
    sizes = [effective_rows(*rows) for rows in zip(reference_rows, window_rows, strict=True)]
    tails = _tails(np.array(distances, dtype=np.float64), np.array([size or 1 for size in sizes]))
    return [
        None if size is None else 1.0 if size < 1 else min(1.0, max(0.0, tail))
        for size, tail in zip(sizes, np.atleast_1d(tails).tolist(), strict=True)
    ]


def _tails(distances: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """P(D_n > d) of each pair, shape (pairs,)."""
    tails, inner = np.empty(distances.shape), middle(sizes, distances)
    tails[inner] = pelz_good_tail(sizes[inner], distances[inner])
    tails[~inner] = kstwo.sf(distances[~inner], sizes[~inner])
    return tails


def effective_rows(reference_rows: int, window_rows: int) -> int | None:
    """Size of the one sample that stands for two, n N / (n + N) rounded; None where either is empty.

    Computed in floats and in scipy's order: 3 times 2 over 5 may round otherwise than 3 over 5 times 2.

    Examples
    --------
    >>> effective_rows(10_000, 500), effective_rows(0, 5)
    (476, None)
    """
    if reference_rows < 1 or window_rows < 1:
        return None
    larger, smaller = float(max(reference_rows, window_rows)), float(min(reference_rows, window_rows))
    return round(larger * smaller / (larger + smaller))
