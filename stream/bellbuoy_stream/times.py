"""Times and durations: microseconds since 1970 inside, RFC 3339 and ``"90s"`` outside."""

import re
from datetime import UTC, datetime, timedelta

from bellbuoy_stream.errors import SpecError

MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000,
                "d": 86_400_000_000, "w": 604_800_000_000}  # fmt: skip
DAY_US = MICROSECONDS["d"]
WEEK_US = MICROSECONDS["w"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w)")


def duration_us(text: str) -> int:
    """Microseconds of a duration such as ``"1d"``, ``"90s"`` or ``"1h 30m"``.

    Raises
    ------
    SpecError
        Where the text is not a duration.

    Examples
    --------
    >>> duration_us("1h 30m")
    5400000000
    >>> duration_us("soon")
    Traceback (most recent call last):
    bellbuoy_stream.errors.SpecError: 'soon' is not a duration; write a number and a unit: us, ms, s, m, h, d, w
    """
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise SpecError(f"{text!r} is not a duration; write a number and a unit: {', '.join(MICROSECONDS)}")
    return round(sum(float(number) * MICROSECONDS[unit] for number, unit in parts))


def duration_text(duration: int) -> str:
    """Shortest text of a duration in microseconds.

    Examples
    --------
    >>> duration_text(5_400_000_000), duration_text(604_800_000_000)
    ('90m', '1w')
    """
    for unit in ("w", "d", "h", "m", "s", "ms"):
        if duration and duration % MICROSECONDS[unit] == 0:
            return f"{duration // MICROSECONDS[unit]}{unit}"
    return f"{duration}us"


def rfc3339(time_us: int) -> str:
    """RFC 3339 text, UTC, of microseconds since 1970.

    Examples
    --------
    >>> rfc3339(1_363_564_800_000_000), rfc3339(1_500_000)
    ('2013-03-18T00:00:00Z', '1970-01-01T00:00:01.5Z')
    """
    text = (EPOCH + timedelta(microseconds=time_us)).isoformat()[:-6]
    return (text.rstrip("0") if "." in text else text) + "Z"


def parse_time_us(value: str | float) -> int:
    """Microseconds since 1970 of an RFC 3339 text (UTC where it names no zone) or of Unix seconds.

    Raises
    ------
    ValueError
        Where the text is no time, or lies outside the years 1 to 9999.

    Examples
    --------
    >>> parse_time_us("2013-03-18T00:00:00Z") == parse_time_us(1363564800)
    True
    """
    if isinstance(value, int | float):
        # seconds with microseconds: floats of this size are exact to about a quarter of a microsecond
        time_us = round(value * 1_000_000)
        if not MIN_US <= time_us <= MAX_US:
            raise ValueError(f"{value!r} seconds lies outside the years 1 to 9999")
        return time_us
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1)


MIN_US = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
MAX_US = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
