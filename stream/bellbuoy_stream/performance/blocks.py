"""Named blocks of one flat vector of integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from bellbuoy_stream.counting.layout import Counts

    Column = ArrayLike | Sequence[float | None]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Where each block of counters stands, and its shape; a shape of () is one counter.

    Examples
    --------
    >>> blocks = Blocks({"confusion": (2, 2), "unlabelled": ()})
    >>> counts = blocks.zeros()
    >>> blocks.of(counts, "confusion")[0, 1] += 3
    >>> counts.tolist()
    [0, 3, 0, 0, 0]
    """

    shapes: Mapping[str, tuple[int, ...]]

    @cached_property
    def _starts(self) -> dict[str, int]:
        sizes = [math.prod(shape) for shape in self.shapes.values()]
        return dict(zip(self.shapes, np.cumsum([0, *sizes]).tolist(), strict=False))

    @cached_property
    def width(self) -> int:
        """Length of the vector."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def zeros(self) -> Counts:
        """A vector of nothing counted."""
        return np.zeros(self.width, dtype=np.int64)

    def of(self, counts: Counts, name: str) -> Counts:
        """One block of a vector, in its shape: a view, so that writing to it writes to the vector."""
        start, shape = self._starts[name], self.shapes[name]
        return counts[start : start + math.prod(shape)].reshape(shape)

    def checked(self, counts: ArrayLike) -> Counts:
        """The vector as ``int64``.

        Raises
        ------
        InputError
            Where it has another length: it was counted by another layout.
        """
        vector = np.asarray(counts, dtype=np.int64)
        if vector.shape != (self.width,):
            raise InputError(
                f"a vector of shape {vector.shape} does not fit this layout, which has {self.width} counters; "
                "read it with the layout that counted it"
            )
        return vector


class View:
    """A vector read by its blocks; what metrics are functions of."""

    def __init__(self, blocks: Blocks, counts: ArrayLike) -> None:
        self.blocks = blocks
        self.counts = blocks.checked(counts)

    def block(self, name: str) -> Counts:
        """One block, in its shape."""
        return self.blocks.of(self.counts, name)

    def counter(self, name: str) -> int:
        """One counter, such as ``unlabelled``."""
        return int(self.block(name))


class DecidedView(View):
    """A view whose rows are classified: by a decision, binary or among classes."""

    @property
    def confusion(self) -> Counts:
        """Rows by label (first) and decision: shape (2, 2), or (c+1, c+2) of c known classes."""
        return self.block("confusion")

    @property
    def correct(self) -> int:
        """Rows decided as labelled."""
        return int(np.trace(self.confusion))

    @property
    def decided(self) -> int:
        """Rows with label and decision."""
        return int(self.confusion.sum())


def columns_of(**columns: Column) -> list[NDArray[np.float64]]:
    """Columns as float64, ``None`` as nan, checked to be flat and of equal length.

    Raises
    ------
    InputError
        Where they are not.

    Examples
    --------
    >>> columns_of(scores=[0.5, None], labels=[1, 0])
    [array([0.5, nan]), array([1., 0.])]
    """
    arrays = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 1 for shape in shapes.values()):
        raise InputError(f"columns must be flat and of equal length, not of shapes {shapes}")
    return list(arrays.values())


def cuts_of(cuts: ArrayLike, what: str) -> NDArray[np.float64]:
    """Cut points, shape (k,), checked.

    Raises
    ------
    InputError
        Where they are not finite, or not strictly rising.

    Examples
    --------
    >>> cuts_of([0.1, 0.7], "scores")
    array([0.1, 0.7])
    """
    points = np.array(cuts, dtype=np.float64)
    if points.ndim != 1 or not np.isfinite(points).all() or (np.diff(points) <= 0).any():
        raise InputError(
            f"cut points of {what} must be finite and strictly rising; sort them and drop doubles"
        )
    points.flags.writeable = False
    return points


def in_cells(cuts: NDArray[np.float64], values: NDArray[np.float64]) -> Counts:
    """Rows in each of the 2k+1 cells (-inf, g1), {g1}, (g1, g2), ..., {gk}, (gk, inf).

    Examples
    --------
    >>> in_cells(np.array([1.0, 2.0]), np.array([0.0, 1.0, 1.0, 1.5])).tolist()
    [1, 2, 1, 0, 0]
    """
    ordered = np.sort(values)
    through = np.empty(2 * len(cuts) + 2, dtype=np.int64)  # rows before each cell, and all
    through[0], through[-1] = 0, len(ordered)
    through[1:-1:2], through[2:-1:2] = ordered.searchsorted(cuts), ordered.searchsorted(cuts, "right")
    return np.diff(through)
