"""Rows into cells, one by one: the exact counts of a column, for one or several groups of rows at once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.derive import derive
from bellbuoy_stream.counting.layout import ABOVE, BELOW, EXTRAS, INFINITE, NAN, NULL, WRONG, tail_units
from bellbuoy_stream.counting.values import MISSING, NUMBER, TEXT, Values, number_text
from bellbuoy_stream.counting.widths import Widths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import ColumnReference

    Groups = NDArray[np.intp]


class ColumnCounter:
    """Counts rows of one column in the cells of its reference.

    Examples
    --------
    >>> from bellbuoy_stream.counting.values import values_of
    >>> from bellbuoy_stream.references.reference import ColumnReference
    >>> reference = ColumnReference(name="x", source="x", cuts=np.array([1.0, 2.0]).tobytes())
    >>> ColumnCounter(reference).count(values_of([0, 1, 1, 1.5, 9, None])).tolist()
    [[1, 2, 1, 0, 1, 1, 0, 0, 0, 1, 7]]
    """

    def __init__(self, reference: ColumnReference) -> None:
        self.reference = reference
        self.cells = reference.value_cells
        self.width = self.cells + len(EXTRAS)
        self.cuts = reference.cut_points
        self._widths = Widths(self.cuts)

    def count(
        self,
        values: Values,
        times: NDArray[np.int64] | None = None,
        group: Groups | None = None,
        groups: int = 1,
    ) -> Counts:
        """Counts of each group, shape (groups, cells of the column).

        Parameters
        ----------
        values
            The rows.
        times
            Event times in microseconds, shape (rows,); needed where the column is a lag.
        group
            Group of each row, from 0 to groups - 1; a negative group is not counted.  None: one group of all.
        groups
            Number of groups.
        """
        values = derive(values, self.reference, times)
        index, tails = self._numeric(values) if self.reference.numeric else (self._categorical(values), None)
        if group is None:
            group = np.zeros(values.rows, dtype=np.intp)
        elif np.any(group < 0):
            kept = group >= 0
            index, group = index[kept], group[kept]
            tails = tails and (tails[0][kept], tails[1][kept])
        flat = np.bincount(group * self.width + index, minlength=groups * self.width)
        counts = flat.astype(np.int64, copy=False).reshape(groups, self.width)
        if tails is not None:
            for which, distance in ((BELOW, tails[0]), (ABOVE, tails[1])):
                np.add.at(counts[:, self.cells + which], group, distance)
        return counts

    def _numeric(self, values: Values) -> tuple[Groups, tuple[Counts, Counts] | None]:
        states = values.state()
        index = np.full(values.rows, self.cells + WRONG, dtype=np.intp)
        index[states == MISSING] = self.cells + NULL
        if values.numbers is None or values.numbers.ndim != 1:
            return index, None
        is_number = states == NUMBER
        numbers = values.numbers.astype(np.float64, copy=False)
        if (catches := self._widths.catches(values.numbers.dtype)) is not None:
            numbers = catches.take(numbers)
        finite = is_number & np.isfinite(numbers)
        index[is_number & np.isnan(numbers)] = self.cells + NAN
        index[is_number & np.isinf(numbers)] = self.cells + INFINITE
        known = numbers[finite]
        index[finite] = np.searchsorted(self.cuts, known, "left") + np.searchsorted(self.cuts, known, "right")
        below = np.zeros(values.rows, dtype=np.int64)
        above = np.zeros(values.rows, dtype=np.int64)
        if self.cuts.size:
            low, high = finite & (numbers < self.cuts[0]), finite & (numbers > self.cuts[-1])
            below[low] = tail_units(numbers[low], self.cuts[0], self.reference.unit)
            above[high] = tail_units(numbers[high], self.cuts[-1], self.reference.unit)
        return index, (below, above)

    @cached_property
    def _category_cells(self) -> dict[str, int]:
        kept = len(self.reference.categories)
        cells = dict.fromkeys(self.reference.others, kept)
        cells.update({text: cell for cell, text in enumerate(self.reference.categories)})
        return cells

    def _categorical(self, values: Values) -> Groups:
        states = values.state()
        unseen = self.cells - 1
        index = np.full(values.rows, self.cells + WRONG, dtype=np.intp)
        index[states == MISSING] = self.cells + NULL
        known = self._category_cells
        is_text = states == TEXT
        if values.codes is not None and is_text.any():
            table = np.array([known.get(text, unseen) for text in values.texts], dtype=np.intp)
            index[is_text] = table[values.codes[is_text]]
        is_number = states == NUMBER
        if values.numbers is not None and values.numbers.ndim == 1 and is_number.any():
            numbers, inverse = np.unique(values.numbers[is_number], return_inverse=True)
            table = np.array(
                [known.get(number_text(float(number)), unseen) for number in numbers], dtype=np.intp
            )
            table[np.isnan(numbers.astype(np.float64))] = self.cells + NAN
            table[np.isinf(numbers.astype(np.float64))] = self.cells + INFINITE
            index[is_number] = table[inverse]
        return index
