"""Law 3: partial results are cumulative, and the longest wins.

A Tally writes each pane's counters of its current bin again and again, each time whole.  A ledger keeps, for each
(partition, bin, stretch), the delta with the highest offset, and folds a partition's bin away when its next bin
begins.  So repeats, overlaps, late copies of a paused worker and any order of partitions end in the same sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.counting.sparse import add_cells, reach, to_cells
from bellbuoy_stream.events.panes import Cells

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.panes import PaneDelta


class Sums(msgspec.Struct):
    """What is counted beside the cells."""

    rows: int = 0
    weight_milli: int = 0
    dropped: int = 0
    unparsable: int = 0

    def add(self, other: Sums) -> None:
        """Add another's counts to these."""
        self.rows += other.rows
        self.weight_milli += other.weight_milli
        self.dropped += other.dropped
        self.unparsable += other.unparsable


class Part(msgspec.Struct):
    """The longest delta seen of one (partition, bin, stretch)."""

    bin: int
    offset: int
    cells: Cells | None
    sums: Sums


class Ledger(msgspec.Struct):
    """Counters of one pane (of one class of lateness) from all partitions.

    Examples
    --------
    >>> from bellbuoy_stream.events.panes import PaneDelta
    >>> def delta(bin, offset, rows):
    ...     return PaneDelta(model="m", version="1", spec="s", reference=None, partition=0, bin=bin, offset=offset,
    ...                      start_us=0, end_us=1, rows=rows)
    >>> ledger = Ledger()
    >>> for bin, offset, rows in [(0, 2, 5), (0, 1, 3), (0, 2, 5), (10, 11, 4), (0, 3, 6)]:
    ...     _ = ledger.record(delta(bin, offset, rows))
    >>> ledger.sums().rows  # 5 of bin 0 (the last one came after bin 10 began), 4 of bin 10
    9
    """

    live: dict[tuple[int, int], Part] = {}
    folded: dict[int, Cells] = {}
    folded_sums: Sums = msgspec.field(default_factory=Sums)

    def record(self, delta: PaneDelta) -> bool:
        """Take a delta; whether it changed anything."""
        key = (delta.partition, delta.first)
        part = self.live.get(key)
        if part is not None:
            if (delta.bin, delta.offset) <= (part.bin, part.offset):
                return False
            if delta.bin > part.bin:
                self._fold(delta.first, part)
        sums = Sums(delta.rows, delta.weight_milli, delta.dropped, delta.unparsable)
        self.live[key] = Part(delta.bin, delta.offset, delta.cells, sums)
        return True

    def _fold(self, first: int, part: Part) -> None:
        self.folded_sums.add(part.sums)
        if part.cells is None:
            return
        parts = [part.cells] if first not in self.folded else [self.folded[first], part.cells]
        if len(parts) == 1:
            self.folded[first] = part.cells
            return
        total = np.zeros(max(map(reach, parts)), dtype=np.int64)
        for cells in parts:
            add_cells(cells, total)
        self.folded[first] = to_cells(total)

    def add_to(self, total: Counts) -> None:
        """Add all counters to a vector, in place."""
        for first, cells in self.folded.items():
            add_cells(cells, total, first)
        for (_, first), part in self.live.items():
            if part.cells is not None:
                add_cells(part.cells, total, first)

    def sums(self) -> Sums:
        """What is counted beside the cells, from all partitions."""
        total = Sums()
        total.add(self.folded_sums)
        for part in self.live.values():
            total.add(part.sums)
        return total
