"""What the times of a file look like, found in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bellbuoy_consumers.files.rows import RowFile, RowSpan


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows, first and last event time, and how far rows lie behind one before them, at most (microseconds)."""

    rows: int
    first_us: int | None
    last_us: int | None
    behind_us: int

    def rows_in(self, length_us: int) -> float:
        """Rows in a stretch of time, on average.

        Examples
        --------
        >>> Scan(rows=101, first_us=0, last_us=1_000, behind_us=0).rows_in(50)
        5.05
        """
        if self.first_us is None or self.last_us is None:
            return float(self.rows)
        return self.rows * length_us / max(self.last_us - self.first_us, 1)


def scan_times(file: RowFile, span: RowSpan | None = None) -> Scan:
    """Go once over the times of some rows of a file."""
    rows, behind = 0, 0
    first: int | None = None
    highest: int | None = None
    for times in file.times(span=span):
        if times is None:
            return Scan(0, None, None, 0)
        start = int(times[0]) if highest is None else highest
        running = np.maximum(np.maximum.accumulate(times), start)
        behind = max(behind, int((running - times).max()))
        low = int(times.min())
        first = low if first is None else min(first, low)
        highest = int(running[-1])
        rows += len(times)
    return Scan(rows, first, highest, behind)
