"""Sums of real numbers as integers: each row is rounded once, so that sums have no order.

A number becomes a whole multiple of a unit, which is a power of two fixed once by the layout, and is kept in two
words: ``high * 2**32 + low`` units.  A row adds at most 2**36 to ``high`` and less than 2**32 to ``low``, so no sum of
up to 2**26 rows (67 million) overflows ``int64``, and none of up to 2**31 rows whose values stay below 2**-5 of the
limit, as those of probabilities do.  Each row is at most half a unit wrong, and so is a mean of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

LOW_BITS = 32
HIGH_BITS = 36
WORDS = 2


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """Numbers as multiples of a unit.

    Parameters
    ----------
    unit
        A power of two.

    Examples
    --------
    >>> point = FixedPoint(0.25)
    >>> words = point.words(np.array([1.5, -0.25, 2.0**40]))
    >>> words.tolist()
    [[0, -1, 1024], [6, 4294967295, 0]]
    >>> point.total(words.sum(axis=1)) - 2.0**40
    1.25
    """

    unit: float

    @property
    def limit(self) -> float:
        """Largest magnitude that a row can have; what is larger counts as this."""
        return self.unit * 2.0 ** (LOW_BITS + HIGH_BITS)

    def words(self, values: NDArray[np.float64]) -> Counts:
        """High and low words of values, shape (2, rows)."""
        units = np.rint(np.clip(values, -self.limit, self.limit) / self.unit)
        high = np.floor(units * 2.0**-LOW_BITS)  # exact, as is the rest: scaling by a power of two
        return np.stack(
            [high, units - high * 2.0**LOW_BITS],
        ).astype(np.int64)

    def total(self, words: Counts) -> float:
        """The sum that two words, shape (2,), stand for: exact, then rounded once."""
        return float((int(words[0]) << LOW_BITS) + int(words[1])) * self.unit
