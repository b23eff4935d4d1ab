"""Ranks of a long column in bounded memory, with an error that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CAPACITY = 1 << 16
"""Values kept on each level: half a megabyte, and a rank error below 0.006 % of ten million rows."""


class RankSketch:
    r"""Multi-level buffers of sorted values, halved deterministically (no randomness: the same rows, the same cuts).

    A full buffer of ``capacity`` values is a level; two of a level, each value standing for w rows, are merged and
    every second value kept, standing for 2 w rows.  One such step moves any rank by at most w, so the error is
    known exactly and stays below :math:`n \log_2(n / k) / (2 k)` rows.  Up to k rows nothing is lost.

    References
    ----------
    J. I. Munro, M. S. Paterson (1980), Selection and sorting with limited storage, Theor. Comput. Sci. 12(3).

    Examples
    --------
    >>> sketch = RankSketch(capacity=4)
    >>> sketch.add(np.arange(8.0))
    >>> values, weights = sketch.summary()
    >>> values.tolist(), weights.tolist(), sketch.error
    ([0.0, 2.0, 4.0, 6.0], [2, 2, 2, 2], 1)
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.error = 0
        self._levels: list[NDArray[np.float64] | None] = []
        self._odd: list[int] = []
        self._pending: list[NDArray[np.float64]] = []
        self._waiting = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Take finite values, shape (rows,)."""
        if not len(values):
            return
        self._pending.append(values)
        self._waiting += len(values)
        if self._waiting >= self.capacity:
            rows = np.concatenate(self._pending)
            full = self._waiting - self._waiting % self.capacity
            for at in range(0, full, self.capacity):
                self._carry(np.sort(rows[at : at + self.capacity]))
            self._pending, self._waiting = [rows[full:].copy()], self._waiting - full

    def _carry(self, buffer: NDArray[np.float64]) -> None:
        """Put a full buffer on level 0, merging upwards as in binary addition."""
        level = 0
        while level < len(self._levels) and (other := self._levels[level]) is not None:
            merged = np.sort(np.concatenate([other, buffer]), kind="stable")
            buffer = merged[self._odd[level] :: 2]
            self._odd[level] ^= 1  # alternating ends: errors of neighbouring steps cancel more often than not
            self._levels[level] = None
            self.error += 1 << level
            level += 1
        if level == len(self._levels):
            self._levels.append(None)
            self._odd.append(0)
        self._levels[level] = buffer

    def summary(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Distinct values, rising, and the rows each stands for; the weights' sum is the number of rows."""
        parts = [*self._pending, *(level for level in self._levels if level is not None)]
        if not parts:
            return np.zeros(0), np.zeros(0, dtype=np.int64)
        weights = [np.ones(self._waiting, dtype=np.int64)]
        weights += [
            np.full(self.capacity, 1 << at) for at, level in enumerate(self._levels) if level is not None
        ]
        values, inverse = np.unique(np.concatenate(parts), return_inverse=True)
        total = np.zeros(len(values), dtype=np.int64)
        np.add.at(total, inverse, np.concatenate(weights))
        return values, total
