"""Listens to a replay and keeps what a page needs: no more than one picture a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.report.cells import WindowCells
from bellbuoy_consumers.report.shapes import shape_of
from bellbuoy_consumers.report.story import Case, Picture, Story
from bellbuoy_consumers.report.values import median_text
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.panes import PaneDelta
from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.times import duration_us, parse_time_us

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.windows import ColumnStatistics, WindowReport
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

HELD_WINDOWS = 3
"""Windows whose counters are kept behind the newest one: a report comes soon after its window's end."""


class Recorder:
    """Keeps windows, incidents, and each drifted column's worst window.

    Parameters
    ----------
    spec, reference
        Of the replay.
    step_us
        Where rows are numbered; see :class:`~bellbuoy_consumers.report.story.Story`.
    """

    def __init__(self, spec: MonitorSpec, reference: Reference, step_us: int | None = None) -> None:
        self._spec, self._reference, self._step_us = spec, reference, step_us
        self._cells = WindowCells(spec.window)
        self._held_us = HELD_WINDOWS * duration_us(spec.window.size)
        self._windows: dict[tuple[str, str], WindowReport] = {}
        self._alerts: dict[str, list[Alert]] = {}
        self._pictures: dict[str, Picture] = {}

    def listen(self, event: Event) -> None:
        """Hear what a Tally tells the Judge."""
        if isinstance(event, PaneDelta) and event.segment is None:
            self._cells.record(event)

    def decide(self, decision: WindowReport | Alert) -> None:
        """Hear what the Judge decides."""
        if isinstance(decision, Alert):
            self._alerts.setdefault(decision.incident, []).append(decision)
        elif decision.segment is None:
            self._windows[decision.start, decision.version] = decision
            if decision.revision == 0 and decision.drifted:
                self._draw(decision)
            self._cells.forget_before(parse_time_us(decision.start) - self._held_us)

    def story(self, rows: int) -> Story:
        """Everything heard, in order."""
        certificate = build_policy(self._spec, self._reference).certificate()
        cases = [
            Case(steps[0], steps[-1], tuple(dict.fromkeys(c.name for step in steps for c in step.columns)))
            for steps in self._alerts.values()
        ]
        return Story(
            spec=self._spec,
            reference=self._reference,
            rows=rows,
            windows=tuple(sorted(self._windows.values(), key=lambda window: parse_time_us(window.start))),
            cases=tuple(sorted(cases, key=lambda case: case.start_us)),
            pictures=tuple(
                sorted(self._pictures.values(), key=lambda picture: -(picture.statistics.ks or 0))
            ),
            certified=certificate.certified,
            reasons=tuple(certificate.reasons),
            step_us=self._step_us,
        )

    def _draw(self, window: WindowReport) -> None:
        counts = None
        for name in window.drifted:
            statistics = window.columns.get(name)
            known = self._pictures.get(name)
            if statistics is None or statistics.ks is None:
                continue
            if known is not None and _rank(known.window, known.statistics) >= _rank(window, statistics):
                continue
            counts = self._cells.counts(window, self._reference) if counts is None else counts
            if counts is None:
                return
            place = self._reference.layout[name]
            column = next(column for column in self._reference.columns if column.name == name)
            own = counts[place.start : place.stop]
            shape = shape_of(column, own)
            if shape is not None:
                said = statistics.median
                median = None if said is None else median_text(said, column, own)
                self._pictures[name] = Picture(name, window, statistics, shape, median)


def _rank(window: WindowReport, statistics: ColumnStatistics) -> tuple[bool, float]:
    """How well a window shows what changed: far away, in a window that is over if there is one."""
    return window.closed, statistics.ks or 0.0
