"""Where a numeric column is cut, and the unit of its tail sums."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Resolution(NamedTuple):
    """How finely columns are cut.

    ``exact_values``: up to so many distinct reference values are all cuts, and KS is exact.  Beyond that no open
    gap holds more than 1/``cuts`` of the reference, the width of the KS bracket.  ``categories``: most categories
    kept, whatever the spec says; ``names``: whether rarer ones are known by name (else they count as unseen).
    """

    exact_values: int
    cuts: int
    categories: int | None
    names: bool


WHOLE = Resolution(exact_values=1024, cuts=256, categories=None, names=True)
SEGMENT = Resolution(exact_values=32, cuts=32, categories=32, names=False)
"""Segments are many: each has about 32 cuts a column."""

TAIL_BITS = 16
"""Tail sums resolve the reference's range to 2**-16 of it."""
MIN_EXPONENT, MAX_EXPONENT = -1022, 1023  # of normal float64


def choose_cuts(
    values: NDArray[np.float64], weights: NDArray[np.int64], error: int = 0, cuts: int = WHOLE.cuts
) -> NDArray[np.float64]:
    """Fewest cuts, from the left, so that every open gap between them holds at most 1/``cuts`` of the rows.

    Parameters
    ----------
    values
        Distinct values, rising, the smallest and largest of all rows among them.
    weights
        Rows each stands for.
    error
        By how many rows a rank may be wrong; a gap is two ranks, so it is chosen 2 ``error`` smaller.
    cuts
        K.

    Raises
    ------
    InputError
        Where the error is too large for so many cuts.

    Examples
    --------
    >>> choose_cuts(np.arange(9.0), np.ones(9, dtype=np.int64), cuts=4).tolist()
    [0.0, 3.0, 6.0, 8.0]
    """
    if not len(values):
        return values
    through = np.cumsum(weights)
    before = through - weights
    allowed = int(through[-1]) // cuts - 2 * error
    if allowed < 0 < error:
        raise InputError(
            f"ranks known to {error} rows are too coarse for {cuts} cuts; raise the sketch's capacity"
        )
    chosen = [0]
    while chosen[-1] < len(values) - 1:
        at = chosen[-1]
        # the farthest value that leaves at most `allowed` rows strictly between
        chosen.append(int(np.searchsorted(before, through[at] + allowed, side="right")) - 1)
        if chosen[-1] <= at:
            chosen[-1] = at + 1
    return values[chosen]


def tail_unit(cuts: NDArray[np.float64]) -> float:
    """Unit of the sums below the first and above the last cut: a power of two near the range times 2**-16.

    Where there is one cut only, its magnitude (at least 1) stands for the range; where there is none, 1.

    Examples
    --------
    >>> tail_unit(np.array([0.0, 1.0])) == 2**-16, tail_unit(np.array([7.0])) == 2**-13
    (True, True)
    """
    if not len(cuts):
        return 1.0
    low, high = float(cuts[0]), float(cuts[-1])
    span = (
        high / 2 - low / 2 if len(cuts) > 1 else max(abs(low), 1.0) / 2
    )  # halves: their difference is finite
    # distances are measured in floats, so a unit below the spacing of the cuts would resolve nothing
    finest = max(math.ulp(low), math.ulp(high))
    exponent = round(math.log2(max(span, finest, 5e-324))) + 1 - TAIL_BITS
    return math.ldexp(1.0, min(max(exponent, MIN_EXPONENT), MAX_EXPONENT))
