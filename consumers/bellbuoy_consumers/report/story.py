"""What a page tells: plain data, without a word of HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_stream.times import parse_time_us, rfc3339

if TYPE_CHECKING:
    from bellbuoy_consumers.report.shapes import Shape
    from bellbuoy_stream.events.alerts import Alert
    from bellbuoy_stream.events.windows import ColumnStatistics, WindowReport
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec


@dataclass(frozen=True, slots=True)
class Picture:
    """A column in the window where it lay farthest from the reference; ``median``: the window's, in words."""

    column: str
    window: WindowReport
    statistics: ColumnStatistics
    shape: Shape
    median: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An incident from its first step to its last one so far."""

    first: Alert
    last: Alert
    columns: tuple[str, ...]

    @property
    def start_us(self) -> int:
        """When it began."""
        return parse_time_us(self.first.since)

    @property
    def end_us(self) -> int | None:
        """When it was resolved; None while it is open."""
        return parse_time_us(self.last.time) if self.last.state == "resolved" else None


@dataclass(frozen=True)
class Story:
    """Everything on a page.

    Attributes
    ----------
    windows
        The latest revision of each, in order of time; segments left out.  Those that are not over yet are at the end.
    cases
        Incidents in order of time.
    pictures
        One a drifted column, the largest distance first.
    step_us
        Where rows are numbered: microseconds from one row to the next; times are then shown as rows.
    """

    spec: MonitorSpec
    reference: Reference
    rows: int
    windows: tuple[WindowReport, ...]
    cases: tuple[Case, ...]
    pictures: tuple[Picture, ...]
    certified: bool
    reasons: tuple[str, ...]
    step_us: int | None = None

    def when(self, time_us: int) -> str:
        """A moment, as a reader knows it.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> Story.when(SimpleNamespace(step_us=1_000_000), 5_000_000_000)
        'row 5,000'
        """
        if self.step_us is not None:
            return f"row {time_us // self.step_us:,}"
        text = rfc3339(time_us).rstrip("Z").replace("T", " ")
        return text.removesuffix(":00").removesuffix(" 00:00")

    @property
    def over(self) -> tuple[WindowReport, ...]:
        """Windows that are over: of one that is not, too few rows are known for its distances to tell anything."""
        return tuple(window for window in self.windows if window.closed)

    def unfinished(self) -> str:
        """What is known of the windows that are not over yet, in words; empty where all are over."""
        left = [window for window in self.windows if not window.closed]
        if not left:
            return ""
        rows = sum(window.rows for window in left)
        return f"{rows:,} rows from {self.when(parse_time_us(left[0].start))} on, in a window that is not over yet"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column: those that drifted first, then by largest distance."""
        drifted = {name for window in self.windows for name in window.drifted}
        names = list(dict.fromkeys(name for window in self.windows for name in window.columns))
        return tuple(sorted(names, key=lambda name: (name not in drifted, -self.largest(name))))

    def largest(self, column: str) -> float:
        """Largest distance of a column in any window that is over and has rows enough."""
        found = [window.columns.get(column) for window in self.over if not window.inconclusive]
        return max((one.ks for one in found if one is not None and one.ks is not None), default=0.0)
