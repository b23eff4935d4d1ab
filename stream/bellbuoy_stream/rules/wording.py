"""What an alert says to a person: one sentence, what Bellbuoy does about it, what the person may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.alerts import AlertState, AlertType
    from bellbuoy_stream.rules.finding import Finding

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
    "drift": "reported",
    "prediction": "reported",
    "performance": "reported",
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
    fresh: Sequence[str] = (),
) -> str:
    """One sentence; ``fresh`` names the columns that have joined an open incident."""
    where = f"{model}@{version}" + (f" [{segment}]" if segment else "")
    if fresh:
        findings = [
            *(finding for finding in findings if finding.column in fresh),
            *(finding for finding in findings if finding.column not in fresh),
        ]
    names = _names([finding.column for finding in findings])
    if state == "resolved":
        return f"{where}: resolved ({(evidence or {}).get('cause', 'over')}): {names}"
    if state == "acknowledged":
        return f"{where}: acknowledged: {_NOUNS[kind]}: {names}"
    if fresh:
        where += f": {_names(fresh)} joined"
    worst = findings[0]
    if worst.why:
        others = _names([finding.column for finding in findings[1:]])
        return f"{where}: {_NOUNS[kind]}: {worst.why}" + (f" (also {others})" if others else "")
    largest = "distance" if len(findings) == 1 else f"{worst.column}: distance"
    return f"{where}: {_NOUNS[kind]}: {names} ({largest} {worst.effect:.2f}, threshold {worst.threshold:.2f})"


def _names(columns: Sequence[str]) -> str:
    """Some names, the rest counted.

    Examples
    --------
    >>> _names(["temp", "dewp", "humid", "visib", "precip"])
    'temp, dewp, humid and 2 more'
    """
    named = ", ".join(columns[:NAMED])
    return named if len(columns) <= NAMED else f"{named} and {len(columns) - NAMED} more"


def action(state: AlertState, kind: AlertType) -> str:
    """What Bellbuoy does about it."""
    return "closed" if state == "resolved" else _ACTIONS[kind]


def next_step(state: AlertState, kind: AlertType, incident: str) -> str:
    """What a person may do."""
    return "nothing" if state == "resolved" else _NEXT[kind].format(id=incident)
