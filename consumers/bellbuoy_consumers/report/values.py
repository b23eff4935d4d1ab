"""Values as people write them, and medians of which only the reference's range is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.statistics.quantiles import quantile_bracket

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import ColumnReference


def number(value: float) -> str:
    """A value as people write it.

    Examples
    --------
    >>> number(1234567.0), number(0.00012345), number(3.0)
    ('1,234,567', '0.000123', '3')
    """
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def median_text(median: float, column: ColumnReference, counts: Counts | None = None) -> str:
    """A window's median in words: where it lies beyond all of the reference, no number is known, and that is said.

    Parameters
    ----------
    median
        As the window's report says: beyond the reference it is the end that the rows lie behind.
    column
        The reference.
    counts
        The window's cells of this column; None where they are not kept any more: then a median at an end of the
        reference may lie on it or behind it.

    Examples
    --------
    >>> from bellbuoy_stream.building import Rows, build_reference
    >>> from bellbuoy_stream.specs.monitor import MonitorSpec
    >>> column = build_reference("m", "1", MonitorSpec(model="m"), [Rows({"x": [0.0, 520.0, 1040.0]})]).columns[0]
    >>> median_text(520.0, column), median_text(1040.0, column)
    ('520', "1,040 (an end of the reference's range) or beyond")
    >>> counts = column.cell_counts * 0
    >>> counts[column.value_cells - 1] = 3
    >>> median_text(1040.0, column, counts)
    "above 1,040 (the reference's highest)"
    """
    cuts, shown = column.cut_points, number(median)
    known = None if counts is None else quantile_bracket(cuts, counts[: column.value_cells])
    if known is None:
        at_end = median in (cuts[0], cuts[-1])
        return f"{shown} (an end of the reference's range) or beyond" if at_end else shown
    if known.high is None:
        return f"above {shown} (the reference's highest)"
    if known.low is None:
        return f"below {shown} (the reference's lowest)"
    return shown
