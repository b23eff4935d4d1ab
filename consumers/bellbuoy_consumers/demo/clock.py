"""Times of the story as its people read them: in New York."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bellbuoy_consumers.demo.flights import TIMEZONE
from bellbuoy_stream.times import rfc3339

ZONE = ZoneInfo(TIMEZONE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(time: str) -> datetime:
    """An RFC 3339 time in New York."""
    return datetime.fromisoformat(time).astimezone(ZONE)


def day_text(time: str) -> str:
    """Day of an RFC 3339 time, in New York.

    Examples
    --------
    >>> day_text("2013-03-18T03:30:00Z"), day_text("2013-03-18T04:00:00Z")
    ('17 Mar', '18 Mar')
    """
    return f"{local(time):%-d %b}"


def hour_text(time: str) -> str:
    """Day and hour of an RFC 3339 time, in New York, always of the same width.

    Examples
    --------
    >>> hour_text("2013-03-08T12:00:00Z")
    ' 8 Mar 07:00'
    """
    return f"{local(time):%e %b %H:%M}"


def midnight(day: str) -> str:
    """Start of a day in New York, as RFC 3339 in UTC.

    Examples
    --------
    >>> midnight("2013-03-18")
    '2013-03-18T04:00:00Z'
    """
    moment = datetime.fromisoformat(day).replace(tzinfo=ZONE)
    return rfc3339((moment - EPOCH) // timedelta(microseconds=1))


def last_day(stop: str) -> str:
    """Day before a half-open end, as text.

    Examples
    --------
    >>> last_day("2013-03-25")
    '24 Mar'
    """
    return f"{datetime.fromisoformat(stop).replace(tzinfo=ZONE) - timedelta(days=1):%-d %b}"
