"""Where each cell of each column stands in one flat vector of integers.

Law 2: what is added up is integers.  All counters of a reference form one ``int64`` vector; batches, panes,
partitions, workers and late rows are added by adding vectors, in any order, with the same result to the last bit.

A column's part of the vector is its *value cells*, then six extra cells:

========================  =====================================================================================
numeric, k cuts g         2k+1 cells: (-inf, g1), {g1}, (g1, g2), {g2}, ..., {gk}, (gk, inf)
categorical, c kept       c+2 cells: one a category, then ``other`` (rarer reference categories), ``unseen``
``null``                  missing
``nan``                   not a number
``infinite``              plus or minus infinity
``wrong``                 a value of the wrong type
``below``, ``above``      sums, not counts: how far values lie below g1 and above gk, in the column's unit
========================  =====================================================================================

``below`` and ``above`` make the tails of the Wasserstein distance exact.  The unit is a power of two fixed by the
reference, a row adds at most ``TAIL_LIMIT`` units, so no sum of fewer than 2**26 saturated rows overflows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

EXTRAS = ("null", "nan", "infinite", "wrong", "below", "above")
NULL, NAN, INFINITE, WRONG, BELOW, ABOVE = range(6)
COUNTED_EXTRAS = 4  # the first four count rows
TAIL_LIMIT = 1 << 36


def tail_units(
    values: NDArray[np.float64], outer: float | NDArray[np.float64], unit: float | NDArray[np.float64]
) -> Counts:
    """How far each value lies from an outer cut, in whole units: rounded one by one, so sums have no order.

    Examples
    --------
    >>> tail_units(np.array([2.0, 9.4, 1e300]), 1.0, 0.5).tolist()
    [2, 17, 68719476736]
    """
    with np.errstate(over="ignore"):
        units = np.abs(values - outer) / unit
    return np.rint(np.minimum(units, TAIL_LIMIT)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Place:
    """A column's part of the vector: value cells in [start, extras), extra cells in [extras, stop)."""

    name: str
    numeric: bool
    start: int
    extras: int
    stop: int

    def values(self, counts: Counts) -> Counts:
        """Value cells, last axis."""
        return counts[..., self.start : self.extras]

    def extra(self, counts: Counts, which: int) -> Counts:
        """One extra cell (``NULL``, ``NAN``, ...)."""
        return counts[..., self.extras + which]

    def rows(self, counts: Counts) -> Counts:
        """All rows counted, whatever their value."""
        total: Counts = counts[..., self.start : self.extras + COUNTED_EXTRAS].sum(axis=-1)
        return total


@dataclass(frozen=True)
class Layout:
    """Places of all columns, in order."""

    places: tuple[Place, ...]

    @classmethod
    def of(cls, columns: list[tuple[str, bool, int]]) -> Layout:
        """Layout of (name, numeric, number of value cells).

        Examples
        --------
        >>> layout = Layout.of([("x", True, 5), ("c", False, 4)])
        >>> layout.width, layout["c"].start
        (21, 11)
        """
        places, at = [], 0
        for name, numeric, cells in columns:
            places.append(Place(name, numeric, at, at + cells, at + cells + len(EXTRAS)))
            at += cells + len(EXTRAS)
        return cls(tuple(places))

    @cached_property
    def width(self) -> int:
        """Length of the vector."""
        return self.places[-1].stop if self.places else 0

    @cached_property
    def _by_name(self) -> dict[str, Place]:
        return {place.name: place for place in self.places}

    def __getitem__(self, name: str) -> Place:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def zeros(self) -> Counts:
        """A vector of nothing counted."""
        return np.zeros(self.width, dtype=np.int64)
