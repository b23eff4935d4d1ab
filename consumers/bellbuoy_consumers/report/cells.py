"""The counters behind a window's report, put together from what the Tallies say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.times import parse_time_us
from bellbuoy_stream.windows.assembly import Assembly
from bellbuoy_stream.windows.calendar import Calendar

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.panes import PaneDelta
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import WindowSpec


class WindowCells:
    """Counters of windows; those of windows that are over and done with are let go.

    Parameters
    ----------
    window
        The spec's ``[window]``.
    """

    def __init__(self, window: WindowSpec) -> None:
        self._calendar = Calendar.of(window)
        self._assembly = Assembly()

    def record(self, delta: PaneDelta) -> None:
        """Take a pane's counters."""
        self._assembly.record(delta, self._calendar.window(delta.start_us))

    def counts(self, report: WindowReport, reference: Reference) -> Counts | None:
        """Cells of the rows in a report, shape (reference.layout.width,); None where nothing is known of it."""
        start = parse_time_us(report.start)
        total, found = reference.layout.zeros(), False
        for subject, windows in self._assembly.windows.items():
            same = (subject.version, subject.segment, subject.reference) == (
                report.version,
                report.segment,
                report.reference,
            )
            if same and start in windows:
                windows[start].total(report.revision, total)
                found = True
        return total if found else None

    def forget_before(self, start_us: int) -> None:
        """Let go of windows that begin before a time."""
        for windows in self._assembly.windows.values():
            for start in [start for start in windows if start < start_us]:
                del windows[start]
