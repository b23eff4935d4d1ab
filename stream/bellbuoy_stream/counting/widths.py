"""One number in two widths: .1 as 32 bits is not .1 as 64 bits, and still meant to be.

A model whose features are float32 logs .1 as .10000000149; its reference, built from a file of decimals, knows the atom
.1, which no row ever meets.  So numbers are compared at the coarser of the two widths: where one side has 32 bits, a
number is at a cut if both are one float32.  Where both have 64 bits, or both 32, nothing is changed.

* *Numbers of 32 bits, cuts of 64.*  A number that is itself a cut stays; else it moves to the cut that rounds to it
  (the lowest of several).
* *Cuts of 32 bits, wider numbers.*  Numbers that round to a cut move to it.  That the cuts once had 32 bits is seen
  from their digits (:func:`single`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Catches(NamedTuple):
    """Intervals [low, high), rising and apart, and the cut that takes the numbers in each; shape (intervals,) each."""

    low: Floats
    high: Floats
    cut: Floats

    def take(self, numbers: Floats) -> Floats:
        """The numbers, shape (rows,), those in an interval moved to its cut."""
        at = np.maximum(self.low.searchsorted(numbers, "right") - 1, 0)
        return np.where((numbers >= self.low[at]) & (numbers < self.high[at]), self.cut[at], numbers)

    def take_sorted(self, ordered: Floats) -> None:
        """The same of sorted numbers, in place; they stay sorted."""
        begin = ordered.searchsorted(self.low)
        met = np.flatnonzero(begin < len(ordered))
        met = met[ordered[begin[met]] < self.high[met]]  # few, where the column is continuous
        if not met.size:
            return
        size = ordered.searchsorted(self.high[met]) - begin[met]
        rows = np.arange(size.sum()) + np.repeat(begin[met] - np.cumsum(size) + size, size)
        ordered[rows] = np.repeat(self.cut[met], size)


class Widths:
    """Which numbers move to which cuts of a column.

    Parameters
    ----------
    cuts
        Shape (k,), rising.

    Examples
    --------
    >>> widths = Widths(np.array([0.1, 0.2]))
    >>> widths.catches(np.dtype("f8")), widths.catches(np.dtype("f4")).take(np.array([np.float32(0.1), 0.15])).tolist()
    (None, [0.1, 0.15])
    """

    def __init__(self, cuts: Floats) -> None:
        self._cuts = cuts

    def catches(self, dtype: np.dtype[Any]) -> Catches | None:
        """For numbers of a type; None where all stay where they are."""
        return self._of_narrow if dtype.kind == "f" and dtype.itemsize == 4 else self._of_wide

    @cached_property
    def _of_narrow(self) -> Catches | None:
        with np.errstate(over="ignore"):
            rounded = self._cuts.astype(np.float32).astype(np.float64)
        twins, first = np.unique(rounded, return_index=True)
        lone = np.isfinite(twins) & ~np.isin(twins, self._cuts)
        low, cut = twins[lone], self._cuts[first[lone]]
        return Catches(low, np.nextafter(low, np.inf), cut) if low.size else None

    @cached_property
    def _of_wide(self) -> Catches | None:
        if not single(self._cuts):
            return None
        cuts = self._cuts.astype(np.float32)
        beside = [np.nextafter(cuts, np.float32(end)).astype(np.float64) for end in (-np.inf, np.inf)]
        low, high = (np.where(np.isfinite(b), (b + self._cuts) / 2, self._cuts) for b in beside)
        return Catches(low, high, self._cuts)


def single(cuts: Floats) -> bool:
    """Whether cuts were float32 before they came here: all fit into it, and some are no decimals beside it.

    .10000000149 is all digits as a double, and .1 as a float32; 3, .5 and .25 are the same in both, and tell nothing.

    Examples
    --------
    >>> short, long = np.array([0.5, 3.0]), np.array([0.5, 0.1])
    >>> single(short), single(long), single(long.astype(np.float32).astype(np.float64))
    (False, False, True)
    """
    with np.errstate(over="ignore"):
        narrow = cuts.astype(np.float32)
    if not np.array_equal(narrow.astype(np.float64), cuts):
        return False
    return any(float(str(number)) != cut for number, cut in zip(narrow, cuts.tolist(), strict=True))
