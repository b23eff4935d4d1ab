"""All statistics of one column of one window, as a report prints them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW, COUNTED_EXTRAS, NAN, NULL
from bellbuoy_stream.events.windows import ColumnStatistics
from bellbuoy_stream.statistics.bins import bin_starts, binned
from bellbuoy_stream.statistics.categorical import share_distance
from bellbuoy_stream.statistics.chi_square import homogeneity
from bellbuoy_stream.statistics.jensen_shannon import jensen_shannon
from bellbuoy_stream.statistics.ks import ks_bracket, ks_cut, ks_p_value
from bellbuoy_stream.statistics.mann_whitney import superiority
from bellbuoy_stream.statistics.psi import psi
from bellbuoy_stream.statistics.quantiles import quantile_bracket
from bellbuoy_stream.statistics.wasserstein import Tails, wasserstein

if TYPE_CHECKING:
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
    cells = reference.value_cells
    window, baseline = counts[:cells], reference.cell_counts[:cells]
    common: dict[str, Any] = {
        "rows": int(counts[: cells + COUNTED_EXTRAS].sum()),
        "nulls": missing_share(counts, cells),
        "reference_nulls": missing_share(reference.cell_counts, cells),
    }
    if not window.sum() or not baseline.sum():
        return ColumnStatistics(**common)
    details = _numeric(reference, counts) if reference.numeric else _categorical(reference, baseline, window)
    return ColumnStatistics(**common, **details)


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


def _numeric(reference: ColumnReference, counts: Counts) -> dict[str, Any]:
    cuts, cells = reference.cut_points, reference.value_cells
    baseline, window = reference.cell_counts[:cells], counts[:cells]
    distance = ks_bracket(baseline, window)
    starts = bin_starts(baseline)
    reference_bins, window_bins = binned(baseline, starts), binned(window, starts)
    area = wasserstein(
        cuts, baseline, window, _tails(reference, reference.cell_counts), _tails(reference, counts)
    )
    cut = ks_cut(baseline, window)
    return {
        "ks": float(distance.low),
        "ks_high": float(distance.high),
        "p_value": ks_p_value(float(distance.low), int(baseline.sum()), int(window.sum())),
        "at": None if cut is None else float(cuts[cut]),
        "psi": float(psi(reference_bins, window_bins)),
        "jensen_shannon": float(jensen_shannon(reference_bins, window_bins)),
        "wasserstein": _finite(area.low),
        "wasserstein_high": _finite(area.high),
        "superiority": float(superiority(baseline, window).value),
        "median": _median(reference, window),
        "reference_median": _median(reference, baseline),
    }


def _categorical(reference: ColumnReference, baseline: Counts, window: Counts) -> dict[str, Any]:
    distance = float(share_distance(baseline, window))
    names = [*reference.categories, "other", "unseen"]
    tests = homogeneity(baseline, window)
    return {
        "ks": distance,
        "ks_high": distance,
        "p_value": None if tests is None else tests.chi_square_p_value,
        "at": names[int(np.abs(window / window.sum() - baseline / baseline.sum()).argmax())],
        "psi": float(psi(baseline, window)),
        "jensen_shannon": float(jensen_shannon(baseline, window)),
        "chi_square": None if tests is None else tests.chi_square,
        "chi_square_p_value": None if tests is None else tests.chi_square_p_value,
        "g": None if tests is None else tests.g,
        "g_p_value": None if tests is None else tests.g_p_value,
    }


def _tails(reference: ColumnReference, counts: Counts) -> Tails:
    extras = counts[reference.value_cells :]
    return Tails(extras[BELOW], extras[ABOVE], reference.unit)


def _median(reference: ColumnReference, cells: Counts) -> float | None:
    bracket = quantile_bracket(reference.cut_points, cells)
    return None if bracket is None else _finite(bracket.middle)


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
