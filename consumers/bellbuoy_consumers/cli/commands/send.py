"""`bellbuoy send`: a file's rows as prediction events."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from bellbuoy_consumers.cli.options import (  # typer reads the annotations
    Broker,
    IdColumn,
    Json,
    LabelColumn,
    LabelTimeColumn,
    PredictionColumn,
    Prefix,
    RowsFile,
    ScoreColumn,
    TimeColumn,
    model_version,
)
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.message import Outgoing
    from bellbuoy_stream.events.predictions import PredictionBatch

ATTEMPTS = 5
RETRY_S = 1.0
TARGET_BYTES = 768_000
"""Records are split so as to stay below this; the log refuses those above 900,000 bytes."""
MOST_PARTS = 4_096
"""More parts than a batch can have rows: numbers of its parts stay below those of the next batch."""


def send(
    file: RowsFile,
    model: Annotated[str, typer.Option("--model", metavar="MODEL@VERSION", help="Who scored these rows.")],
    id: IdColumn = None,  # noqa: A002  # the option's name
    time: TimeColumn = None,
    label: LabelColumn = None,
    label_time: LabelTimeColumn = None,
    prediction: PredictionColumn = None,
    score: ScoreColumn = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Publish a file's rows as predictions, in the file's order.

    A second run of the same file counts nothing twice.  Columns are what the spec's `data` section and the options
    say; all others are features.  Labels are left out.
    """
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.specs import published_spec  # noqa: PLC0415
    from bellbuoy_consumers.files import RowFile, file_digest  # noqa: PLC0415
    from bellbuoy_consumers.files.batches import file_batches  # noqa: PLC0415

    out = Output(json)
    name, version = model_version(model)
    with opened(broker, prefix, must_exist=True) as transport:
        spec = published_spec(transport, name)
        rows = RowFile.of_spec(
            file,
            spec.data,
            id=id,
            time=time,
            prediction=prediction,
            score=score,
            label=label,
            label_time=label_time,
        )
        if rows.roles.time is None:
            out.note(
                f"{file}: no column holds the event time (--time), so rows count at the time at which they arrive"
            )
        digest = file_digest(file, f"{name}@{version}")
        partitions = transport.partitions("bellbuoy.events")
        sent, records = 0, 0
        with out.progress() as advance:
            queue = Rounds(transport, partitions)
            for part in file_batches(rows, name, version, digest, partitions):
                for record in encoded(part.batch, part.partition):
                    queue.add(record, part.partition)
                    records += 1
                sent += part.batch.rows()
                advance("rows sent", sent, 0)
            queue.flush()
    out.line(
        {"kind": "sent", "model": name, "version": version, "file": digest, "rows": sent, "records": records}
    )
    out.say(f"{name}@{version}: {sent:,} rows sent in {records:,} records")


class Rounds:
    """Writes records in rounds of at most one a partition, so that each partition's records keep their order.

    What was not acknowledged is written again before anything else is.
    """

    def __init__(self, transport: Transport, partitions: int) -> None:
        self._transport = transport
        self._partitions = partitions
        self._round: dict[int, Outgoing] = {}

    def add(self, record: Outgoing, partition: int) -> None:
        """Take a record; write the round where it is full."""
        if partition in self._round:
            self.flush()
        self._round[partition] = record
        if len(self._round) == self._partitions:
            self.flush()

    def flush(self) -> None:
        """Write what is held.

        Raises
        ------
        AppendError
            Where the log does not take it in several attempts.
        InputError
            Where the log will never take one of the records as it is.
        """
        from bellbuoy_stream.errors import AppendError, InputError  # noqa: PLC0415

        left = list(self._round.values())
        self._round = {}
        for attempt in range(ATTEMPTS):
            try:
                self._transport.append(left)
            except AppendError as error:
                if error.refused:
                    sizes = ", ".join(f"{len(left[place].value):,}" for place in error.refused)
                    raise InputError(f"the log refuses records for good (of {sizes} bytes): {error}; mend that and send the file once more: no row counts twice") from error  # fmt: skip  # noqa: E501
                if attempt == ATTEMPTS - 1:
                    raise
                left = [left[place] for place in error.unsent]
                _pause()
            else:
                return


def _pause() -> None:
    sleep(RETRY_S)


def encoded(batch: PredictionBatch, partition: int) -> Iterator[Outgoing]:
    """Records of a batch: one, or several where it is large, each with a sequence number of its own.

    Raises
    ------
    InputError
        Where one row alone is too large for the log.
    """
    import msgspec  # noqa: PLC0415

    from bellbuoy_stream.events.codec import Envelope, encode  # noqa: PLC0415
    from bellbuoy_stream.events.message import Outgoing  # noqa: PLC0415

    for number, part in enumerate(_parts(batch)):
        sequence = (batch.sequence or 0) * MOST_PARTS + number
        body, headers = encode(
            msgspec.structs.replace(part, sequence=sequence), "msgpack", Envelope(source="bellbuoy/send")
        )
        yield Outgoing("bellbuoy.events", None, body, headers, partition)


def _parts(batch: PredictionBatch) -> Iterator[PredictionBatch]:
    """Halves of halves, until each is small enough."""
    from bellbuoy.sending.slicing import slice_batch  # noqa: PLC0415
    from bellbuoy_stream.events.codec import encode  # noqa: PLC0415

    rows = batch.rows()
    if rows == 1 or len(encode(batch)[0]) <= TARGET_BYTES:
        yield batch
        return
    yield from _parts(slice_batch(batch, 0, rows // 2))
    yield from _parts(slice_batch(batch, rows // 2, rows))
