"""A window's report from its counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.events.ids import content_id
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.processors.intake import MILLI
from bellbuoy_stream.statistics import table_statistics
from bellbuoy_stream.times import rfc3339

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.counting.ledger import Sums
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.windows.assembly import Subject, WindowState

MIN_ROWS = 20
"""Rows below which a window is inconclusive."""


def window_id(model: str, subject: Subject, window: WindowState) -> str:
    """Content id of a window: the same for all its revisions."""
    parts = (model, subject.version, subject.segment or "", subject.reference or "", window.start, window.end)
    return content_id("window", *parts)


def report_window(
    model: str,
    subject: Subject,
    window: WindowState,
    revision: int,
    sums: Sums,
    reference: Reference | None,
    counts: Counts | None,
    thresholds: dict[str, float],
    *,
    closed: bool = True,
) -> WindowReport:
    """The report of one revision of a window.

    Parameters
    ----------
    sums, counts
        Everything counted up to this revision; counts are None where there is no reference.
    thresholds
        For each column the distance at which its policy rings, as of its latest look.
    """
    columns = {}
    if reference is not None and counts is not None:
        parts = [counts[place.start : place.stop] for place in reference.layout.places]
        found = table_statistics(reference.columns, parts)
        columns = {column.name: one for column, one in zip(reference.columns, found, strict=True)}
    return WindowReport(
        id=window_id(model, subject, window),
        model=model,
        version=subject.version,
        segment=subject.segment,
        start=rfc3339(window.start),
        end=rfc3339(window.end),
        rows=sums.rows,
        columns=columns,
        drift=bool(window.drifted),
        drifted=sorted(window.drifted),
        revision=revision,
        closed=closed,
        inconclusive=reference is None or sums.rows < MIN_ROWS,
        reference=subject.reference,
        reference_version=None if reference is None else reference.version,
        thresholds=thresholds,
        late=window.late_rows(revision),
        weight=sums.weight_milli / MILLI,
        dropped=sums.dropped,
        unparsable=sums.unparsable,
        quality=sorted(window.quality),
    )
