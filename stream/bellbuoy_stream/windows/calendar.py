"""Which window and which pane an event time belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.times import DAY_US, EPOCH, WEEK_US, duration_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.specs.monitor import WindowSpec

    Times = NDArray[np.int64]

QUARTER_US = 900_000_000  # every change of a zone's offset since 1972 falls on a quarter of an hour
MONDAY_US = 4 * DAY_US  # 1970-01-01 was a Thursday


class Calendar:
    """Half-open windows [start, end) aligned in a time zone, cut into panes that start with their window.

    Windows of whole days start at local midnight (weeks on Monday); windows that divide a day start at local
    midnight and count real time from there; all others are aligned to 1970-01-01T00:00Z.  Where clocks change, a day
    is an hour shorter or longer: what is left over and shorter than a window (or a pane) belongs to the one before it,
    so none is shorter than its length says, and none shares its :meth:`index` with another.

    Parameters
    ----------
    size_us, pane_us
        Lengths in microseconds; the pane divides the window.
    timezone
        IANA name.

    Examples
    --------
    >>> from bellbuoy_stream.times import parse_time_us, rfc3339
    >>> days = Calendar(DAY_US, 3_600_000_000, "America/New_York")
    >>> time = parse_time_us("2013-03-10T12:30:00Z")  # summer time began that morning: a day of 23 hours
    >>> [rfc3339(edge) for edge in days.window(time)], rfc3339(days.pane(time)[0])
    (['2013-03-10T05:00:00Z', '2013-03-11T04:00:00Z'], '2013-03-10T12:00:00Z')
    """

    def __init__(self, size_us: int, pane_us: int, timezone: str = "UTC") -> None:
        self.size_us = size_us
        self.pane_us = pane_us
        try:
            self.zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SpecError(f"window.timezone = {timezone!r} is no time zone; write a name such as 'Europe/Berlin'") from error  # fmt: skip  # noqa: E501
        self._utc = timezone == "UTC"
        self._offsets: dict[int, int] = {}
        self._edges: dict[int, int] = {}
        self._last_window: tuple[int, int] | None = None

    @classmethod
    def of(cls, spec: WindowSpec) -> Calendar:
        """The calendar of a spec's ``[window]``."""
        return cls(duration_us(spec.size), duration_us(spec.pane), spec.timezone)

    def windows(self, times: Times) -> tuple[Times, Times]:
        """Start and end of each time's window, shape of ``times``, microseconds."""
        size = self.size_us
        if self._utc or (size % DAY_US and DAY_US % size):
            origin = MONDAY_US if size % WEEK_US == 0 else 0
            start = (times - origin) // size * size + origin
            return start, start + size
        if size % DAY_US == 0:
            return self._local_days(times, size)
        day, next_day = self._local_days(times, DAY_US)
        return _cut(times, day, next_day, size)

    def panes(self, times: Times) -> tuple[Times, Times]:
        """Start and end of each time's pane."""
        start, end = self.windows(times)
        if self.pane_us == self.size_us:
            return start, end
        if self.pane_us % DAY_US == 0 and not self._utc:
            return self._local_days(times, self.pane_us)
        return _cut(times, start, end, self.pane_us)

    def distinct_panes(self, times: Times) -> tuple[Times, NDArray[np.intp] | None]:
        """Distinct pane starts in order, and each time's place among them (None where there is only one)."""
        if times.size:
            first, last = self.panes(np.array([times.min(), times.max()], dtype=np.int64))[0]
            if first == last:  # panes are intervals: whatever lies between is in the same one
                return np.array([first], dtype=np.int64), None
        distinct, places = np.unique(self.panes(times)[0], return_inverse=True)
        return distinct, places

    def window(self, time_us: int) -> tuple[int, int]:
        """Start and end of one time's window."""
        last = self._last_window
        if last is None or not last[0] <= time_us < last[1]:
            start, end = self.windows(np.array([time_us], dtype=np.int64))
            last = self._last_window = int(start[0]), int(end[0])
        return last

    def pane(self, time_us: int) -> tuple[int, int]:
        """Start and end of one time's pane."""
        start, end = self.panes(np.array([time_us], dtype=np.int64))
        return int(start[0]), int(end[0])

    def index(self, start_us: int, length_us: int | None = None) -> int:
        """Number of a pane (or of a window, with its length): rises by one a pane of local time."""
        length = length_us or self.pane_us
        local = start_us + (self._offset(start_us // QUARTER_US) if length % DAY_US == 0 else 0)
        origin = MONDAY_US if length % WEEK_US == 0 else 0
        return (local - origin) // length

    def on_the_wall(self, index: Times) -> Times:
        """Local time at which panes of these numbers begin, in whole panes since 1970-01-01T00:00 of that zone.

        It is the number itself in UTC, and for panes of whole days; else the hour that a clock repeats has one number
        twice, and the hour that it leaves out has none.
        """
        if self._utc or self.pane_us % DAY_US == 0:
            return index
        start = self.panes((index + 1) * self.pane_us - 1)[
            0
        ]  # a pane is no shorter than its length: it holds this
        return (start + self._offsets_at(start)) // self.pane_us

    def _local_days(self, times: Times, size: int) -> tuple[Times, Times]:
        origin = MONDAY_US if size % WEEK_US == 0 else 0
        local = (times + self._offsets_at(times) - origin) // size * size + origin
        days, back = np.unique(local, return_inverse=True)
        starts = np.array([self._to_utc(int(day)) for day in days], dtype=np.int64)
        ends = np.array([self._to_utc(int(day) + size) for day in days], dtype=np.int64)
        return starts[back], ends[back]

    def _offsets_at(self, times: Times) -> Times:
        quarters, inverse = np.unique(times // QUARTER_US, return_inverse=True)
        return np.array([self._offset(int(quarter)) for quarter in quarters], dtype=np.int64)[inverse]

    def _offset(self, quarter: int) -> int:
        """Offset of local time from UTC at a quarter of an hour, microseconds."""
        if self._utc:
            return 0
        if quarter not in self._offsets:
            moment = EPOCH + timedelta(microseconds=min(max(quarter * QUARTER_US, self._first), self._last))
            offset = moment.astimezone(self.zone).utcoffset() or timedelta()
            self._offsets[quarter] = offset // timedelta(microseconds=1)
        return self._offsets[quarter]

    def _to_utc(self, local_us: int) -> int:
        """The moment at which local time reads ``local_us``; the first of two, the later side of a gap."""
        if local_us not in self._edges:
            clamped = min(max(local_us, self._first), self._last)
            naive = datetime(1970, 1, 1) + timedelta(microseconds=clamped)  # noqa: DTZ001
            moment = naive.replace(tzinfo=self.zone)
            self._edges[local_us] = (moment - EPOCH) // timedelta(microseconds=1) + local_us - clamped
        return self._edges[local_us]

    @cached_property
    def _first(self) -> int:
        return (datetime(1, 1, 3, tzinfo=EPOCH.tzinfo) - EPOCH) // timedelta(microseconds=1)

    @cached_property
    def _last(self) -> int:
        return (datetime(9999, 12, 29, tzinfo=EPOCH.tzinfo) - EPOCH) // timedelta(microseconds=1)


def _cut(times: Times, start: Times, end: Times, length: int) -> tuple[Times, Times]:
    """The part of [start, end) in which each time lies; the last part takes what is left over."""
    last = np.maximum((end - start) // length, 1) - 1
    part = np.minimum((times - start) // length, last)
    begin = start + part * length
    return begin, np.where(part == last, end, begin + length)
