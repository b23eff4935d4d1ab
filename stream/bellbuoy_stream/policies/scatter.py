r"""How blocks of a column scatter among themselves, and how long their moods last.

The *design effect* is the variance between disjoint blocks over that of independent rows,

.. math:: \frac{\sum_b n_b \sum_i (F_b(i) - F(i))^2}{(B - 1) \sum_i F(i)(1 - F(i))}

over cells i: about 1 for independent rows.

The *effective blocks* are as many as independent blocks would tell as much: of B windows,

.. math:: B / \tau - 1, \quad \tau = 1 + 2 \sum_k \rho_k ,

:math:`\rho_k` being the correlation of windows k apart, all cells taken together, and the sum ending before the first
one that is not positive (Geyer 1992, section 3.3).  One is taken off for the mean, which is the windows' own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.policies import blocks as scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.policies.blocks import Blocks, Column

MAX_WINDOWS = 512
"""Most windows whose correlations are measured: of more, two or four together are one."""


def design_effect(column: Column, blocks: Blocks) -> float:
    """Design effect of disjoint blocks; 1 where nothing varies."""
    if blocks.count < 2:
        return 1.0
    share = _shares(column)
    between = []
    for some, counts in _counted(column, blocks):
        rows = blocks.rows[some][:, None]
        gaps = (np.cumsum(counts, axis=1) if column.numeric else counts) / rows - share
        between.append((rows * np.square(gaps)).sum(axis=1))
    within = float((share * (1 - share)).sum())
    return float(np.concatenate(between).sum()) / (blocks.count - 1) / within if within > 0 else 1.0


def _counted(column: Column, blocks: Blocks) -> Iterator[tuple[NDArray[np.intp], Counts]]:
    """Counts of the blocks that can be measured, a bounded number at a time: which, and shape (blocks, cells)."""
    filled = np.flatnonzero(blocks.low < blocks.high)  # their panes follow each other without gaps
    step = max(scan.WORK_CELLS // (column.cells.shape[1] * blocks.scale), 1)
    for at in range(0, len(filled), step):
        some = filled[at : at + step]
        first = blocks.low[some[0]]
        panes = column.cells[first : blocks.high[some[-1]]]
        counts = np.add.reduceat(panes, blocks.low[some] - first, axis=0, dtype=np.int64)
        usable = blocks.usable[some]
        yield some[usable], counts[usable]


def spread(column: Column) -> float:
    r"""Standard deviation of the design effect of independent rows, times the root of (blocks - 1).

    The effect averages squares of a normal vector with the covariance S of the cells' indicators, so it is
    :math:`\sqrt{2 \operatorname{tr} S^2} / \operatorname{tr} S`: .89 where values have no ties, 1.41 for two
    categories.
    """
    share = _shares(column)
    trace = float((share * (1 - share)).sum())
    if trace <= 0:
        return 0.0
    if column.numeric:  # S(i, j) = F(i) (1 - F(j)) for i <= j
        below = np.cumsum(np.square(share)) * 2 - np.square(share)
        squares = float((np.square(1 - share) * below).sum())
    else:
        square = float(np.square(share).sum())
        squares = square - 2 * float((share**3).sum()) + square**2
    return float(np.sqrt(2 * squares)) / trace


def effective_blocks(column: Column, window: int) -> float:
    """Effective number of windows of so many panes; 0 where fewer than two can be measured."""
    windows = column.disjoint(window)
    while windows.count > MAX_WINDOWS:
        windows = column.disjoint(windows.scale * 2)
    if windows.count < 2:
        return 0.0
    gaps = np.zeros((len(windows.rows), column.cells.shape[1]))
    for some, counts in _counted(column, windows):
        gaps[some] = np.cumsum(counts, axis=1) if column.numeric else counts
        gaps[some] -= _expected(column, windows, some)
        gaps[some] /= np.sqrt(windows.rows[some])[:, None]
    return max(windows.count / correlation_time(gaps, windows.usable) - 1, 1.0)


def _expected(column: Column, windows: Blocks, some: NDArray[np.intp]) -> NDArray[np.float64]:
    """What windows are expected to hold at (numeric: up to) each cell, by the phases of their panes."""
    if len(column.shares) == 1:
        return windows.rows[some][:, None] * column.shares
    first, last = windows.low[some[0]], windows.high[some[-1]]
    expected = np.zeros(
        (last - first + 1, column.cells.shape[1])
    )  # an empty pane last: there the last window ends
    np.multiply(column.rows[first:last, None], column.shares[column.at[first:last]], out=expected[:-1])
    edges = np.stack([windows.low[some], windows.high[some]], axis=1).ravel() - first
    sums: NDArray[np.float64] = np.add.reduceat(expected, edges, axis=0)[::2]
    return sums


def correlation_time(gaps: NDArray[np.float64], usable: NDArray[np.bool_]) -> float:
    r""":math:`1 + 2 \sum_k \rho_k` of windows in order, shape (windows, cells), those that are not usable being zero.

    Summed in a fixed order: a reference is named by its bytes, and a matrix product may differ in the last bit.

    Examples
    --------
    >>> gaps = np.array([1.0, 1, 1, -1, -1, -1])[:, None]
    >>> round(correlation_time(gaps, np.ones(6, dtype=bool)), 2)
    2.2
    """
    own = float(np.square(gaps).sum()) / max(int(usable.sum()), 1)
    time = 1.0
    if own <= 0:
        return time
    for lag in range(1, len(usable) // 2):
        met = int((usable[lag:] & usable[:-lag]).sum())
        correlation = float((gaps[lag:] * gaps[:-lag]).sum()) / met / own if met else 0.0
        if correlation <= 0:
            break
        time += 2 * correlation
    return time


def _shares(column: Column) -> NDArray[np.float64]:
    whole = column.by_phase.sum(axis=0)
    shares: NDArray[np.float64] = (np.cumsum(whole) if column.numeric else whole) / max(column.total, 1)
    return shares
