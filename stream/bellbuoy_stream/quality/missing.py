"""Values that used to be there are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.quality.finding import QualityFinding
from bellbuoy_stream.quality.shares import beyond

if TYPE_CHECKING:
    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import ColumnView


def vanished(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """No row has a value any more, in a column that has some in every pane of its reference."""
    window, usual = view.window, view.baseline.missing
    if window.missing < window.rows or not beyond(
        window.missing, window.rows, usual, 0.0, limits.alpha, limits.doubt
    ):
        return None
    return QualityFinding(
        column=view.column.name,
        rule="vanished",
        effect=1.0,
        threshold=_threshold(usual, limits),
        summary=f"{view.column.name}: none of {window.rows} rows has a value; "
        f"in the reference {1 - view.baseline.reference.missing / view.baseline.reference.rows:.1%} have one",
    )


def missing(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """Many more rows than usual are null or not a number."""
    usual = view.baseline.missing
    return _more(view, limits, usual, "rows", f"the reference never had more than about {usual:.1%}")


def missing_by_window(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """More rows of a report window are null or not a number than in any stretch of the reference as long as one.

    A column whose reference has whole panes without it is not to be blamed for a pane without it, but for a day.
    """
    usual = view.baseline.window_missing
    if usual is None:
        return None
    said = f"in the reference at most about {usual:.1%} of so long a stretch"
    return _more(view, limits, usual, "rows of a window", said)


def _more(view: ColumnView, limits: Limits, usual: float, rows: str, known: str) -> QualityFinding | None:
    """Whether more of some rows are missing than the ``usual`` share of the like in the reference."""
    window = view.window
    if not beyond(window.missing, window.rows, usual, limits.min_missing, limits.alpha, limits.doubt):
        return None
    return QualityFinding(
        column=view.column.name,
        rule="missing",
        effect=window.missing / window.rows,
        threshold=usual + limits.min_missing,
        summary=f"{view.column.name}: {window.missing} of {window.rows} {rows} "
        f"({window.missing / window.rows:.1%}) have no value; {known}",
    )


def _threshold(usual: float, limits: Limits) -> float:
    return min(1.0, usual + limits.min_missing)
