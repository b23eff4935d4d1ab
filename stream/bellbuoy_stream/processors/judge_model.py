"""Judging one model: panes to detectors, windows to reports, findings to incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.processors.admission import check_cells, check_stretch, check_sums, most_of
from bellbuoy_stream.processors.effective import Clockwork
from bellbuoy_stream.processors.impairment import IMPAIRMENTS, impairments
from bellbuoy_stream.processors.monitor import DRIFT_SHARE, Monitor, MonitorState, Verdict, kind_of
from bellbuoy_stream.processors.reporting import report_window
from bellbuoy_stream.processors.service import Service, whole, windows_until_gone
from bellbuoy_stream.rules.finding import Finding
from bellbuoy_stream.rules.incidents import Incidents, Scope
from bellbuoy_stream.specs.monitor import MonitorSpec
from bellbuoy_stream.times import rfc3339
from bellbuoy_stream.windows.assembly import Assembly, Due, Lengths, Subject, WindowState
from bellbuoy_stream.windows.watermark import Watermark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.counting.ledger import Sums
    from bellbuoy_stream.events.alerts import Alert, AlertType
    from bellbuoy_stream.events.markers import Command
    from bellbuoy_stream.events.panes import PaneDelta, Progress
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.processors.protocol import FindReference
    from bellbuoy_stream.references.reference import Reference

    Decision = WindowReport | Alert

DISTANCE_KINDS: tuple[AlertType, ...] = ("drift", "prediction")
SEGMENT_SHARE = 0.5
"""Part of the drift budget that all segments together may spend, where the spec names segments."""


class JudgeState(msgspec.Struct):
    """What is remembered of a model."""

    watermark: Watermark = msgspec.field(default_factory=Watermark)
    specs: dict[str, MonitorSpec] = {}
    assembly: Assembly = msgspec.field(default_factory=Assembly)
    monitors: dict[Subject, MonitorState] = {}
    thresholds: dict[Subject, dict[str, float]] = {}
    incidents: Incidents = msgspec.field(default_factory=Incidents)
    muted: dict[str, int] = {}
    acknowledged: list[str] = []
    service: Service = msgspec.field(default_factory=Service)


class Counted(NamedTuple):
    """Everything counted in a window up to a revision; no cells where there is no reference."""

    revision: int
    sums: Sums
    reference: Reference | None
    counts: Counts | None


class ModelJudge:
    """One model's windows, detectors and incidents."""

    def __init__(self, model: str, find_reference: FindReference, state: JudgeState | None = None) -> None:
        self.model = model
        self.state = state or JudgeState()
        self._find = find_reference
        self._monitors: dict[Subject, Monitor] = {}
        self._most: dict[tuple[str | None, str | None], Counts] = {}

    # --- what comes in

    def learn(self, spec: MonitorSpec) -> None:
        """Take a spec."""
        self.state.specs[spec.digest()] = spec

    def admit(self, delta: PaneDelta) -> None:
        """Refuse a delta that does not fit what it names.

        Raises
        ------
        EventError
            ``unknown-spec``, ``unknown-reference``, ``unknown-segment``, ``wrong-pane``, ``wrong-counts`` or
            ``wrong-cells``.
        """
        if delta.spec not in self.state.specs:
            raise EventError("unknown-spec", f"{self.model!r} has no spec {delta.spec!r}")
        check_stretch(delta, self._clock(delta.spec))
        check_sums(delta)
        if delta.cells is None and delta.segment is None:
            return
        whole = None if delta.reference is None else self._find(delta.reference)
        if whole is None:
            raise EventError("unknown-reference", f"cells of the unknown reference {delta.reference!r}")
        part = whole if delta.segment is None else whole.segments.get(delta.segment)
        if part is None:
            raise EventError("unknown-segment", f"{delta.reference} has no segment {delta.segment!r}")
        if delta.cells is not None:
            name = (delta.reference, delta.segment)
            if name not in self._most:
                self._most[name] = most_of(part.layout)
            check_cells(delta.cells, delta.first, self._most[name])

    def delta(self, delta: PaneDelta) -> None:
        """Take a pane's counters, unless its window cannot be revised any more."""
        clock = self._clock(delta.spec)
        window = clock.calendar.window(delta.start_us)
        reached = self.state.watermark.reached_us
        if reached is None or reached < window[1] + clock.keep:
            self.state.assembly.record(delta, window)

    def progress(self, progress: Progress) -> Iterator[Decision]:
        """Take a partition's progress; what the model's stream time has now reached is decided."""
        reached = self.state.watermark.take(progress)
        if reached is None:
            return
        for due in self.state.assembly.due(reached, self._lengths):
            yield from self._pane(due, due.pane) if due.pane is not None else self._window(due)
            yield from self._retire(due)
        subjects = self.state.assembly.windows
        for gone in [subject for subject in self._monitors if subject not in subjects]:
            # nothing of it is open: its memory is kept in the state, its compiled form is not
            self.state.monitors[gone] = self._monitors.pop(gone).saved()
            self._most.pop((gone.reference, gone.segment), None)

    def _retire(self, due: Due) -> Iterator[Alert]:
        """Forget what is not served any more: detectors, thresholds, and open incidents of a version that is gone."""
        if due.revision:
            return
        service = self.state.service
        if not service.note(due.subject, due.time_us, closes=due.pane is None):
            return
        service.know(self.state.monitors)
        clock = self._clock(due.subject.spec)
        for gone in service.gone(windows_until_gone(clock.size, clock.keep)):
            for known in (self._monitors, self.state.monitors, self.state.thresholds):
                for subject in [subject for subject in known if whole(subject) == gone]:
                    known.pop(subject)
            if not service.serves(gone.version):
                yield from self.state.incidents.retire(self.model, gone.version, due.time_us)

    def command(self, command: Command) -> list[Alert]:
        """Take the operator's word."""
        now = self.state.watermark.reached_us or command.time_us or 0
        if command.verb == "ack" and command.subject is not None:
            if command.subject in self.state.acknowledged:
                return []
            self.state.acknowledged.append(command.subject)
            return self.state.incidents.acknowledge(self.model, command.subject, now, command.who)
        if command.verb == "mute" and command.until_us is not None:
            self.state.muted.update(dict.fromkeys(command.columns or ["*"], command.until_us))
        return []

    def open_windows(self) -> Iterator[WindowReport]:
        """Windows that are not over yet, as they stand."""
        for subject, windows in self.state.assembly.windows.items():
            for window in sorted(windows.values(), key=lambda window: window.start):
                if window.revision == 0:
                    yield self._report(subject, window, self._counted(subject, window, 0), closed=False)

    def saved(self) -> JudgeState:
        """State with the detectors' snapshots in it."""
        for subject, monitor in self._monitors.items():
            self.state.monitors[subject] = monitor.saved()
        return self.state

    # --- what is due

    def _pane(self, due: Due, start: int) -> Iterator[Alert]:
        monitor = self._monitor(due.subject)
        if monitor is None:
            return
        ledger = due.window.panes[start]
        counts = monitor.reference.layout.zeros()
        ledger.add_to(counts)
        index = self._clock(due.subject.spec).calendar.index(start)
        yield from self._said(due, monitor, monitor.pane(index, start, due.time_us, counts))

    def _said(self, due: Due, monitor: Monitor, verdict: Verdict) -> Iterator[Alert]:
        """What a verdict changes: quality first."""
        _note(due.window.quality, (finding.column for finding in verdict.quality))
        sound = {column.name for column in monitor.reference.columns} - monitor.broken()
        yield from self._observe(due, "quality", verdict.rows, verdict.quality, sound)
        yield from self._signals(due, monitor, verdict)

    def _window(self, due: Due) -> Iterator[Decision]:
        window = due.window
        counted = self._counted(due.subject, window, due.revision)
        if due.revision == 0:
            yield from self._close(due, counted)
        if counted.sums != window.issued:
            window.issued = counted.sums
            yield self._report(due.subject, window, counted)

    def _close(self, due: Due, counted: Counted) -> Iterator[Alert]:
        """What only the first revision decides."""
        subject, window = due.subject, due.window
        monitor = self._monitor(subject)
        if monitor is not None and counted.counts is not None:
            calendar = self._clock(subject.spec).calendar
            index = calendar.index(window.start, calendar.size_us)
            verdict = monitor.window(index, window.start, window.end, counted.counts)
            yield from self._said(due, monitor, verdict)
        if subject.segment is None:
            refusal = None if monitor is None else monitor.refusal
            sums, reference = counted.sums, counted.reference
            findings = impairments(self.model, subject, window.start, sums, reference, refusal)
            sound = IMPAIRMENTS - {finding.column for finding in findings}
            yield from self._observe(due, "monitor", sums.rows, findings, sound)

    def _counted(self, subject: Subject, window: WindowState, revision: int) -> Counted:
        reference = self._reference(subject)
        counts = None if reference is None else reference.layout.zeros()
        return Counted(revision, window.total(revision, counts), reference, counts)

    def _report(
        self, subject: Subject, window: WindowState, counted: Counted, *, closed: bool = True
    ) -> WindowReport:
        thresholds = dict(self.state.thresholds.get(subject, {}))
        return report_window(self.model, subject, window, *counted, thresholds, closed=closed)

    def _signals(self, due: Due, monitor: Monitor, verdict: Verdict) -> Iterator[Alert]:
        """Turn a policy's signals into findings, by type of incident."""
        signals = verdict.signals
        scope = self._scope(due)
        if verdict.over is not None:
            for kind in DISTANCE_KINDS:
                yield from self.state.incidents.resolve(scope, kind, due.time_us, verdict.rows, verdict.over)
        if not signals:
            return
        spec = monitor.spec
        known = self.state.thresholds.setdefault(due.subject, {})
        known.update({signal.column: signal.threshold for signal in signals})
        alarms = [signal for signal in signals if signal.state == "alarm"]
        _note(due.window.drifted, (signal.column for signal in alarms))
        agreeing = {signal.column for signal in signals if signal.agrees}
        rows = max(signal.rows for signal in signals)
        for kind in DISTANCE_KINDS:
            over = agreeing & self.state.incidents.ringing(scope, kind)
            findings = [
                Finding(
                    column=signal.column,
                    effect=signal.effect,
                    threshold=signal.threshold,
                    since_us=signal.since_us,
                )
                for signal in alarms
                if kind_of(signal.column) == kind
                and signal.column not in over
                and _pages(spec, monitor.reference, signal.column)
            ]
            evidence = _evidence(due, monitor, verdict.policy) if findings else None
            yield from self._observe(due, kind, rows, findings, over, evidence)
            monitor.forget(sorted(over))

    def _observe(
        self,
        due: Due,
        kind: AlertType,
        rows: int,
        findings: list[Finding],
        agreeing: Collection[str],
        evidence: dict[str, Any] | None = None,
    ) -> list[Alert]:
        def muted(column: str) -> bool:
            return self._is_muted(column, due.time_us)

        return self.state.incidents.observe(
            self._scope(due), kind, due.time_us, rows, findings, agreeing, muted, evidence
        )

    # --- what is known

    def _scope(self, due: Due) -> Scope:
        return Scope(self.model, due.subject.version, due.subject.segment)

    def _is_muted(self, column: str, time_us: int) -> bool:
        until = max(self.state.muted.get(column, -1), self.state.muted.get("*", -1))
        return time_us < until

    def _clock(self, digest: str) -> Clockwork:
        return Clockwork.of(self.state.specs[digest].window)

    def _lengths(self, digest: str) -> Lengths:
        clock = self._clock(digest)
        return Lengths(clock.size, clock.keep)

    def _reference(self, subject: Subject) -> Reference | None:
        whole = None if subject.reference is None else self._find(subject.reference)
        if whole is None or subject.segment is None:
            return whole
        return whole.segments.get(subject.segment)

    def _monitor(self, subject: Subject) -> Monitor | None:
        if subject not in self._monitors:
            reference = self._reference(subject)
            if reference is None:
                return None
            spec = self.state.specs[subject.spec]
            share = DRIFT_SHARE
            if spec.drift.segments:
                share *= SEGMENT_SHARE
                if subject.segment is not None:
                    share /= len(spec.drift.segments) * (spec.drift.max_segments + 1)
            self._monitors[subject] = Monitor(spec, reference, share, self.state.monitors.get(subject))
        return self._monitors[subject]


def _evidence(due: Due, monitor: Monitor, policy: str) -> dict[str, Any]:
    """What an alarm of a policy rests on: the policy that decided, and what is known of its budget."""
    known = monitor.certificate()
    return {
        "policy": policy,
        "budget": monitor.spec.drift.false_alarms,
        "budget_certified": known.certified,
        "reasons": known.reasons,
        "window": rfc3339(due.window.start),
    }


def _note(names: list[str], found: Iterable[str]) -> None:
    names += sorted({name for name in found if name not in names})


def _pages(spec: MonitorSpec, reference: Reference, name: str) -> bool:
    source = next(column.source for column in reference.columns if column.name == name)
    column = spec.columns.get(source)
    return column is None or column.page
