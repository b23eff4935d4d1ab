"""Sums of the last 1, 2, 4, 8, ... panes in bounded memory: an exponential histogram of vectors of integers.

Level j keeps the last eight complete blocks of 2**j panes, aligned to multiples of 2**j.  Scales of 1, 2, 4 and 8
panes are sums of level 0 and move with every pane; the scale of 2**(j+3) panes is the sum of level j's eight blocks
and moves every 2**j panes, an eighth of its length.  So a change is seen by a scale at most an eighth of the scale
later than by a window that slides pane by pane, and the memory is 8 (log2(largest / 8) + 1) vectors.

Sums are of integers, so neither the order nor a stop and restore in between changes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

BLOCKS = 8  # blocks of each level: an eighth of a scale is how late it may look
LOG_BLOCKS = 3


class PaneHistogram:
    """Running sums over the last 1, 2, 4, ... panes.

    Parameters
    ----------
    scales
        Number of scales: the largest is 2**(scales - 1) panes.
    width
        Length of a pane's vector.

    Examples
    --------
    >>> histogram = PaneHistogram(scales=5, width=1)
    >>> for index in range(100):
    ...     _ = histogram.push(index, np.array([index]))
    >>> histogram.sums[:, 0].tolist(), histogram.ends.tolist()
    ([99, 197, 390, 764, 1464], [100, 100, 100, 100, 100])
    """

    def __init__(self, scales: int, width: int) -> None:
        self.scales, self.width = scales, width
        self.levels = max(scales - LOG_BLOCKS, 1)
        self.ring = np.zeros((self.levels, BLOCKS, width), dtype=np.int64)
        self.sums = np.zeros((scales, width), dtype=np.int64)
        self.last: int | None = None

    @property
    def horizon(self) -> int:
        """Panes after which everything is forgotten: the largest scale and a block that was not complete."""
        return (BLOCKS + 1) << (self.levels - 1)

    def level(self, scale: int) -> int:
        """Level that the scale of index ``scale`` (2**scale panes) is a sum of."""
        return max(scale - LOG_BLOCKS, 0)

    @property
    def ends(self) -> NDArray[np.int64]:
        """First pane index after each scale's stretch."""
        after = 0 if self.last is None else self.last + 1
        return np.array(
            [(after >> self.level(k)) << self.level(k) for k in range(self.scales)], dtype=np.int64
        )

    def moved_scales(self, levels: int) -> int:
        """How many of the scales, from the shortest, are sums of the lowest ``levels`` levels."""
        return min(levels + LOG_BLOCKS, self.scales)

    def advance(self, index: int) -> int:
        """Let empty panes pass until just before ``index``; how many levels moved, from the lowest.

        Beyond the horizon all is zero, whatever was there: the cost of a gap is bounded.

        Raises
        ------
        InputError
            Where the pane has been passed already.
        """
        if self.last is None:
            self.last = index - 1
            return self.levels
        missing = index - self.last - 1
        if missing < 0:
            raise InputError(
                f"pane {index} came after pane {self.last}; a detector takes each pane once, in order"
            )
        if missing >= self.horizon:
            self.ring[:] = 0
            self.sums[:] = 0
            self.last = index - 1
            return self.levels
        moved = 0
        nothing = np.zeros(self.width, dtype=np.int64)
        for empty in range(self.last + 1, index):
            moved = max(moved, self._add(empty, nothing))
        return moved

    def push(self, index: int, vector: Counts) -> int:
        """Add the pane of an index; how many levels moved, from the lowest."""
        return max(self.advance(index), self._add(index, vector))

    def _add(self, index: int, vector: Counts) -> int:
        self.last = index
        block = index
        self._write(0, block, vector)
        for level in range(1, self.levels):
            if block % 2 == 0:  # the first half of a block of the next level
                return level
            ring = self.ring[level - 1]
            pair = ring[block % BLOCKS] + ring[(block - 1) % BLOCKS]
            block >>= 1
            self._write(level, block, pair)
        return self.levels

    def _write(self, level: int, block: int, vector: Counts) -> None:
        ring = self.ring[level]
        if level == 0:
            for scale in range(min(self.scales, LOG_BLOCKS + 1)):
                self.sums[scale] += vector
                self.sums[scale] -= ring[(block - (1 << scale)) % BLOCKS]
        else:
            self.sums[level + LOG_BLOCKS] += vector
            self.sums[level + LOG_BLOCKS] -= ring[block % BLOCKS]
        ring[block % BLOCKS] = vector

    def forget(self, cells: NDArray[np.bool_]) -> None:
        """Set some cells of the past to zero."""
        self.ring[:, :, cells] = 0
        self.sums[:, cells] = 0

    def restore(self, last: int | None, ring: Counts) -> None:
        """Take back the blocks; sums follow from them."""
        self.last = last
        self.ring[:] = ring
        for scale in range(self.scales):
            level = self.level(scale)
            newest = ((0 if last is None else last + 1) >> level) - 1
            span = min(1 << scale, BLOCKS)
            self.sums[scale] = self.ring[level][[(newest - back) % BLOCKS for back in range(span)]].sum(
                axis=0
            )
