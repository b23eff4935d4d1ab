"""Coarse bins made of whole cells: what PSI and Jensen-Shannon are computed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.statistics.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

DEFAULT_BINS = 10
"""Deciles: the usual choice for the population stability index."""


def bin_starts(reference_cells: Counts | Sample, bins: int = DEFAULT_BINS) -> NDArray[np.int64]:
    """First cell of each bin, so that bins hold about equal shares of the reference.

    A bin ends with the cell where the reference's cumulative count passes another 1/``bins``; heavy atoms
    take several shares and leave fewer bins.  No bin is empty of reference rows.

    Parameters
    ----------
    reference_cells
        Reference rows in each value cell of a numeric column, shape (cells,).
    bins
        Largest number of bins.

    Returns
    -------
    Shape (at most ``bins``,), strictly rising, starting at 0; fit for ``numpy.add.reduceat``.

    Examples
    --------
    >>> bin_starts(np.array([0, 1, 0, 1, 0, 1, 0, 1, 0]), bins=2).tolist()
    [0, 4]
    """
    cumulative = Sample.of(reference_cells).cumulative
    rows = int(cumulative[-1])
    if rows == 0:
        return np.zeros(1, dtype=np.int64)
    quotas = cumulative * bins // rows
    steps = np.flatnonzero(np.diff(quotas, prepend=0) > 0) + 1
    # what lies behind the last reference row belongs to the last bin
    inner = steps[cumulative[steps - 1] < rows]
    return np.concatenate([np.zeros(1, dtype=np.int64), inner]).astype(np.int64)


def binned(cells: Counts, starts: NDArray[np.int64]) -> Counts:
    """Add up the counts of each bin, last axis.

    Examples
    --------
    >>> binned(np.array([[0, 1, 0, 1, 0, 1, 0, 1, 5]]), np.array([0, 4])).tolist()
    [[2, 7]]
    """
    counts: Counts = np.add.reduceat(cells, starts, axis=-1)
    return counts
