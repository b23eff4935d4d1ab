"""Times that a person types."""

from __future__ import annotations

import time

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.times import duration_us, parse_time_us


def since_us(text: str | None) -> int | None:
    """Microseconds since 1970 of an RFC 3339 text, or of a duration before now; None for None.

    Raises
    ------
    SpecError
        Where it is neither.

    Examples
    --------
    >>> since_us("1970-01-01T00:00:01Z"), since_us(None)
    (1000000, None)
    """
    if text is None:
        return None
    try:
        return parse_time_us(text)
    except ValueError:
        pass
    try:
        return now_us() - duration_us(text)
    except SpecError as error:
        raise SpecError(f"--since {text!r} is neither a time such as 2013-03-18T07:00:00Z nor a duration such as 2d") from error  # fmt: skip  # noqa: E501


def now_us() -> int:
    """Microseconds since 1970 by the machine's clock."""
    return time.time_ns() // 1_000
