"""Values are of another type, or infinite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.quality.finding import QualityFinding
from bellbuoy_stream.quality.shares import beyond

if TYPE_CHECKING:
    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import ColumnView


def wrong_type(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """Many rows hold what cannot be counted: texts where numbers were, vectors of another width, infinities."""
    window, baseline = view.window, view.baseline
    kinds = (
        (window.wrong, baseline.wrong, "a value of the wrong type"),
        (window.infinite, baseline.infinite, "an infinite value"),
    )
    for count, usual, words in kinds:
        if beyond(count, window.rows, usual, limits.min_strange, limits.alpha, limits.doubt):
            return QualityFinding(
                column=view.column.name,
                rule="wrong_type",
                effect=count / window.rows,
                threshold=usual + limits.min_strange,
                summary=f"{view.column.name}: {count} of {window.rows} rows ({count / window.rows:.1%}) hold {words}; "
                f"the reference never had more than about {usual:.1%}",
            )
    return None
