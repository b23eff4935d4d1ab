"""A whole batch into one flat vector of counters (or one a group of rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.derive import derive
from bellbuoy_stream.counting.layout import NULL, WRONG
from bellbuoy_stream.counting.sorting import SortedNumbers
from bellbuoy_stream.counting.values import MISSING, NUMBER, nothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Layout, Place
    from bellbuoy_stream.counting.values import Values
    from bellbuoy_stream.references.reference import ColumnReference

_NO_NUMBERS: NDArray[np.float64] = np.zeros(0)


class BatchCounter:
    """Counts batches in the cells of one reference; a column the batch does not bring counts as missing.

    Rows of one group are sorted (:class:`SortedNumbers`), rows of several are placed one by one
    (:class:`ColumnCounter`): the counts are the same.
    """

    def __init__(self, columns: Sequence[ColumnReference], layout: Layout) -> None:
        self.layout = layout
        self.sources = frozenset(column.source for column in columns)
        self._counters = [(layout[column.name], ColumnCounter(column)) for column in columns]
        self._numeric = [(layout[column.name], column) for column in columns if column.numeric]
        self._categorical = [pair for pair in self._counters if not pair[1].reference.numeric]
        self._sorting = SortedNumbers(
            [(place, column.cut_points, column.unit) for place, column in self._numeric]
        )

    def count(
        self,
        values: Mapping[str, Values],
        times: NDArray[np.int64],
        group: NDArray[np.intp] | None = None,
        groups: int = 1,
    ) -> Counts:
        """Counts, shape (groups, layout.width); see :meth:`ColumnCounter.count`."""
        total = np.zeros((groups, self.layout.width), dtype=np.int64)
        counters = self._counters
        if group is None:
            counters = self._categorical
            numbers = [
                _numbers(values.get(column.source), column, times, place, total[0])
                for place, column in self._numeric
            ]
            self._sorting.count(numbers, total[0])
        for place, counter in counters:
            of_column = values.get(counter.reference.source)
            if of_column is None:
                of_column = nothing(len(times))
            total[:, place.start : place.stop] = counter.count(of_column, times, group, groups)
        return total


def _numbers(
    values: Values | None, column: ColumnReference, times: NDArray[np.int64], place: Place, counts: Counts
) -> NDArray[Any]:
    """The numbers among a column's rows; rows that are none are counted in place."""
    if values is None:
        counts[place.extras + NULL] = len(times)
        return _NO_NUMBERS
    values = derive(values, column, times)
    numbers = values.numbers if values.numbers is not None and values.numbers.ndim == 1 else None
    if values.states is None and numbers is not None:
        return numbers
    states = values.state()
    missing = counts[place.extras + NULL] = np.count_nonzero(states == MISSING)
    numbers = numbers[states == NUMBER] if numbers is not None else _NO_NUMBERS
    counts[place.extras + WRONG] = values.rows - missing - len(numbers)
    return numbers
