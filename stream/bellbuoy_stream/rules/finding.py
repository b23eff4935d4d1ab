"""What a detector or a rule found wrong with a column: the raw material of incidents."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong with one column, from any detector or rule."""

    column: str
    effect: float
    threshold: float
    since_us: int
    reference: str | None = None
    current: str | None = None
    why: str | None = None
