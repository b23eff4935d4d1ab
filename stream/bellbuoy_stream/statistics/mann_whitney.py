r"""Mann-Whitney U, and the probability that a window value is larger than a reference value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.statistics.sample import Sample

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


def doubled_u(reference_cells: Counts | Sample, window_cells: Counts | Sample) -> Counts:
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
    doubled: Counts = np.vecdot(Sample.of(window_cells).cells, Sample.of(reference_cells).doubled_ranks)
    return doubled


def superiority(reference_cells: Counts | Sample, window_cells: Counts | Sample) -> Superiority:
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
    reference, window = Sample.of(reference_cells), Sample.of(window_cells)
    pairs = reference.rows.astype(np.float64) * window.rows
    doubled_pairs = 2 * np.where(pairs > 0, pairs, np.nan)
    value = doubled_u(reference, window) / doubled_pairs
    shared = np.vecdot(reference.cells[..., 0::2], window.cells[..., 0::2]) / doubled_pairs
    return Superiority(value, value - shared, value + shared)
