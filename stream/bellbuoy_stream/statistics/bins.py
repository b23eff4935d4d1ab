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
OUTSIDE = 2
"""Bins for what is below and what is above all of the reference."""


def bin_starts(reference_cells: Counts | Sample, bins: int = DEFAULT_BINS) -> NDArray[np.int64]:
    """First cell of each bin, so that bins hold about equal shares of the reference.

    A bin ends with the cell where the reference's cumulative count passes another 1/``bins``; heavy atoms take several
    shares and leave fewer bins.  What lies outside the reference's range has two bins of its own, which are empty of
    reference rows: in one bin with an outermost atom, rows that move beyond it would not be seen to move.

    Parameters
    ----------
    reference_cells
        Reference rows in each value cell of a numeric column, shape (cells,).
    bins
        Largest number of bins within the reference's range.

    Returns
    -------
    Shape (at most ``bins`` + ``OUTSIDE``,), strictly rising, starting at 0; fit for ``numpy.add.reduceat``.

    Examples
    --------
    >>> bin_starts(np.array([0, 1, 0, 1, 0, 1, 0, 1, 0]), bins=2).tolist()
    [0, 1, 4, 8]
    """
    cumulative = Sample.of(reference_cells).cumulative
    rows = int(cumulative[-1])
    if rows == 0:
        return np.zeros(1, dtype=np.int64)
    quotas = cumulative * bins // rows
    ends = np.flatnonzero(np.diff(quotas, prepend=0) > 0) + 1  # the last of them ends the reference's range
    starts = np.unique(np.concatenate([[0, int((cumulative == 0).sum())], ends]))
    return starts[starts < len(cumulative)].astype(np.int64)


def binned(cells: Counts, starts: NDArray[np.int64]) -> Counts:
    """Add up the counts of each bin, last axis.

    Examples
    --------
    >>> binned(np.array([[0, 1, 0, 1, 0, 1, 0, 1, 5]]), np.array([0, 1, 4, 8])).tolist()
    [[0, 2, 2, 5]]
    """
    counts: Counts = np.add.reduceat(cells, starts, axis=-1)
    return counts
