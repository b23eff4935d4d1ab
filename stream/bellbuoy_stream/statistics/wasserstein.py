r"""Wasserstein-1 distance: the area between two distribution functions, as a bracket."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.counting.layout import TAIL_LIMIT
from bellbuoy_stream.statistics.sample import Sample

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
    unit: float | NDArray[np.float64]


def wasserstein(
    cuts: NDArray[np.float64],
    reference_cells: Counts | Sample,
    window_cells: Counts | Sample,
    reference_tails: Tails,
    window_tails: Tails,
) -> WassersteinBracket:
    r"""Bracket of the Wasserstein-1 distance.

    .. math:: W_1 = \int |F(x) - G(x)| \, dx

    Between two cuts both distribution functions rise from a known to a known value somewhere.  So inside the
    gap the integrand is at least the distance of the two ranges and at most the distance of their far ends.
    Beyond the outer cuts the area of one function alone is its tail sum over its rows; of two it is between
    the difference and the sum of these.  A row adds at most ``TAIL_LIMIT`` units to a tail sum; a sum as large as that
    may be cut off, and is then a lower bound: the upper end is infinite, and the tail's difference counts one way only.

    Parameters
    ----------
    cuts
        Shape (k,), or (..., k) for columns of their own; sorted.
    reference_cells, window_cells
        Rows in each value cell, shapes (..., 2k+1), broadcast against each other.
    reference_tails, window_tails
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
    reference, window = Sample.of(reference_cells), Sample.of(window_cells)
    some = (reference.rows > 0) & (window.rows > 0) & (cuts.shape[-1] > 0)
    inner_low, inner_high = _gaps(cuts, reference.distribution, window.distribution)
    one, other = _Tail.of(reference, reference_tails), _Tail.of(window, window_tails)
    difference, rounding = one.mean - other.mean, one.rounding + other.rounding
    apart = np.maximum(np.where(other.cut_off, 0.0, difference), np.where(one.cut_off, 0.0, -difference))
    low = inner_low + np.maximum(apart - rounding, 0.0).sum(axis=-1)
    most = np.where(one.cut_off | other.cut_off, np.inf, one.mean + other.mean + rounding)
    high = inner_high + most.sum(axis=-1)
    return WassersteinBracket(np.where(some, low, np.nan), np.where(some, high, np.nan))


def _gaps(
    cuts: NDArray[np.float64], f: NDArray[np.float64], g: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area between the outer cuts: at least, at most."""
    with np.errstate(over="ignore"):
        lengths = cuts[..., 1:] - cuts[..., :-1]
    # from the one's value just below the gap's upper cut to the other's at its lower cut
    down, up = f[..., 2:-1:2] - g[..., 1:-2:2], g[..., 2:-1:2] - f[..., 1:-2:2]
    nearest = np.maximum(-np.minimum(down, up), 0.0)
    return (nearest * lengths).sum(axis=-1), (np.maximum(down, up) * lengths).sum(axis=-1)


class _Tail(NamedTuple):
    """Beyond the two outer cuts, shape (..., 2): mean distance, how far it may be rounded, if it is cut off."""

    mean: NDArray[np.float64]
    rounding: NDArray[np.float64]
    cut_off: NDArray[np.bool_]

    @classmethod
    def of(cls, sample: Sample, tails: Tails) -> _Tail:
        of_a_row = np.asarray(tails.unit / np.maximum(sample.rows, 1))[..., None]
        outside = np.stack([tails.below, tails.above], axis=-1)
        return cls(outside * of_a_row, sample.cells[..., [0, -1]] * (of_a_row / 2), outside >= TAIL_LIMIT)
