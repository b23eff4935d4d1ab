"""See what an app logs, with no broker: for the app's own tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bellbuoy import lifecycle
from bellbuoy.sending.buffer import Buffer
from bellbuoy.sending.packing import pack_taken
from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.columns import unpack
from bellbuoy_stream.events.predictions import LabelBatch, PredictionBatch, times_us
from bellbuoy_stream.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.sending.settings import Settings
    from bellbuoy_stream.events.base import Event

PARTITIONS = 1  # of the log that is not there


class Captured:
    """What was logged while capturing, packed and decoded as it would have been on its way through a broker."""

    def __init__(self) -> None:
        self._diverted: list[tuple[Settings, Buffer]] = []
        self._events: list[Event] = []

    def buffer_for(self, settings: Settings) -> Buffer:
        """Give a logger the buffer that it writes to while capturing."""
        buffer = Buffer(settings.buffer_rows)
        self._diverted.append((settings, buffer))
        return buffer

    @property
    def events(self) -> list[Event]:
        """The events that would have been sent."""
        for settings, buffer in self._diverted:
            while taken := buffer.take(settings.max_rows):
                for parcel in pack_taken(taken, settings, PARTITIONS, buffer):
                    if parcel.message is not None:
                        self._events.append(decode(parcel.message.value, parcel.message.headers))
        return list(self._events)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict a logged row: model, version, id, time, features, prediction, score, weight."""
        return [
            row
            for event in self.events
            if isinstance(event, PredictionBatch)
            for row in _prediction_rows(event)
        ]

    @property
    def labels(self) -> list[dict[str, Any]]:
        """One dict a label: model, id, label, time."""
        return [row for event in self.events if isinstance(event, LabelBatch) for row in _label_rows(event)]


@contextmanager
def capture() -> Iterator[Captured]:
    """Divert every logger that is made or used inside to memory; nothing is connected to or sent.

    Also where ``BELLBUOY_DISABLED`` is set, so that a test sees what the app would log in production.

    Examples
    --------
    >>> import bellbuoy
    >>> with capture() as captured:
    ...     log = bellbuoy.PredictionLogger("kafka://nowhere:9092", model="flights", version="1")
    ...     row_id = log.log({"dep_hour": 17}, score=0.25)
    ...     log.label(row_id, 1)
    >>> captured.rows[0]["features"], captured.rows[0]["score"], captured.labels[0]["label"]
    ({'dep_hour': 17}, 0.25, 1)
    """
    captured = Captured()
    outer = lifecycle.divert_all(captured)
    try:
        yield captured
    finally:
        lifecycle.divert_all(outer)


def _prediction_rows(batch: PredictionBatch) -> Iterator[dict[str, Any]]:
    rows = batch.rows()
    features = {name: unpack(column) for name, column in batch.columns.items()}
    single = {
        name: [None] * rows if column is None else unpack(column)
        for name, column in (("id", batch.ids), ("prediction", batch.predictions), ("weight", batch.weights))
    }
    times = [None] * rows if batch.times is None else [rfc3339(time) for time in _microseconds(batch.times)]
    for row in range(rows):
        yield {
            "model": batch.model,
            "version": batch.version,
            "id": single["id"][row],
            "time": times[row],
            "features": {name: values[row] for name, values in features.items()},
            "prediction": single["prediction"][row],
            "score": _score(batch, row),
            "weight": 1 if batch.weights is None else single["weight"][row],
        }


def _label_rows(batch: LabelBatch) -> Iterator[dict[str, Any]]:
    times = [None] * len(unpack(batch.ids)) if batch.times is None else _microseconds(batch.times)
    for row_id, label, time in zip(unpack(batch.ids), unpack(batch.labels), times, strict=True):
        yield {
            "model": batch.model,
            "id": row_id,
            "label": label,
            "time": None if time is None else rfc3339(time),
        }


def _score(batch: PredictionBatch, row: int) -> Any:
    if isinstance(batch.scores, dict):
        return {name: unpack(column)[row] for name, column in batch.scores.items()}
    return None if batch.scores is None else unpack(batch.scores)[row]


def _microseconds(times: Any) -> list[Any]:
    return unpack(times_us(times))
