"""Categories that the reference has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.quality.finding import QualityFinding
from bellbuoy_stream.quality.shares import beyond

if TYPE_CHECKING:
    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import ColumnView


def unseen(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """More unseen categories than the reference's own blocks bring of their own."""
    if view.column.numeric:
        return None
    window, usual = view.window, view.baseline.novel
    count = int(window.cells[-1])
    if not beyond(count, window.present, usual, limits.min_strange, limits.alpha, limits.doubt):
        return None
    return QualityFinding(
        column=view.column.name,
        rule="unseen",
        effect=count / window.present,
        threshold=usual + limits.min_strange,
        summary=f"{view.column.name}: {count} of {window.present} values ({count / window.present:.1%}) are categories "
        f"the reference has never seen; about {usual:.1%} would be usual",
    )
