"""A sample's cells, with what several statistics need of them: computed once, whoever asks first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows in each value cell of one window, or of many: shape (..., cells).

    Examples
    --------
    >>> sample = Sample(np.array([0, 3, 0, 1, 0]))
    >>> int(sample.rows), sample.cumulative.tolist(), sample.distribution.tolist()
    (4, [0, 3, 3, 4, 4], [0.0, 0.75, 0.75, 1.0, 1.0])
    """

    cells: Counts

    @classmethod
    def of(cls, cells: Counts | Sample) -> Sample:
        """Itself, or a new one of bare counts."""
        return cells if isinstance(cells, cls) else cls(np.asarray(cells))

    @cached_property
    def cumulative(self) -> Counts:
        """Rows up to the end of each cell, shape (..., cells)."""
        return np.cumsum(self.cells, axis=-1, dtype=np.int64)

    @property
    def rows(self) -> Any:
        """All rows, an integer of shape (...,)."""
        return self.cumulative[..., -1]

    @cached_property
    def distribution(self) -> NDArray[np.float64]:
        """Empirical distribution function at the end of each cell, shape (..., cells); 0 without rows."""
        return self.cumulative / np.maximum(self.cumulative[..., -1:], 1)

    @cached_property
    def doubled_ranks(self) -> Counts:
        """Twice the rows below each cell, plus the rows in it, shape (..., cells)."""
        ranks: Counts = 2 * self.cumulative - self.cells
        return ranks
