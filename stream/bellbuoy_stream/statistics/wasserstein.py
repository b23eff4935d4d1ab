r"""Wasserstein-1 distance: the area between two distribution functions, as a bracket."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


class WassersteinBracket(NamedTuple):
    """Smallest and largest possible distance, in the column's own unit, one value a window."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Tails(NamedTuple):
    """How far a sample's values lie outside the cuts, summed: ``below`` the first and ``above`` the last.

    ``unit``: the column's unit of these integer sums; each row's part is rounded by at most half a unit.
    """

    below: Counts
    above: Counts
    unit: float


def wasserstein(
    cuts: NDArray[np.float64], reference_cells: Counts, window_cells: Counts, reference: Tails, window: Tails
) -> WassersteinBracket:
    r"""Bracket of the Wasserstein-1 distance.

    .. math:: W_1 = \int |F(x) - G(x)| \, dx

    Between two cuts both distribution functions rise from a known to a known value somewhere.  So inside the
    gap the integrand is at least the distance of the two ranges and at most the distance of their far ends.
    Beyond the outer cuts the area of one function alone is its tail sum over its rows; of two it is between
    the difference and the sum of these.

    Parameters
    ----------
    cuts
        Shape (k,), sorted.
    reference_cells, window_cells
        Rows in each value cell, shape (2k+1,) and (..., 2k+1).
    reference, window
        Tail sums.

    Returns
    -------
    Both ends equal ``scipy.stats.wasserstein_distance`` where all values of both samples are cuts.  nan where
    either sample is empty or there is no cut.

    References
    ----------
    S. S. Vallender (1974), Calculation of the Wasserstein distance between probability distributions on the
    line, Theory Probab. Appl. 18(4).

    Examples
    --------
    >>> cuts, nothing = np.array([0.0, 1.0, 3.0]), Tails(np.int64(0), np.int64(0), 1.0)
    >>> on_cuts = wasserstein(cuts, np.array([0, 1, 0, 1, 0, 1, 0]), np.array([0, 0, 0, 1, 0, 0, 0]), nothing, nothing)
    >>> round(float(on_cuts.low), 6), round(float(on_cuts.high), 6)
    (1.0, 1.0)
    """
    reference_rows, window_rows = reference_cells.sum(axis=-1), window_cells.sum(axis=-1)
    some = (reference_rows > 0) & (window_rows > 0) & (len(cuts) > 0)
    f = np.cumsum(reference_cells, axis=-1) / np.maximum(reference_rows, 1)[..., None]
    g = np.cumsum(window_cells, axis=-1) / np.maximum(window_rows, 1)[..., None]
    with np.errstate(over="ignore"):
        lengths = np.diff(cuts)
    inner_low, inner_high = _gaps(f, g, lengths)
    tail_low, tail_high = _tails(reference_cells, window_cells, reference, window)
    low = np.where(some, inner_low + tail_low, np.nan)
    return WassersteinBracket(low, np.where(some, inner_high + tail_high, np.nan))


def _gaps(
    f: NDArray[np.float64], g: NDArray[np.float64], lengths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area between the outer cuts: at least, at most."""
    f0, f1 = f[..., 1:-2:2], f[..., 2:-1:2]  # at the gap's lower cut, just below its upper cut
    g0, g1 = g[..., 1:-2:2], g[..., 2:-1:2]
    nearest = np.maximum(0.0, np.maximum(f0 - g1, g0 - f1))
    farthest = np.maximum(f1 - g0, g1 - f0)
    return (nearest * lengths).sum(axis=-1), (farthest * lengths).sum(axis=-1)


def _tails(
    reference_cells: Counts, window_cells: Counts, reference: Tails, window: Tails
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area beyond the outer cuts: at least, at most."""
    low: NDArray[np.float64] = np.zeros(window_cells.shape[:-1])
    high: NDArray[np.float64] = np.zeros(window_cells.shape[:-1])
    for end, of_reference, of_window in (
        (0, reference.below, window.below),
        (-1, reference.above, window.above),
    ):
        one, one_rounding = _tail(reference_cells, of_reference, end, reference.unit)
        other, other_rounding = _tail(window_cells, of_window, end, window.unit)
        rounding = one_rounding + other_rounding
        low = low + np.maximum(0.0, np.abs(one - other) - rounding)
        high = high + one + other + rounding
    return low, high


def _tail(
    cells: Counts, distance: Counts, end: int, unit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean distance beyond an outer cut, and how far rounding to the unit may have moved it."""
    rows = np.maximum(cells.sum(axis=-1), 1)
    return np.asarray(distance * unit / rows), np.asarray(cells[..., end] * (unit / 2) / rows)
