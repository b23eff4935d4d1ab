"""Counts of the reference by pane: for the calibration, and for what its worst panes look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import COUNTED_EXTRAS, EXTRAS, INFINITE, NAN, NULL, WRONG
from bellbuoy_stream.references.reference import HighestShares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

MAX_NUMBERS = 1 << 26
"""Most counters held over all panes and segments (a quarter of a gigabyte)."""


class PaneStore:
    """Counters of each pane of one layout; gives up, and says so, where they would be too many.

    Examples
    --------
    >>> store = PaneStore(width=2, numbers=4)
    >>> store.add(np.array([5, 3]), np.array([[1, 0], [0, 2]]))
    >>> store.add(np.array([5]), np.array([[1, 1]]))
    >>> index, counts = store.sorted()
    >>> index.tolist(), counts.tolist()
    ([3, 5], [[0, 2], [2, 1]])
    >>> store.add(np.array([9]), np.array([[1, 1]]))
    >>> store.full, store.sorted()
    (True, None)
    """

    def __init__(self, width: int, numbers: int = MAX_NUMBERS) -> None:
        self.full = False
        self._most = numbers // max(width, 1)
        self._panes: dict[int, NDArray[np.int32]] = {}

    def add(self, index: NDArray[np.int64], counts: Counts) -> None:
        """Add counts of shape (panes, width) to the panes of these indices."""
        for number, row in zip(index.tolist(), counts, strict=True):
            if self.full:
                return
            pane = self._panes.get(number)
            if pane is not None:
                pane += row.astype(np.int32)
            elif len(self._panes) < self._most:
                self._panes[number] = row.astype(np.int32)
            else:
                self.full = True
                self._panes = {}

    def sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int32]] | None:
        """Indices, rising, and counts of shape (panes, width); None where there are none, or were too many."""
        if not self._panes:
            return None
        index = sorted(self._panes)
        return np.array(index, dtype=np.int64), np.stack([self._panes[number] for number in index])


MIN_ROWS = 20
"""Rows below which a pane says nothing: the same as the quality rules ask of a pane."""


def highest_shares(
    panes: NDArray[np.int32],
    numeric: bool,  # noqa: FBT001
    index: NDArray[np.int64] | None = None,
    report_panes: int = 1,
) -> HighestShares | None:
    """Shares of the worst panes of one column; None where no pane has 20 rows.

    Parameters
    ----------
    panes
        Counters of each pane in order of time, shape (panes, cells of the column): value cells, then extras.
    numeric
        Whether the value cells are those of a numeric column; novel cells are only looked for in categorical ones.
    index
        Number of each pane, rising, shape (panes,); None: stretches as long as a window are not looked at.
    report_panes
        Panes of a report window.

    Examples
    --------
    >>> panes = np.zeros((2, 3 + 6), dtype=np.int32)
    >>> panes[:, 0], panes[1, 1], panes[0, 3] = 20, 5, 5
    >>> shares = highest_shares(panes, numeric=False)
    >>> shares.missing, shares.novel, shares.cell
    (0.2, 0.2, 1.0)
    """
    cells = panes.shape[1] - len(EXTRAS)
    values = panes[:, :cells]
    present = values.sum(axis=1, dtype=np.int64)
    rows = present + panes[:, cells : cells + COUNTED_EXTRAS].sum(axis=1, dtype=np.int64)
    if not (rows >= MIN_ROWS).any():
        return None
    novel = np.zeros(len(panes), dtype=np.int64)
    if not numeric:
        half = len(panes) // 2
        known = values[:half].any(axis=0)
        novel[half:] = values[half:, ~known].sum(axis=1, dtype=np.int64)

    def highest(part: NDArray[np.int64], whole: NDArray[np.int64]) -> float:
        return float((part / np.maximum(whole, 1))[whole >= MIN_ROWS].max(initial=0.0))

    extras = panes[:, cells:].astype(np.int64)
    missing = extras[:, NULL] + extras[:, NAN]
    return HighestShares(
        missing=highest(missing, rows),
        infinite=highest(extras[:, INFINITE], rows),
        wrong=highest(extras[:, WRONG], rows),
        novel=highest(novel, present),
        cell=highest(values.max(axis=1, initial=0).astype(np.int64), present),
        window_missing=None if index is None else highest_in_windows(missing, rows, index, report_panes),
    )


def highest_in_windows(
    part: NDArray[np.int64], whole: NDArray[np.int64], index: NDArray[np.int64], report_panes: int
) -> float | None:
    """Highest share in any stretch of so many panes that ends with a pane and lies within the reference.

    Stretches begin at every pane, not only where a window would: the worst window there can be is looked for.

    Examples
    --------
    >>> part, whole = np.array([0, 30, 30, 0, 0]), np.full(5, 30)
    >>> highest_in_windows(part, whole, np.arange(5), 4), highest_in_windows(part, whole, np.arange(5), 6)
    (0.5, None)
    """
    first = np.searchsorted(index, index - report_panes, side="right")
    inside = index - index[0] + 1 >= report_panes

    def stretches(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        total = np.concatenate([[0], np.cumsum(counts)])
        sums: NDArray[np.int64] = (total[1:] - total[first])[inside]
        return sums

    parts, wholes = stretches(part), stretches(whole)
    enough = wholes >= MIN_ROWS
    return float((parts[enough] / wholes[enough]).max()) if enough.any() else None
