"""The value cells of many columns as one short vector, made so that distances come from sums of vectors.

A pane becomes a row of integers: for a numeric column the *cumulative* counts over its value cells, for a
categorical one its counts, then the rows of every column, then 1 where the pane has any row.  Cumulating is linear,
so the sum of the panes' vectors is the vector of the panes' sum, and a distance needs no cumulation of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Layout


@dataclass(frozen=True)
class ValueCells:
    """Places of the value cells of some columns, numeric columns first.

    ``take`` are the cells' places in the layout's vector, ``widths`` the number of value cells of each column,
    ``numeric`` how many of the columns, at the front, are numeric.
    """

    names: tuple[str, ...]
    take: NDArray[np.intp]
    widths: NDArray[np.intp]
    numeric: int

    @classmethod
    def of(cls, layout: Layout, names: Sequence[str] | None = None) -> ValueCells:
        """Value cells of the named columns (all, where no names are given).

        Raises
        ------
        SpecError
            Where a column is not in the layout.

        Examples
        --------
        >>> from bellbuoy_stream.counting.layout import Layout
        >>> cells = ValueCells.of(Layout.of([("c", False, 3), ("x", True, 5)]))
        >>> cells.names, cells.starts.tolist(), cells.size
        (('x', 'c'), [0, 5], 8)
        """
        for name in names or ():
            if name not in layout:
                known = ", ".join(place.name for place in layout.places)
                raise SpecError(f"column {name!r} is not in the reference; it has {known}")
        wanted = layout.places if names is None else [layout[name] for name in dict.fromkeys(names)]
        places = sorted(wanted, key=lambda place: not place.numeric)
        take = [np.arange(place.start, place.extras) for place in places]
        return cls(
            names=tuple(place.name for place in places),
            take=np.concatenate(take) if take else np.zeros(0, dtype=np.intp),
            widths=np.array([place.extras - place.start for place in places], dtype=np.intp),
            numeric=sum(place.numeric for place in places),
        )

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """First cell of each column, shape (columns,)."""
        return np.cumsum(self.widths) - self.widths

    @property
    def size(self) -> int:
        """Number of value cells of all columns."""
        return len(self.take)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.names)

    @cached_property
    def split(self) -> int:
        """Number of value cells of the numeric columns, which stand in front."""
        return int(self.widths[: self.numeric].sum())

    @cached_property
    def width(self) -> int:
        """Length of a pane's vector: cells, rows of each column, filled panes."""
        return self.size + self.columns + 1

    def vector(self, counts: Counts) -> Counts:
        """A pane's vector from the layout's counters, last axis.

        Examples
        --------
        >>> from bellbuoy_stream.counting.layout import Layout
        >>> layout = Layout.of([("x", True, 3), ("c", False, 2)])
        >>> counts = layout.zeros()
        >>> counts[:3], counts[9:11] = (1, 0, 2), (4, 5)
        >>> ValueCells.of(layout).vector(counts).tolist()
        [1, 1, 3, 4, 5, 3, 9, 1]
        """
        cells = counts[..., self.take]
        out = np.empty((*cells.shape[:-1], self.width), dtype=np.int64)
        body, rows = out[..., : self.size], out[..., self.size : -1]
        body[:] = cells
        front = body[..., : self.split]
        np.cumsum(front, axis=-1, out=front)
        if self.numeric:
            ends = front[..., (self.starts + self.widths - 1)[: self.numeric]]
            before = np.zeros_like(ends)
            before[..., 1:] = ends[..., :-1]
            front -= np.repeat(before, self.widths[: self.numeric], axis=-1)
            rows[..., : self.numeric] = ends - before
        if self.numeric < self.columns:
            back = body[..., self.split :]
            rows[..., self.numeric :] = np.add.reduceat(
                back, self.starts[self.numeric :] - self.split, axis=-1
            )
        out[..., -1] = (rows > 0).any(axis=-1)
        return out

    def plain(self, body: Counts) -> Counts:
        """Counts of the value cells from the cells' part of vectors: :meth:`vector` undone."""
        cells = body.copy()
        cells[..., 1 : self.split] -= body[..., : max(self.split - 1, 0)]
        heads = self.starts[: self.numeric]
        cells[..., heads] = body[..., heads]
        return cells

    def shares(self, vector: Counts) -> NDArray[np.float64]:
        """Distribution function (numeric) or shares (categorical) at every cell; 0 where a column has no rows."""
        rows = np.maximum(vector[..., self.size : self.size + self.columns], 1)
        result: NDArray[np.float64] = vector[..., : self.size] / np.repeat(rows, self.widths, axis=-1)
        return result

    def distances(self, vectors: Counts, expected: NDArray[np.float64]) -> NDArray[np.float64]:
        r"""Distance of each column from what is expected, shape (..., columns).

        :math:`\max_i |G(i) - F(i)|` over cell ends for a numeric column (the two-sample Kolmogorov-Smirnov
        statistic, exact where all reference values are cuts, else its lower bound), the largest difference of
        shares for a categorical one.

        Parameters
        ----------
        vectors
            Sums of panes' vectors, shape (..., at least width).
        expected
            Shares of the reference at every cell, shape (size,) or (..., size).
        """
        gaps = self.shares(vectors)
        gaps -= expected
        np.abs(gaps, out=gaps)
        result: NDArray[np.float64] = np.maximum.reduceat(gaps, self.starts, axis=-1)
        return result
