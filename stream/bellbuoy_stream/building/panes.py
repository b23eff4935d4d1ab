"""Counts of the reference by pane, for the calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
