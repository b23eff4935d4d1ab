"""A whole batch into one flat vector of counters (or one a group of rows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.values import nothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Layout
    from bellbuoy_stream.counting.values import Values
    from bellbuoy_stream.references.reference import ColumnReference


class BatchCounter:
    """Counts batches in the cells of one reference; a column the batch does not bring counts as missing."""

    def __init__(self, columns: Sequence[ColumnReference], layout: Layout) -> None:
        self.layout = layout
        self.sources = frozenset(column.source for column in columns)
        self._counters = [(layout[column.name], ColumnCounter(column)) for column in columns]

    def count(
        self,
        values: Mapping[str, Values],
        times: NDArray[np.int64],
        group: NDArray[np.intp] | None = None,
        groups: int = 1,
    ) -> Counts:
        """Counts, shape (groups, layout.width); see :meth:`ColumnCounter.count`."""
        total = np.zeros((groups, self.layout.width), dtype=np.int64)
        for place, counter in self._counters:
            column = values.get(counter.reference.source)
            if column is None:
                column = nothing(len(times))
            total[:, place.start : place.stop] = counter.count(column, times, group, groups)
        return total
