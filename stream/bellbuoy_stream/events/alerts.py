"""Alert decisions: an incident is opened, updated, escalated, resolved."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bellbuoy_stream.events.base import Event

AlertType = Literal["drift", "prediction", "performance", "quality", "monitor"]
AlertState = Literal["opened", "updated", "escalated", "resolved", "acknowledged"]
Severity = Literal["low", "medium", "high", "critical"]


class AlertColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column's part in an incident; ``reference`` and ``current`` are texts for a person."""

    name: str
    effect: float
    threshold: float
    reference: str | None = None
    current: str | None = None


class Alert(Event, frozen=True, kw_only=True, tag="alert"):
    """One step of an incident (law 4: ``step`` and ``previous`` chain it to the one before)."""

    id: str
    state: AlertState
    incident: str
    type: AlertType
    severity: Severity
    summary: str
    time: str
    since: str
    model: str
    version: str
    rows: int
    columns: list[AlertColumn]
    action: str
    next: str
    evidence: dict[str, Any] = {}
    step: int = 0
    previous: str | None = None
    muted: bool = False
    segment: str | None = None
