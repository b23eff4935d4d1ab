"""When rows happened: a column says it, or rows are so many seconds apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bellbuoy_consumers.files.arrow import arrow
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.times import MAX_US, MIN_US, parse_time_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    Times = NDArray[np.int64]

SECOND_US = 1_000_000


class Clock(Protocol):
    """Gives each row its event time."""

    def times(self, first: int, rows: int, column: Any) -> Times | None:
        """Microseconds since 1970, shape (rows,), of the rows from number ``first`` on; None: no time is known."""
        ...


@dataclass(frozen=True, slots=True)
class NoClock:
    """Rows have no time."""

    def times(self, first: int, rows: int, column: Any) -> Times | None:
        """Return None."""
        del first, rows, column
        return None


@dataclass(frozen=True, slots=True)
class StepClock:
    """Row i happened at i steps.

    Examples
    --------
    >>> StepClock(1_000_000).times(2, 3, None).tolist()
    [2000000, 3000000, 4000000]
    """

    step_us: int

    def times(self, first: int, rows: int, column: Any) -> Times | None:
        """Multiples of the step."""
        del column
        return np.arange(first, first + rows, dtype=np.int64) * self.step_us


@dataclass(frozen=True, slots=True)
class ColumnClock:
    """A column holds the times: timestamps, RFC 3339 texts (UTC where they name no zone), or Unix seconds.

    ``where`` says where in which file the row with a number is.
    """

    name: str
    where: Callable[[int], str]

    def times(self, first: int, rows: int, column: Any) -> Times | None:
        """Times of an arrow array.

        Raises
        ------
        InputError
            Naming the first row that has no time, or what is none.
        """
        del rows
        if column.null_count:
            row = int(np.flatnonzero(np.asarray(column.is_null()))[0])
            raise InputError(f"{self.where(first + row)} has no {self.name!r}; every row needs a time")
        kinds = arrow().types
        if kinds.is_timestamp(column.type) or kinds.is_date(column.type):
            return _microseconds(column)
        if kinds.is_integer(column.type) or kinds.is_floating(column.type):
            return self._seconds(np.asarray(column).astype(np.float64), first)
        return self._texts(column, first)

    def _seconds(self, seconds: NDArray[np.float64], first: int) -> Times:
        outside = ~((seconds * SECOND_US >= MIN_US) & (seconds * SECOND_US <= MAX_US))
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise InputError(f"{self.where(first + row)} has {self.name!r} = {seconds[row]:g}; numbers are Unix seconds (divide milliseconds by 1,000)")  # fmt: skip  # noqa: E501
        return np.rint(seconds * SECOND_US).astype(np.int64)

    def _texts(self, column: Any, first: int) -> Times:
        pa = arrow()
        for zone in (None, "UTC"):
            try:
                return _microseconds(column.cast(pa.timestamp("us", zone)))
            except pa.ArrowInvalid:
                continue
        times = np.empty(len(column), dtype=np.int64)
        for row, text in enumerate(column.to_pylist()):
            try:
                times[row] = parse_time_us(text)
            except (ValueError, TypeError) as error:
                raise InputError(f"{self.where(first + row)} has {self.name!r} = {text!r}, which is no time; write 2013-03-18T07:00:00Z or Unix seconds") from error  # fmt: skip  # noqa: E501
        return times


def _microseconds(column: Any) -> Times:
    pa = arrow()
    zone = getattr(column.type, "tz", None)
    times: Times = np.asarray(column.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64()))
    return times
