"""A column that used to vary stands still."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bellbuoy_stream.quality.finding import QualityFinding

if TYPE_CHECKING:
    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import ColumnView

MIN_THRESHOLD = 0.2
"""Smallest share that one is held against, so that the severity does not grow with the number of cuts."""


def constant(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """All values lie in one cell, though even the reference's most uniform pane never came close.

    With share s of the fullest cell in the reference's worst pane, n rows all fall into one cell with probability
    at most about s**n.  The cells beyond the outer cuts are left to the rule on ranges.  Where the reference has no
    times its panes are not known: then only columns with too many values for all to be cuts are judged, as a column
    such as the day of the month is constant for long by its nature.
    """
    if view.column.highest is None and (view.column.exact or not view.column.numeric):
        return None
    window, usual = view.window, view.baseline.fullest
    rows = window.present
    if rows < limits.min_rows or window.cells.max(initial=0) < rows or len(window.cells) < 2:
        return None
    cell = int(window.cells.argmax())
    if view.column.numeric and cell in {0, len(window.cells) - 1}:
        return None
    if usual >= 1 or (usual > 0 and rows * math.log(usual) > math.log(limits.alpha)):
        return None
    return QualityFinding(
        column=view.column.name,
        rule="constant",
        effect=1.0,
        threshold=max(usual, MIN_THRESHOLD),
        summary=f"{view.column.name}: all {rows} values {_where(view, cell)}; "
        f"in the reference at most {usual:.1%} of a pane's values do",
    )


def _where(view: ColumnView, cell: int) -> str:
    if not view.column.numeric:
        names = [*view.column.categories, "rarer categories", "unseen categories"]
        return f"are {names[cell]!r}" if cell < len(view.column.categories) else f"are {names[cell]}"
    cuts = view.column.cut_points
    if cell % 2:
        return f"are {cuts[cell // 2]:g}"
    return f"lie between {cuts[cell // 2 - 1]:g} and {cuts[cell // 2]:g}"
