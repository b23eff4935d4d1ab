"""Rows that have been logged already, as a source of reference rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_consumers.files.slices import take
from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.predictions import Prediction, PredictionBatch
from bellbuoy_stream.processors.intake import read_batch
from bellbuoy_stream.processors.protocol import Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bellbuoy.transports import Transport
    from bellbuoy_consumers.files import RowSpan
    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.events.message import Message

EVENTS = "bellbuoy.events"
READ_LIMIT = 64


@dataclass(frozen=True, slots=True)
class LoggedRows:
    """Some rows of one record."""

    rows: int
    columns: Mapping[str, Column]
    times: NDArray[np.int64] | None

    def monitored(self) -> Mapping[str, Column]:
        """Every column that is counted, under the name it is reported by."""
        return self.columns


class StreamRows:
    """Rows of one version in the log, from an event time on; they can be gone over again.

    What comes into the log later is left out, and so are records that a second sending of a file repeats.

    Parameters
    ----------
    transport
        The log.
    model, version
        Whose rows.
    since_us
        Event time of the earliest row taken, microseconds.
    """

    def __init__(self, transport: Transport, model: str, version: str, since_us: int) -> None:
        self._transport, self._model, self._version, self._since_us = transport, model, version, since_us
        self._ends = transport.ends(EVENTS)

    def chunks(self, span: RowSpan | None = None) -> Iterator[LoggedRows]:
        """Rows, a record at a time; ``span`` is for files."""
        del span
        for partition, end in enumerate(self._ends):
            sent: dict[str, int] = {}
            for message in self._messages(partition, end):
                batch = self._batch(message)
                if batch is None:
                    continue
                if batch.file is not None and batch.sequence is not None:
                    if batch.sequence <= sent.get(batch.file, -1):
                        continue
                    sent[batch.file] = batch.sequence
                rows = self._rows(batch, message)
                if rows is not None:
                    yield rows

    def _messages(self, partition: int, end: int) -> Iterator[Message]:
        at = self._transport.begins(EVENTS)[partition]
        while at < end:
            found = self._transport.read(EVENTS, partition, at, min(READ_LIMIT, end - at))
            yield from (message for message in found if message.offset < end)
            at = found[-1].offset + 1 if found else end

    def _batch(self, message: Message) -> PredictionBatch | None:
        try:
            event = decode(message.value, message.headers)
        except EventError:
            return None
        batch = event.as_batch() if isinstance(event, Prediction) else event
        mine = isinstance(batch, PredictionBatch) and (batch.model, batch.version) == (
            self._model,
            self._version,
        )
        return batch if mine and isinstance(batch, PredictionBatch) else None

    def _rows(self, batch: PredictionBatch, message: Message) -> LoggedRows | None:
        """Rows that are late enough and not from the future; None where there are none, or they are broken."""
        try:
            intake = read_batch(batch, Position(message.partition, message.offset, message.append_us))
        except EventError:
            return None
        wanted = intake.times >= self._since_us
        if intake.allowed is not None:
            wanted &= intake.allowed
        rows = np.flatnonzero(wanted)
        if not rows.size:
            return None
        columns = {name: take(column, rows) for name, column in batch.named_columns().items()}
        return LoggedRows(len(rows), columns, intake.times[rows])
