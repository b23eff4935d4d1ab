"""Columns of different widths in one matrix, so that one call computes a statistic of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.statistics.wasserstein import Tails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


def stack_cells(columns: Sequence[Counts]) -> Counts:
    """Value cells of numeric columns, one a line.

    A narrow column gets empty cells before its last, as if its last cut stood there several times
    (:func:`stack_cuts`).  Between a cut and itself lies nothing, so no statistic changes.

    Examples
    --------
    >>> stack_cells([np.array([1, 2, 3, 4, 5]), np.array([6, 7, 8])]).tolist()
    [[1, 2, 3, 4, 5], [6, 7, 0, 0, 8]]
    """
    stacked = np.zeros((len(columns), max(map(len, columns))), dtype=np.int64)
    for line, cells in zip(stacked, columns, strict=True):
        line[: len(cells) - 1] = cells[:-1]
        line[-1] = cells[-1]
    return stacked


def stack_cuts(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Cuts of numeric columns, one column a line; the last is repeated, and nan stands where there is none.

    Examples
    --------
    >>> stack_cuts([np.array([1.0, 2.0]), np.array([3.0])]).tolist()
    [[1.0, 2.0], [3.0, 3.0]]
    """
    stacked = np.full((len(columns), max(map(len, columns))), np.nan)
    for line, cuts in zip(stacked, columns, strict=True):
        line[: len(cuts)] = cuts
        line[len(cuts) :] = cuts[-1] if len(cuts) else np.nan
    return stacked


def stack_tails(columns: Sequence[Tails]) -> Tails:
    """Tail sums of numeric columns, each part of shape (columns,).

    Examples
    --------
    >>> stack_tails([Tails(np.int64(1), np.int64(2), 0.5), Tails(np.int64(3), np.int64(4), 0.25)]).above.tolist()
    [2, 4]
    """
    below, above, units = zip(*columns, strict=True)
    return Tails(np.array(below), np.array(above), np.array(units))
