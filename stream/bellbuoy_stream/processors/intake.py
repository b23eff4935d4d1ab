"""The rows of a batch before they are counted: their times, their weights, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.values import NUMBER, values_of
from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.predictions import times_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.events.predictions import PredictionBatch
    from bellbuoy_stream.processors.protocol import Position

MAX_COLUMNS = 2_000
FUTURE_TOLERANCE_US = 3_600_000_000
"""How far an event time may lie beyond the record's append time: clocks differ, time zones are mistaken by less."""
MILLI = 1_000


@dataclass(frozen=True, slots=True)
class Intake:
    """Rows of a batch.

    Attributes
    ----------
    rows
        Number of rows.
    times
        Event times in microseconds, shape (rows,).
    allowed
        Which rows lie not in the future, shape (rows,); None: all.
    weights
        What each row stands for, in thousandths, shape (rows,); None: 1 each.
    highest_us
        Highest event time of the allowed rows; None where there are none.
    """

    rows: int
    times: NDArray[np.int64]
    allowed: NDArray[np.bool_] | None
    weights: NDArray[np.int64] | None
    highest_us: int | None

    @property
    def future(self) -> int:
        """Number of rows from the future."""
        return 0 if self.allowed is None else int(self.rows - self.allowed.sum())


def read_batch(batch: PredictionBatch, at: Position) -> Intake:
    """Times and weights of a batch.

    Raises
    ------
    EventError
        ``unequal-length``, ``wrong-type``, ``over-limit`` or ``no-time``.
    """
    rows = batch.rows()
    if len(batch.columns) > MAX_COLUMNS:
        raise EventError("over-limit", f"{len(batch.columns)} columns; at most {MAX_COLUMNS} are taken")
    times = _times(batch, at, rows)
    allowed = None
    if at.append_us is not None and rows and int(times.max()) > at.append_us + FUTURE_TOLERANCE_US:
        allowed = times <= at.append_us + FUTURE_TOLERANCE_US
    kept = times if allowed is None else times[allowed]
    return Intake(rows, times, allowed, _weights(batch), int(kept.max()) if kept.size else None)


def _times(batch: PredictionBatch, at: Position, rows: int) -> NDArray[np.int64]:
    if batch.times is None:
        if at.append_us is None:
            raise EventError("no-time", "neither the rows nor the log say when this was; send `times`")
        return np.full(rows, at.append_us, dtype=np.int64)
    times = times_us(batch.times)
    if isinstance(times, Packed):
        return np.frombuffer(times.data, dtype="<i8").astype(np.int64, copy=False)
    return np.array(times, dtype=np.int64)


def _weights(batch: PredictionBatch) -> NDArray[np.int64] | None:
    if batch.weights is None:
        return None
    values = values_of(batch.weights, "weights")
    numbers = values.numbers
    if numbers is None or numbers.ndim != 1 or np.any(values.state() != NUMBER):
        raise EventError("wrong-type", "weights must be numbers, one a row")
    weights = numbers.astype(np.float64)
    if not (np.all(np.isfinite(weights)) and np.all(weights >= 0) and np.all(weights <= 1e9)):
        raise EventError("wrong-type", "weights must lie between 0 and 1e9")
    return np.rint(weights * MILLI).astype(np.int64)
