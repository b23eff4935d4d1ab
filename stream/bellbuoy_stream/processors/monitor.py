"""What watches one version (or one segment of it): quality rules first, then the drift policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.policies.protocol import PaneCounts, Signal
from bellbuoy_stream.processors.renewal import Renewal, RenewalState
from bellbuoy_stream.quality import WINDOW_RULES, Fault, Inspector, fault_of, recovered
from bellbuoy_stream.references.reference import Reference
from bellbuoy_stream.rules.finding import Finding

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.alerts import AlertType
    from bellbuoy_stream.policies.protocol import Certificate, Policy
    from bellbuoy_stream.specs.monitor import MonitorSpec, PolicyName

DRIFT_SHARE = 0.5
"""Part of the model's false-alarm budget that distances of distributions may spend; performance and quality share
the rest."""
FALLBACK: PolicyName = "multiscale_ks"
REBASELINE = "rebaseline"
"""Who decides while a stable stretch is waited for after an alarm."""


class MonitorState(msgspec.Struct):
    """What is remembered between panes; ``renewed`` is the reference taken from the stream, if any."""

    policy: bytes | None = None
    quarantined: dict[str, Finding] = {}
    renewal: RenewalState | None = None
    renewed: Reference | None = None
    last: int | None = None
    faults: dict[str, Fault] = {}
    window_faults: dict[str, Fault] = {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one pane or window says.

    ``over`` is why open drift incidents end, whatever their columns say; ``policy`` is whose word the signals are: not
    always that of the policy which the spec names.
    """

    rows: int = 0
    quality: list[Finding] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    over: str | None = None
    policy: str = ""


class Monitor:
    """Quality rules and drift policy over the columns of one reference.

    A pane's broken columns are left out of it before the policy sees it, so a fault is never taken for drift and
    nothing of it stays behind in the detectors.  With ``after_alarm = "rebaseline"`` the policy rests after an
    alarm until a stable stretch has become the reference; a second change meanwhile is an alarm of its own.
    """

    def __init__(
        self, spec: MonitorSpec, reference: Reference, share: float, state: MonitorState | None = None
    ) -> None:
        self.spec = spec
        self.reference = reference
        self.share = share
        self.state = state or MonitorState()
        self.watched = [column.name for column in reference.columns if not _ignored(spec, column.source)]
        self._inspector = Inspector(reference)
        self._window_inspector = Inspector(reference, rules=WINDOW_RULES)
        for name in self.state.quarantined:
            if name not in self.state.faults and name not in self.state.window_faults:
                # a state from before faults were remembered
                self.state.faults[name] = fault_of(np.zeros_like(self._part(reference.counts, name)))
        self._baseline = self.state.renewed or reference
        self.refusal: str | None = None
        self.policy = self._policy(self.state.policy)
        self._renewal = self._waiting(self.state.renewal) if self.state.renewal is not None else None

    def certificate(self) -> Certificate:
        """What is known about the policy's false-alarm budget."""
        return self.policy.certificate()

    def pane(self, index: int, start_us: int, end_us: int, counts: Counts) -> Verdict:
        """Consume the next pane's on-time counters.

        A pane that comes after a later one (its partition was taken for idle) is not shown to detectors any more:
        it is in the window's next revision.
        """
        if self.state.last is not None and index <= self.state.last:
            return Verdict()
        self.state.last = index
        findings = self._inspect(self._inspector, self.state.faults, start_us, counts)
        pane = PaneCounts(index, start_us, end_us, self._without_broken(counts))
        rows = self._rows(counts)
        if self._renewal is not None:
            signals, over = self._renew(self._renewal, pane)
            return Verdict(rows, findings, signals, over, REBASELINE)
        signals = self.policy.update(pane) if self.policy.consumes == "pane" else []
        self._alarmed(signals)
        return Verdict(rows, findings, signals, policy=self.watching)

    def window(self, index: int, start_us: int, end_us: int, counts: Counts) -> Verdict:
        """Consume revision 0 of the next report window: the rules of windows, and the policy where it asks for them."""
        findings = self._inspect(self._window_inspector, self.state.window_faults, start_us, counts)
        rows = self._rows(counts)
        if self.policy.consumes != "window" or self._renewal is not None:
            return Verdict(rows, findings)
        signals = self.policy.update(PaneCounts(index, start_us, end_us, self._without_broken(counts)))
        self._alarmed(signals)
        return Verdict(rows, findings, signals, policy=self.watching)

    @property
    def watching(self) -> PolicyName:
        """The policy in use: the spec's, or the one that watches where that one refuses the reference."""
        return self.spec.drift.policy if self.refusal is None else FALLBACK

    def broken(self) -> frozenset[str]:
        """Columns that are left out now."""
        return frozenset(self.state.quarantined)

    def saved(self) -> MonitorState:
        """State with the detectors' snapshots in it."""
        self.state.policy = self.policy.snapshot()
        self.state.renewal = self._renewal.saved() if self._renewal is not None else None
        return self.state

    def forget(self, columns: list[str]) -> None:
        """Let the detectors forget the past of columns whose incident is over."""
        if columns:
            self.policy.reset(columns)

    def _policy(self, state: bytes | None) -> Policy:
        """The policy that the spec names; the default one where that one refuses this reference, and why."""
        try:
            self.refusal = None
            return build_policy(self.spec, self._baseline, self.watched, self.share, state)
        except SpecError as error:
            self.refusal = f"{error}; {FALLBACK} watches instead"
            drift = msgspec.structs.replace(self.spec.drift, policy=FALLBACK)
            spec = msgspec.structs.replace(self.spec, drift=drift)
            return build_policy(spec, self._baseline, self.watched, self.share, state)

    def _alarmed(self, signals: list[Signal]) -> None:
        if self.spec.drift.after_alarm == "rebaseline" and any(signal.state == "alarm" for signal in signals):
            self._renewal = self._waiting(RenewalState())

    def _waiting(self, state: RenewalState) -> Renewal:
        return Renewal(self.spec, self._baseline, self.watched, self.share, state)

    def _renew(self, renewal: Renewal, pane: PaneCounts) -> tuple[list[Signal], str | None]:
        progress, reference = renewal.update(pane)
        if reference is not None:
            self._renewal = None
            self._baseline = self.state.renewed = reference
            self.policy = self._policy(None)
            return [], "a stable stretch of the stream is the new reference"
        if progress.state != "changed":
            return [], None
        signals = [
            Signal(
                column=name,
                state="alarm",
                effect=effect,
                threshold=threshold,
                rows=0,
                panes=progress.stop - progress.start,
                since_us=pane.start_us,
            )
            for name, (effect, threshold) in progress.columns.items()
        ]
        return signals, "the stream changed again before it was stable"

    def _inspect(
        self, inspector: Inspector, faults: dict[str, Fault], start_us: int, counts: Counts
    ) -> list[Finding]:
        """What is broken now; columns that were and have recovered are not left out any more."""
        findings = [
            Finding(
                column=found.column,
                effect=found.effect,
                threshold=found.threshold,
                since_us=start_us,
                why=found.summary,
            )
            for found in inspector.inspect(counts)
            if found.column in self.watched
        ]
        for finding in findings:
            self.state.quarantined.setdefault(finding.column, finding)
            faults[finding.column] = fault_of(self._part(counts, finding.column))
        broken = {finding.column for finding in findings}
        for name in [name for name in faults if name not in broken]:
            if recovered(inspector, name, faults[name], self._part(counts, name)):
                del faults[name]
        for name in set(self.state.quarantined) - set(self.state.faults) - set(self.state.window_faults):
            del self.state.quarantined[name]
        return findings

    def _rows(self, counts: Counts) -> int:
        places = self.reference.layout.places
        return int(places[0].rows(counts)) if places else 0

    def _part(self, counts: Counts, name: str) -> Counts:
        place = self.reference.layout[name]
        return counts[place.start : place.stop]

    def _without_broken(self, counts: Counts) -> Counts:
        if not self.state.quarantined:
            return counts
        counts = counts.copy()
        for name in self.state.quarantined:
            place = self.reference.layout[name]
            counts[place.start : place.extras] = 0
        return counts


def kind_of(column: str) -> AlertType:
    """Which type of incident a drifting column belongs to: what the model says, or what it is told.

    Examples
    --------
    >>> kind_of("score"), kind_of("score.yes"), kind_of("dep_hour")
    ('prediction', 'prediction', 'drift')
    """
    return "prediction" if column in {"score", "prediction"} or column.startswith("score.") else "drift"


def _ignored(spec: MonitorSpec, source: str) -> bool:
    column = spec.columns.get(source)
    return column is not None and column.kind == "ignore"
