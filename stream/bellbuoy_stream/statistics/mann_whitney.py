r"""Mann-Whitney U, and the probability that a window value is larger than a reference value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


class Superiority(NamedTuple):
    """P(window > reference) + P(equal) / 2, one value a window: 0.5 where neither tends to be larger.

    ``low`` and ``high`` differ from ``value`` only where an open gap holds rows of both samples.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def doubled_u(reference_cells: Counts, window_cells: Counts) -> Counts:
    """Twice Mann-Whitney's U of the window: pairs where its value is larger count 2, ties and shared cells 1.

    Parameters
    ----------
    reference_cells, window_cells
        Rows in each value cell, shapes (..., cells), broadcast against each other.

    Returns
    -------
    Integers, shape (...,).  Half of it is ``scipy.stats.mannwhitneyu(window, reference).statistic`` where
    every unique reference value is a cut.

    References
    ----------
    H. Mann, D. Whitney (1947), On a test of whether one of two random variables is stochastically larger
    than the other, Ann. Math. Statist. 18(1).

    Examples
    --------
    >>> int(doubled_u(np.array([0, 1, 0, 1, 0]), np.array([0, 1, 1, 0, 2])))
    11
    """
    below = np.cumsum(reference_cells, axis=-1) - reference_cells
    doubled: Counts = (window_cells * (2 * below + reference_cells)).sum(axis=-1)
    return doubled


def superiority(reference_cells: Counts, window_cells: Counts) -> Superiority:
    """U over the number of pairs, with the bracket that unknown orders inside open gaps leave.

    Also known as the area under the ROC curve of telling window from reference, and as the common-language
    effect size.

    Returns
    -------
    Shapes (...,); nan where either sample is empty.

    Examples
    --------
    >>> superiority(np.array([0, 1, 0, 1, 0]), np.array([0, 1, 1, 0, 2])).value.round(4).tolist()
    0.6875
    """
    pairs = reference_cells.sum(axis=-1).astype(np.float64) * window_cells.sum(axis=-1)
    filled = np.where(pairs > 0, pairs, np.nan)
    value = doubled_u(reference_cells, window_cells) / filled / 2
    shared = (reference_cells[..., 0::2] * window_cells[..., 0::2]).sum(axis=-1) / filled / 2
    return Superiority(value, value - shared, value + shared)
