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
    parts = list(_counted(column, windows))
    which = np.concatenate([some for some, _ in parts])
    counts = np.concatenate([counts for _, counts in parts])
    expected = _rows_by_phase(column, windows)[which] @ column.shares
    gaps = (np.cumsum(counts, axis=1) if column.numeric else counts) - expected
    gaps /= np.sqrt(windows.rows[which])[:, None]
    product = np.zeros((len(windows.rows), len(windows.rows)))
    product[np.ix_(which, which)] = gaps @ gaps.T
    return max(windows.count / correlation_time(product, windows.usable) - 1, 1.0)


def _rows_by_phase(column: Column, windows: Blocks) -> NDArray[np.float64]:
    """Rows that each window has in each phase, shape (windows, phases)."""
    window = np.repeat(np.arange(len(windows.rows)), windows.high - windows.low)
    panes = slice(int(windows.low[0]), int(windows.high[-1]))  # they follow each other
    rows = np.zeros((len(windows.rows), len(column.by_phase)))
    np.add.at(rows, (window, column.at[panes]), column.rows[panes])
    return rows


def correlation_time(product: NDArray[np.float64], usable: NDArray[np.bool_]) -> float:
    r""":math:`1 + 2 \sum_k \rho_k` from the products of all pairs of windows, shape (windows, windows).

    Examples
    --------
    >>> x = np.array([1.0, 1, 1, -1, -1, -1])
    >>> round(correlation_time(np.outer(x, x), np.ones(6, dtype=bool)), 2)
    2.2
    """
    pairs = usable[:, None] & usable
    own = float(np.trace(product)) / max(int(usable.sum()), 1)
    time = 1.0
    if own <= 0:
        return time
    for lag in range(1, len(usable) // 2):
        met = int(np.trace(pairs, lag))
        correlation = float(np.trace(product, lag)) / met / own if met else 0.0
        if correlation <= 0:
            break
        time += 2 * correlation
    return time


def _shares(column: Column) -> NDArray[np.float64]:
    whole = column.by_phase.sum(axis=0)
    shares: NDArray[np.float64] = (np.cumsum(whole) if column.numeric else whole) / max(column.total, 1)
    return shares
