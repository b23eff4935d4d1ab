"""Incidents: at most one is open for each (model, version, segment, type); it grows, escalates and resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.events.alerts import Alert, AlertColumn, AlertState, AlertType, Severity
from bellbuoy_stream.events.ids import content_id
from bellbuoy_stream.rules import wording
from bellbuoy_stream.rules.finding import Finding
from bellbuoy_stream.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
SEVERITY_RATIOS = (1.5, 2.5, 4.0)
"""Effect over threshold from which an incident is medium, high, critical."""
BROKEN_SHARES = (0.05, 0.25, 0.75)
"""The same for broken data, by the share of rows that are: a column that is gone is critical."""


class Scope(msgspec.Struct, frozen=True):
    """Whose incidents."""

    model: str
    version: str
    segment: str | None = None


class Incident(msgspec.Struct):
    """An open incident: its columns with their worst finding so far, and which have recovered."""

    id: str
    since_us: int
    severity: int
    columns: dict[str, Finding]
    recovered: list[str] = []
    step: int = 0
    last: str = ""


def severity_of(kind: AlertType, effect: float, threshold: float) -> int:
    """Index into ``SEVERITIES``: how many times the threshold the effect is, or how large a share is broken.

    Examples
    --------
    >>> [SEVERITIES[severity_of("drift", effect, 0.1)] for effect in (0.1, 0.2, 0.3, 0.9)]
    ['low', 'medium', 'high', 'critical']
    >>> SEVERITIES[severity_of("quality", 1.0, 0.9)]
    'critical'
    """
    if kind == "quality":
        return sum(effect >= share for share in BROKEN_SHARES)
    ratio = effect / threshold if threshold > 0 else SEVERITY_RATIOS[-1]
    return sum(ratio >= step for step in SEVERITY_RATIOS)


class Incidents(msgspec.Struct):
    """All open incidents of one model."""

    open: dict[str, Incident] = {}

    def observe(
        self,
        scope: Scope,
        kind: AlertType,
        time_us: int,
        rows: int,
        findings: Iterable[Finding],
        agreeing: Collection[str],
        muted: Callable[[str], bool] = lambda _: False,
        evidence: dict[str, Any] | None = None,
    ) -> list[Alert]:
        """What one look at the stream changes.

        An open incident says something new where it gets worse or another column joins it; a column that recovers and
        comes back meanwhile rings once.

        Parameters
        ----------
        scope, kind
            Whose incident, of which type.
        time_us, rows
            Stream time of the decision, and the rows it is based on.
        findings
            Columns with something wrong now.
        agreeing
            Columns that agree with the reference again.
        muted
            Whether a column does not ring now; its alerts are written all the same, marked.
        """
        key = _key(scope, kind)
        incident = self.open.get(key)
        found = {finding.column: finding for finding in findings}
        quiet = bool(found) and all(muted(column) for column in found)
        if incident is None:
            if not found:
                return []
            since = min(finding.since_us for finding in found.values())
            name = content_id("incident", scope.model, scope.version, scope.segment or "", kind, time_us)
            incident = self.open[key] = Incident(name, since, 0, dict(found))
            incident.severity = _severity(kind, found.values())
            return [_say(incident, "opened", scope, kind, time_us, rows, found, evidence, muted=quiet)]
        fresh = [column for column in found if column not in incident.columns]
        for column, finding in found.items():
            known = incident.columns.get(column)
            if known is None or finding.effect > known.effect:
                incident.columns[column] = finding
        incident.recovered = [column for column in incident.recovered if column not in found]
        incident.recovered += [
            column
            for column in incident.columns
            if column in agreeing and column not in found and column not in incident.recovered
        ]
        worst = max(incident.severity, _severity(kind, found.values()))
        if worst > incident.severity:
            incident.severity = worst
            return [_say(incident, "escalated", scope, kind, time_us, rows, found, evidence, muted=quiet)]
        if fresh:
            said = _say(
                incident, "updated", scope, kind, time_us, rows, found, evidence, fresh=fresh, muted=quiet
            )
            return [said]
        if len(incident.recovered) == len(incident.columns):
            return self.resolve(scope, kind, time_us, rows, "the columns agree with the reference again")
        return []

    def ringing(self, scope: Scope, kind: AlertType) -> frozenset[str]:
        """Columns of the open incident that have not recovered; none where none is open."""
        incident = self.open.get(_key(scope, kind))
        return frozenset() if incident is None else frozenset(incident.columns) - set(incident.recovered)

    def resolve(self, scope: Scope, kind: AlertType, time_us: int, rows: int, cause: str) -> list[Alert]:
        """Close an incident for a stated cause; nothing where none is open."""
        incident = self.open.pop(_key(scope, kind), None)
        if incident is None:
            return []
        return [_say(incident, "resolved", scope, kind, time_us, rows, incident.columns, {"cause": cause})]

    def retire(self, model: str, version: str, time_us: int) -> list[Alert]:
        """Close all incidents of a version that is no longer served."""
        of_it = [_parts(key) for key in self.open]
        return [
            alert
            for name, segment, kind in sorted(of_it)
            if name == version
            for alert in self.resolve(
                Scope(model, name, segment or None),
                _kind(kind),
                time_us,
                0,
                "the version is no longer served",
            )
        ]

    def acknowledge(self, model: str, subject: str, time_us: int, who: str | None) -> list[Alert]:
        """Mark that somebody has seen an open incident."""
        for key, incident in self.open.items():
            if incident.id == subject:
                version, segment, kind = _parts(key)
                scope = Scope(model, version, segment or None)
                evidence = {"who": who} if who else {}
                return [
                    _say(incident, "acknowledged", scope, _kind(kind), time_us, 0, incident.columns, evidence)
                ]
        return []


_SEPARATOR, _ESCAPE = "\x1f", "\x1e"


def _key(scope: Scope, kind: AlertType) -> str:
    r"""Name of whose incident of which type: :func:`_parts` takes it apart, whatever the names are.

    Examples
    --------
    >>> _parts(_key(Scope("m", "1\x1f\x1e0", "c=\x1f"), "drift"))
    ['1\x1f\x1e0', 'c=\x1f', 'drift']
    """
    parts = (scope.version, scope.segment or "", kind)
    return _SEPARATOR.join(
        part.replace(_ESCAPE, _ESCAPE + "0").replace(_SEPARATOR, _ESCAPE + "1") for part in parts
    )


def _parts(key: str) -> list[str]:
    return [
        part.replace(_ESCAPE + "1", _SEPARATOR).replace(_ESCAPE + "0", _ESCAPE)
        for part in key.split(_SEPARATOR)
    ]


def _kind(text: str) -> AlertType:
    kind: AlertType = msgspec.convert(text, AlertType)
    return kind


def _severity(kind: AlertType, findings: Iterable[Finding]) -> int:
    return max((severity_of(kind, finding.effect, finding.threshold) for finding in findings), default=0)


def _say(
    incident: Incident,
    state: AlertState,
    scope: Scope,
    kind: AlertType,
    time_us: int,
    rows: int,
    columns: dict[str, Finding],
    evidence: dict[str, Any] | None,
    *,
    fresh: Sequence[str] = (),
    muted: bool = False,
) -> Alert:
    step, previous = incident.step, incident.last or None
    incident.step += 1
    incident.last = content_id("alert", incident.id, state, step, time_us)
    ordered = sorted(columns.values(), key=lambda finding: (-finding.effect, finding.column))
    return Alert(
        id=incident.last,
        state=state,
        incident=incident.id,
        type=kind,
        severity=SEVERITIES[incident.severity],
        summary=wording.summary(
            state, kind, scope.model, scope.version, scope.segment, ordered, evidence, fresh
        ),
        time=rfc3339(time_us),
        since=rfc3339(incident.since_us),
        model=scope.model,
        version=scope.version,
        segment=scope.segment,
        rows=rows,
        columns=[
            AlertColumn(
                name=finding.column,
                effect=finding.effect,
                threshold=finding.threshold,
                reference=finding.reference,
                current=finding.current,
            )
            for finding in ordered
        ],
        action=wording.action(state, kind),
        next=wording.next_step(state, kind, incident.id),
        evidence=evidence or {},
        step=step,
        previous=previous,
        muted=muted,
    )
