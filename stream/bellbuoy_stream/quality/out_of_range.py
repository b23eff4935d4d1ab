"""Values far outside anything the reference holds, such as a sentinel of -999."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.quality.finding import QualityFinding
from bellbuoy_stream.quality.shares import beyond

if TYPE_CHECKING:
    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import ColumnView

FAR_SPANS = 3.0
"""How many times the whole range of the reference the outlying rows lie beyond it on average: a drift that moves
even every row out of the range stays within about one."""
MIN_CUTS = 10
"""Columns of fewer distinct values have no range to speak of."""


def out_of_range(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """Several rows lie beyond the reference's range by several times that range.

    Rows that merely lie outside are drift, however many they are.  ``effect`` is the mean distance of the outlying
    rows from the range, ``threshold`` what it is held against, both in multiples of the range.
    """
    column, window, baseline = view.column, view.window, view.baseline
    if not column.numeric or column.derivation != "value" or len(column.cut_points) < MIN_CUTS:
        return None
    cuts, span = column.cut_points, baseline.span
    sides = (
        (int(window.cells[0]), window.below, f"below the reference's smallest value {cuts[0]:g}"),
        (int(window.cells[-1]), window.above, f"above the reference's largest value {cuts[-1]:g}"),
    )
    for count, distance, where in sides:
        if not count or not beyond(
            count, window.present, 0.0, limits.min_strange, limits.alpha, limits.doubt
        ):
            continue
        far = distance / count / span
        if far > FAR_SPANS:
            return QualityFinding(
                column=column.name,
                rule="range",
                effect=far,
                threshold=FAR_SPANS,
                summary=f"{column.name}: {_some(count, window.present)} {where}, "
                f"by {far:.3g} times the reference's whole range on average",
            )
    return None


def _some(count: int, rows: int) -> str:
    return f"all {rows} rows lie" if count == rows else f"{count} of {rows} rows ({count / rows:.1%}) lie"
