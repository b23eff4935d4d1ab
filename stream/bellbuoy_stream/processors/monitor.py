"""What watches one version (or one segment of it): quality rules first, then the drift policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.policies.protocol import PaneCounts
from bellbuoy_stream.quality import inspect
from bellbuoy_stream.rules.incidents import Finding

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.alerts import AlertType
    from bellbuoy_stream.policies.protocol import Certificate, Signal
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

DRIFT_SHARE = 0.5
"""Part of the model's false-alarm budget that distances of distributions may spend; performance and quality share
the rest."""


class MonitorState(msgspec.Struct):
    """What is remembered between panes."""

    policy: bytes | None = None
    quarantined: dict[str, Finding] = {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one pane (or window) says."""

    rows: int
    quality: list[Finding]
    recovered: list[str]
    signals: list[Signal]


class Monitor:
    """Quality rules and drift policy over the columns of one reference.

    A pane's broken columns are left out of it (counted as missing) before the policy sees it, so a fault is never
    taken for drift, and nothing of it stays behind in the detectors.
    """

    def __init__(
        self, spec: MonitorSpec, reference: Reference, share: float, state: MonitorState | None = None
    ) -> None:
        self.spec = spec
        self.reference = reference
        self.share = share
        self.state = state or MonitorState()
        watched = [column.name for column in reference.columns if not _ignored(spec, column.source)]
        self.policy = build_policy(spec, reference, watched, share, self.state.policy)
        self.watched = frozenset(watched)

    def certificate(self) -> Certificate:
        """What is known about the policy's false-alarm budget."""
        return self.policy.certificate()

    def pane(self, index: int, start_us: int, end_us: int, counts: Counts) -> Verdict:
        """Consume the next pane's on-time counters."""
        findings, recovered = self._inspect(start_us, counts)
        signals: list[Signal] = []
        if self.policy.consumes == "pane":
            signals = self.policy.update(PaneCounts(index, start_us, end_us, self._without_broken(counts)))
        return Verdict(self._rows(counts), findings, recovered, signals)

    def window(self, index: int, start_us: int, end_us: int, counts: Counts) -> list[Signal]:
        """Consume revision 0 of the next report window, where the policy asks for windows."""
        if self.policy.consumes != "window":
            return []
        return self.policy.update(PaneCounts(index, start_us, end_us, self._without_broken(counts)))

    def saved(self) -> MonitorState:
        """State with the policy's snapshot in it."""
        self.state.policy = self.policy.snapshot()
        return self.state

    def _rows(self, counts: Counts) -> int:
        layout = self.reference.layout
        return int(layout.places[0].rows(counts)) if layout.places else 0

    def _inspect(self, start_us: int, counts: Counts) -> tuple[list[Finding], list[str]]:
        findings = [
            Finding(
                column=found.column,
                effect=found.effect,
                threshold=found.threshold,
                since_us=start_us,
                why=found.summary,
            )
            for found in inspect(self.reference, counts)
            if found.column in self.watched
        ]
        broken = {finding.column for finding in findings}
        recovered = [
            name for name in self.state.quarantined if name not in broken and self._enough(name, counts)
        ]
        for name in recovered:
            del self.state.quarantined[name]
        for finding in findings:
            self.state.quarantined.setdefault(finding.column, finding)
        return findings, recovered

    def _enough(self, name: str, counts: Counts) -> bool:
        """Whether a pane has enough rows of a column for the rules to have spoken."""
        return int(self.reference.layout[name].rows(counts)) >= QUALITY_ROWS

    def _without_broken(self, counts: Counts) -> Counts:
        if not self.state.quarantined:
            return counts
        counts = counts.copy()
        for name in self.state.quarantined:
            place = self.reference.layout[name]
            counts[place.start : place.extras] = 0
        return counts


QUALITY_ROWS = 20
"""Rows below which a pane says nothing about quality."""


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
