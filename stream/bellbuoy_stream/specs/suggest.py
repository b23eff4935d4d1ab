"""The nearest right name, for messages about wrong ones."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUTOFF = 0.5
"""How alike two names must be (0 to 1) for one to be offered instead of the other."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Hint to put behind a message: the nearest allowed name, else all of them; empty where none is allowed.

    Examples
    --------
    >>> nearest("event_tme", ["event_time", "x"])
    "; did you mean 'event_time'?"
    >>> nearest("qqq", ["event_time", "x"])
    '; there are: event_time, x'
    """
    names = list(allowed)
    found = difflib.get_close_matches(name, names, 1, CUTOFF)
    if found:
        return f"; did you mean {found[0]!r}?"
    return f"; there are: {', '.join(names)}" if names else ""
