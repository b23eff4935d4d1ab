"""What an alert says to a person: one sentence, what Bellbuoy does about it, what the person may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.alerts import AlertState, AlertType
    from bellbuoy_stream.rules.incidents import Finding

NAMED = 3
"""How many columns a sentence names; the rest is counted."""

_NOUNS: dict[AlertType, str] = {
    "drift": "inputs drifted",
    "prediction": "predictions drifted",
    "performance": "the model got worse",
    "quality": "data looks broken",
    "monitor": "monitoring is impaired",
}
_ACTIONS: dict[AlertType, str] = {
    "drift": "reported; a retrain is requested where the spec has [retrain]",
    "prediction": "reported; a retrain is requested where the spec has [retrain]",
    "performance": "reported; a retrain is requested where the spec has [retrain]",
    "quality": "the columns are left out of drift detection until they recover; no retrain",
    "monitor": "reported; what cannot be judged is marked inconclusive",
}
_NEXT: dict[AlertType, str] = {
    "drift": "see the two distributions: bellbuoy show {id}",
    "prediction": "see the two distributions: bellbuoy show {id}",
    "performance": "see the numbers: bellbuoy show {id}",
    "quality": "tell the owner of the data; details: bellbuoy show {id}",
    "monitor": "bellbuoy doctor",
}


def summary(
    state: AlertState,
    kind: AlertType,
    model: str,
    version: str,
    segment: str | None,
    findings: Sequence[Finding],
    evidence: dict[str, Any] | None,
) -> str:
    """One sentence."""
    where = f"{model}@{version}" + (f" [{segment}]" if segment else "")
    names = ", ".join(finding.column for finding in findings[:NAMED])
    if len(findings) > NAMED:
        names += f" and {len(findings) - NAMED} more"
    if state == "resolved":
        return f"{where}: resolved ({(evidence or {}).get('cause', 'over')}): {names}"
    if state == "acknowledged":
        return f"{where}: acknowledged: {_NOUNS[kind]}: {names}"
    reasons = [finding.why for finding in findings if finding.why]
    if reasons:
        return f"{where}: {_NOUNS[kind]}: {reasons[0]}" + (
            f" (+{len(findings) - 1} more)" if len(findings) > 1 else ""
        )
    worst = findings[0]
    return f"{where}: {_NOUNS[kind]}: {names} (largest distance {worst.effect:.2f}, threshold {worst.threshold:.2f})"


def action(state: AlertState, kind: AlertType) -> str:
    """What Bellbuoy does about it."""
    return "closed" if state == "resolved" else _ACTIONS[kind]


def next_step(state: AlertState, kind: AlertType, incident: str) -> str:
    """What a person may do."""
    return "nothing" if state == "resolved" else _NEXT[kind].format(id=incident)
