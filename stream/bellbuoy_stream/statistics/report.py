"""All statistics of the columns of one window, as a report prints them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW, COUNTED_EXTRAS
from bellbuoy_stream.events.windows import ColumnStatistics
from bellbuoy_stream.statistics.baseline import Baseline, median, missing_share
from bellbuoy_stream.statistics.bins import DEFAULT_BINS, OUTSIDE, binned
from bellbuoy_stream.statistics.categorical import share_distance, share_p_value
from bellbuoy_stream.statistics.chi_square import homogeneity
from bellbuoy_stream.statistics.jensen_shannon import jensen_shannon
from bellbuoy_stream.statistics.ks import cut_of, ks_bracket, ks_p_values
from bellbuoy_stream.statistics.mann_whitney import superiority
from bellbuoy_stream.statistics.psi import psi
from bellbuoy_stream.statistics.sample import Sample
from bellbuoy_stream.statistics.stacking import stack_cells, stack_cuts, stack_tails
from bellbuoy_stream.statistics.wasserstein import Tails, wasserstein

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import ColumnReference


def column_statistics(reference: ColumnReference, counts: Counts) -> ColumnStatistics:
    """Statistics of one column.

    Parameters
    ----------
    reference
        What the column is compared with.
    counts
        The window's part of the vector of counters for this column: value cells, then extras.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import ColumnReference
    >>> extras = [0] * 6
    >>> reference = ColumnReference(
    ...     name="x", source="x", cuts=np.array([1.0, 2.0]).tobytes(),
    ...     counts=np.array([0, 50, 0, 50, 0, *extras]).tobytes())
    >>> found = column_statistics(reference, np.array([0, 25, 0, 70, 0, 5, 0, 0, 0, 0, 0]))
    >>> found.rows, found.nulls, round(found.ks, 4), found.at
    (100, 0.05, 0.2368, 1.0)
    """
    return table_statistics([reference], [counts])[0]


def table_statistics(
    references: Sequence[ColumnReference], counts: Sequence[Counts]
) -> list[ColumnStatistics]:
    """Statistics of many columns: those of :func:`column_statistics`, with what is dear done once for all.

    Parameters
    ----------
    references, counts
        As there, one a column.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import ColumnReference
    >>> reference = ColumnReference(
    ...     name="c", source="c", numeric=False, categories=["a"], counts=np.array([9, 1, *[0] * 7]).tobytes())
    >>> table_statistics([reference], [np.array([6, 0, 4, *[0] * 6])])[0].at
    'unseen'
    """
    columns = [_Column(*column) for column in zip(references, counts, strict=True)]
    filled = [column for column in columns if column.comparable]
    if numeric := [column for column in filled if column.reference.numeric]:
        for column, found in zip(numeric, _numeric(numeric), strict=True):
            column.found |= found
    for column in filled:
        if not column.reference.numeric:
            column.found |= _categorical(column)
    return [ColumnStatistics(**column.found) for column in columns]


class _Column:
    """A column on its way into a report: what it is compared with, its window, and what was found so far."""

    def __init__(self, reference: ColumnReference, counts: Counts) -> None:
        cells = reference.value_cells
        self.reference, self.baseline = reference, Baseline.of(reference)
        self.window = Sample(counts[:cells])
        self.tails = Tails(counts[cells + BELOW], counts[cells + ABOVE], reference.unit)
        self.found: dict[str, Any] = {
            "rows": int(counts[: cells + COUNTED_EXTRAS].sum()),
            "nulls": missing_share(counts, cells),
            "reference_nulls": self.baseline.missing,
        }

    @property
    def comparable(self) -> bool:
        """Whether both samples have values."""
        return bool(self.window.rows and self.baseline.sample.rows)


def _numeric(columns: Sequence[_Column]) -> Iterator[dict[str, Any]]:
    """Of numeric columns, a line each: a call costs more than its numbers, so one call has all columns."""
    baselines, windows = [column.baseline for column in columns], [column.window for column in columns]
    cuts = stack_cuts([baseline.cuts for baseline in baselines])
    before = Sample(stack_cells([baseline.sample.cells for baseline in baselines]))
    now = Sample(stack_cells([window.cells for window in windows]))
    tails = stack_tails([baseline.tails for baseline in baselines]), stack_tails([c.tails for c in columns])
    bins = _bins(columns)
    distance, area = ks_bracket(before, now), wasserstein(cuts, before, now, *tails)
    lines = {
        "ks": distance.low.tolist(),
        "ks_high": distance.high.tolist(),
        "p_value": ks_p_values(distance.low.tolist(), before.rows.tolist(), now.rows.tolist()),
        "at": [_cut(b.cuts, cell) for b, cell in zip(baselines, distance.cell.tolist(), strict=True)],
        "psi": psi(*bins).tolist(),
        "jensen_shannon": jensen_shannon(*bins).tolist(),
        "wasserstein": [_finite(value) for value in area.low.tolist()],
        "wasserstein_high": [_finite(value) for value in area.high.tolist()],
        "superiority": superiority(before, now).value.tolist(),
        "median": [median(b.cuts, window) for b, window in zip(baselines, windows, strict=True)],
        "reference_median": [baseline.median for baseline in baselines],
    }
    for values in zip(*lines.values(), strict=True):
        yield dict(zip(lines, values, strict=True))


def _bins(columns: Sequence[_Column]) -> Counts:
    """Coarse bins of the references and of the windows, shape (2, columns, bins).

    Bins beyond a column's own are empty on both sides, and change no statistic.
    """
    bins = np.zeros((2, len(columns), DEFAULT_BINS + OUTSIDE), dtype=np.int64)
    for number, column in enumerate(columns):
        own = column.baseline
        bins[0, number, : len(own.bins)] = own.bins
        bins[1, number, : len(own.bins)] = binned(column.window.cells, own.starts)
    return bins


def _categorical(column: _Column) -> dict[str, Any]:
    baseline, window = column.baseline.sample.cells, column.window.cells
    distance = float(share_distance(baseline, window))
    names = [*column.reference.categories, "other", "unseen"]
    tests = homogeneity(baseline, window)
    return {
        "ks": distance,
        "ks_high": distance,
        "p_value": share_p_value(baseline, window),
        "at": names[int(np.abs(window / window.sum() - baseline / baseline.sum()).argmax())],
        "psi": float(psi(baseline, window)),
        "jensen_shannon": float(jensen_shannon(baseline, window)),
        "chi_square": None if tests is None else tests.chi_square,
        "chi_square_p_value": None if tests is None else tests.chi_square_p_value,
        "g": None if tests is None else tests.g,
        "g_p_value": None if tests is None else tests.g_p_value,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _cut(cuts: NDArray[np.float64], cell: int) -> float | None:
    index = cut_of(cell, len(cuts))
    return None if index is None else float(cuts[index])
