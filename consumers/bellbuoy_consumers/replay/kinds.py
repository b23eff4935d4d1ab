"""Which kinds of columns were guessed, for the person who has to look them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellbuoy_stream.references.reference import ColumnReference, Reference
    from bellbuoy_stream.specs.monitor import ColumnKind, MonitorSpec

KINDS: dict[str, ColumnKind] = {
    "length": "text",
    "lag": "time",
    "norm": "embedding",
    "cosine": "embedding",
    "present": "id",
}
"""Kinds by what is counted of them; of a value itself, numbers and categories differ in how it is counted."""
REMARKS = {"id": "only missing ones are watched", "ignore": "left out"}


def guessed_kinds(
    names: Iterable[str], spec: MonitorSpec, reference: Reference
) -> dict[ColumnKind, list[str]]:
    """Columns by the kind that they were taken for; those whose kind the spec says are left out.

    Parameters
    ----------
    names
        All columns that could be watched; one of which nothing is counted is ignored.
    """
    kinds: dict[str, ColumnKind] = dict.fromkeys(names, "ignore")
    kinds.update((column.source, _kind(column)) for column in reference.columns)
    given = {name for name, column in spec.columns.items() if column.kind is not None}
    found: dict[ColumnKind, list[str]] = {}
    for name, kind in kinds.items():
        if name not in given:
            found.setdefault(kind, []).append(name)
    return found


def _kind(column: ColumnReference) -> ColumnKind:
    return KINDS.get(column.derivation, "numeric" if column.numeric else "categorical")


def guess_text(found: dict[ColumnKind, list[str]]) -> str:
    """Guesses in a line, the commonest kind first; all but numbers are named.

    Examples
    --------
    >>> guess_text({"id": ["row_id"], "categorical": ["a", "b"], "numeric": ["x", "y", "z"]})
    'guessed: 3 numeric, 2 categorical (a, b), 1 id (row_id; only missing ones are watched)'
    """
    parts = []
    for kind, names in sorted(found.items(), key=lambda item: -len(item[1])):
        named = "" if kind == "numeric" else ", ".join(names)
        remark = "; ".join(part for part in (named, REMARKS.get(kind, "")) if part)
        parts.append(f"{len(names)} {kind}{f' ({remark})' if remark else ''}")
    return f"guessed: {', '.join(parts)}"
