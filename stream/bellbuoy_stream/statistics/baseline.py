"""What a column's statistics need of its reference alone: computed once a reference, used in every report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW, COUNTED_EXTRAS, NAN, NULL
from bellbuoy_stream.statistics.bins import bin_starts, binned
from bellbuoy_stream.statistics.quantiles import quantile_bracket
from bellbuoy_stream.statistics.sample import Sample
from bellbuoy_stream.statistics.wasserstein import Tails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import ColumnReference

PREPARED = "baseline"
"""Under this name a column's reference keeps it, beside its fields and not among them."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Baseline:
    """The reference's side of a column's statistics.

    ``starts`` and ``bins``: first cell and reference rows of each coarse bin.  ``missing``: see
    :func:`missing_share`.  Of a categorical column a bin is a category; it has no cuts, tails or median.
    """

    cuts: NDArray[np.float64]
    sample: Sample
    starts: NDArray[np.int64]
    bins: Counts
    tails: Tails
    missing: float | None
    median: float | None

    @classmethod
    def of(cls, column: ColumnReference) -> Baseline:
        """Prepare a column's reference, once: it never changes, and keeps what was prepared of it.

        Examples
        --------
        >>> from bellbuoy_stream.references.reference import ColumnReference
        >>> cuts, counts = np.array([1.0, 2.0]), np.array([0, 50, 0, 50, 0, 0, 0, 0, 0, 0, 0])
        >>> column = ColumnReference(name="x", source="x", cuts=cuts.tobytes(), counts=counts.tobytes())
        >>> baseline = Baseline.of(column)
        >>> baseline.bins.tolist(), baseline.median, baseline is Baseline.of(column)
        ([0, 50, 50, 0], 1.0, True)
        """
        kept = column.__dict__
        if PREPARED not in kept:
            kept[PREPARED] = cls._prepared(column)
        known: Baseline = kept[PREPARED]
        return known

    @classmethod
    def _prepared(cls, column: ColumnReference) -> Baseline:
        cells = column.value_cells
        sample = Sample(column.cell_counts[:cells])
        starts = bin_starts(sample) if column.numeric else np.arange(cells, dtype=np.int64)
        return cls(
            cuts=column.cut_points,
            sample=sample,
            starts=starts,
            bins=binned(sample.cells, starts),
            tails=Tails(column.cell_counts[cells + BELOW], column.cell_counts[cells + ABOVE], column.unit),
            missing=missing_share(column.cell_counts, cells),
            median=median(column.cut_points, sample) if column.numeric else None,
        )


def missing_share(counts: Counts, value_cells: int) -> float | None:
    """Share of a column's rows that are missing or not a number; None without rows.

    Examples
    --------
    >>> missing_share(np.array([6, 1, 1, 0, 0, 0, 0]), 1)
    0.25
    """
    rows = int(counts[: value_cells + COUNTED_EXTRAS].sum())
    missing = int(counts[value_cells + NULL] + counts[value_cells + NAN])
    return missing / rows if rows else None


def median(cuts: NDArray[np.float64], sample: Counts | Sample) -> float | None:
    """Middle of the median's cell; None without rows or cuts, or where it is not finite.

    Examples
    --------
    >>> median(np.array([1.0, 3.0]), np.array([0, 1, 5, 1, 0]))
    2.0
    """
    bracket = quantile_bracket(cuts, sample)
    return bracket.middle if bracket is not None and math.isfinite(bracket.middle) else None
