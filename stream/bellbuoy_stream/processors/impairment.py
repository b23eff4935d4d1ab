"""What keeps a window from being judged as it should: no reference of its own, rows lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.rules.finding import Finding

if TYPE_CHECKING:
    from bellbuoy_stream.counting.ledger import Sums
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.windows.assembly import Subject

REFERENCE, POLICY, DEAD, DROPPED = "reference", "policy", "dead letters", "dropped rows"
IMPAIRMENTS = frozenset({REFERENCE, POLICY, DEAD, DROPPED})
LOST_SHARE = 0.01
"""Share of a window's rows that may be lost before somebody is told: beyond it a distance may be the loss's doing."""


def impairments(
    model: str,
    subject: Subject,
    since_us: int,
    sums: Sums,
    reference: Reference | None,
    refusal: str | None = None,
) -> list[Finding]:
    """Findings of type ``monitor`` of one closed window; ``refusal``: why the spec's policy is not used.

    Examples
    --------
    >>> from bellbuoy_stream.counting.ledger import Sums
    >>> from bellbuoy_stream.windows.assembly import Subject
    >>> sums = Sums(rows=90, weight_milli=90_000, dropped=0, unparsable=10)
    >>> [finding.why for finding in impairments("m", Subject("1", "s", None, None), 0, sums, None)]
    ['m@1 has no reference; run `bellbuoy reference m@1 FILE`', '10 of 100 rows went to the dead letters']
    """
    name = f"{model}@{subject.version}"
    findings = []
    if reference is None:
        why = f"{name} has no reference; run `bellbuoy reference {name} FILE`"
        findings.append(_finding(REFERENCE, 1.0, 1.0, since_us, why))
    elif reference.version != subject.version:
        why = f"{name} has no reference of its own and is compared with that of version {reference.version}"
        findings.append(_finding(REFERENCE, 1.0, 1.0, since_us, why))
    if refusal is not None:
        findings.append(_finding(POLICY, 1.0, 1.0, since_us, refusal))
    for column, lost, what in (
        (DEAD, sums.unparsable, "went to the dead letters"),
        (DROPPED, sums.dropped, "came too late for any revision"),
    ):
        rows = sums.rows + lost
        if lost > LOST_SHARE * rows:
            findings.append(
                _finding(column, lost / rows, LOST_SHARE, since_us, f"{lost} of {rows} rows {what}")
            )
    return findings


def _finding(column: str, effect: float, threshold: float, since_us: int, why: str) -> Finding:
    return Finding(column=column, effect=effect, threshold=threshold, since_us=since_us, why=why)
