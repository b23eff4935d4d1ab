"""All numeric columns of a batch at once: sort each column's rows, search its cuts in them.

Sorting and searching take about 20 ns a value and are done a column at a time; what is left (points and gaps, tails) is
done for all columns together, since a small array costs as much as its call.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW, INFINITE, NAN, tail_units
from bellbuoy_stream.counting.widths import Widths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Place

    Floats = NDArray[np.float64]
    Slots = NDArray[np.intp]


class SortedNumbers:
    """Counts numbers of several columns, each in its own cells.

    A column of k cuts has k+1 *slots*: one a cut, and one for its end.  In each stands how many numbers lie below the
    cut (``left``), or at it and below (``right``); cells are differences of these.

    Parameters
    ----------
    columns
        Of each column: its place in the vector, its cuts, shape (k,), and the unit of its tails.

    Examples
    --------
    >>> from bellbuoy_stream.counting.layout import Layout
    >>> layout = Layout.of([("x", True, 5), ("y", True, 1)])
    >>> sorting = SortedNumbers([(layout["x"], np.array([1.0, 2.0]), 1.0), (layout["y"], np.array([]), 1.0)])
    >>> counts = layout.zeros()
    >>> sorting.count([np.array([9, 1, 0, 1.5, 1]), np.array([np.nan, 3])], counts)
    >>> counts.tolist()
    [1, 2, 1, 0, 1, 0, 0, 0, 0, 1, 7, 1, 0, 1, 0, 0, 0, 0]
    """

    def __init__(self, columns: Sequence[tuple[Place, Floats, float]]) -> None:
        self._cuts = [cuts for _, cuts, _ in columns]
        self._widths = [Widths(cuts) for cuts in self._cuts]
        self._extras = [place.extras for place, _, _ in columns]
        self._slots = np.array([cuts.size + 1 for cuts in self._cuts], dtype=np.intp)
        self._last = np.cumsum(self._slots) - 1
        self._first = self._last - self._slots + 1
        self._column = np.repeat(np.arange(len(columns)), self._slots)
        self._cut = np.concatenate([np.append(cuts, np.nan) for cuts in self._cuts] or [np.zeros(0)])
        start = np.array([place.start for place, _, _ in columns], dtype=np.intp)
        self._gap = 2 * (np.arange(self._column.size) - self._first[self._column]) + start[self._column]
        with_cuts = np.flatnonzero(self._slots > 1)
        extras = np.array(self._extras, dtype=np.intp)[with_cuts]
        self._tailed = with_cuts
        self._units = np.tile(np.array([unit for _, _, unit in columns])[with_cuts], 2)
        self._tail_cell = np.concatenate([extras + BELOW, extras + ABOVE])
        self._outer = np.concatenate(
            [self._cut[self._first[with_cuts]], self._cut[self._last[with_cuts] - 1]]
        )

    def count(self, numbers: Sequence[NDArray[Any]], counts: Counts) -> None:
        """Add the numbers of each column, shapes (rows of the column,), to a vector of zeros, in place."""
        ordered, begin, end = self._sort(numbers, counts)
        rows = end - begin
        left = np.empty(self._column.size, dtype=np.intp)
        left[self._last] = rows
        bounds = zip(self._cuts, self._first.tolist(), begin.tolist(), end.tolist(), strict=True)
        for cuts, slot, low, high in bounds:
            left[slot : slot + cuts.size] = ordered[low:high].searchsorted(cuts)
        right, met = self._right(ordered, begin, rows, left)
        counts[self._gap[met] + 1] = right[met] - left[met]
        before = np.empty_like(right)
        before[1:] = right[:-1]
        before[self._first] = 0
        counts[self._gap] = left - before
        self._tails(ordered, begin, end, left, right, counts)

    def _sort(self, numbers: Sequence[NDArray[Any]], counts: Counts) -> tuple[Floats, Slots, Slots]:
        """All columns one after the other, each sorted, and where its finite numbers begin and end."""
        ordered = np.empty(sum(map(len, numbers)) + 1)
        ordered[-1] = np.nan
        begin, end, at = [], [], 0
        for column, extras, widths in zip(numbers, self._extras, self._widths, strict=True):
            low, high = at, at + len(column)
            part = ordered[low:high]
            part[:] = (
                column if column.dtype.kind == "f" else np.sort(column)
            )  # a narrow type is sorted faster
            part.sort()
            if low < high and not (math.isfinite(part[0]) and math.isfinite(part[-1])):
                below = int(part.searchsorted(-np.inf, "right"))
                above, stop = (int(part.searchsorted(np.inf, side)) for side in ("left", "right"))
                counts[extras + INFINITE] = below + stop - above
                counts[extras + NAN] = len(column) - stop
                low, high = at + below, at + above
            if (catches := widths.catches(column.dtype)) is not None:
                catches.take_sorted(ordered[low:high])
            begin.append(low)
            end.append(high)
            at += len(column)
        return ordered, np.array(begin, dtype=np.intp), np.array(end, dtype=np.intp)

    def _right(self, ordered: Floats, begin: Slots, rows: Slots, left: Slots) -> tuple[Slots, Slots]:
        """``right`` of each slot from ``left``, and where they differ: few cuts of a continuous column are met."""
        at = left + begin[self._column]
        met = np.flatnonzero((ordered[at] == self._cut) & (left < rows[self._column]))
        right = left.copy()
        column = self._column[met]
        for number in np.unique(column).tolist():
            slots = met[column == number]
            part = ordered[begin[number] : begin[number] + rows[number]]
            right[slots] = part.searchsorted(self._cut[slots], "right")
        return right, met

    def _tails(
        self, ordered: Floats, begin: Slots, end: Slots, left: Slots, right: Slots, counts: Counts
    ) -> None:
        """How far the numbers below the first and above the last cut lie beyond it, each rounded on its own."""
        tailed = self._tailed
        low = np.concatenate([begin[tailed], begin[tailed] + right[self._last[tailed] - 1]])
        high = np.concatenate([begin[tailed] + left[self._first[tailed]], end[tailed]])
        size = high - low
        some = np.flatnonzero(size)
        if not some.size:
            return
        size = size[some]
        values = np.concatenate([ordered[a:b] for a, b in zip(low[some], high[some], strict=True)])
        distances = tail_units(values, np.repeat(self._outer[some], size), np.repeat(self._units[some], size))
        counts[self._tail_cell[some]] = np.add.reduceat(distances, np.cumsum(size) - size)
