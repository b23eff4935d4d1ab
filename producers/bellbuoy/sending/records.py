"""From batches to records: encoded, and split so that none is over the limit."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from bellbuoy.sending.slicing import slice_batch
from bellbuoy_stream.events.codec import Envelope, encode
from bellbuoy_stream.events.columns import column_rows
from bellbuoy_stream.events.message import Outgoing
from bellbuoy_stream.events.predictions import LabelBatch, PredictionBatch
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES, Topics

if TYPE_CHECKING:
    from collections.abc import Iterator

SPLIT_MARGIN = 1.1  # parts of a batch differ in size: aim a little lower than the limit


class Parcel(NamedTuple):
    """A record with the number of rows in it; ``message`` None where a row alone is over the limit."""

    message: Outgoing | None
    rows: int


def parcels(
    batch: PredictionBatch | LabelBatch, partition: int, source: str, max_bytes: int
) -> Iterator[Parcel]:
    """Encode a batch as one record, or as several where it is larger than ``max_bytes``.

    Parameters
    ----------
    batch
        Rows that belong into one partition.
    partition
        Which.
    source
        Who sends: the envelope's source.
    max_bytes
        Size to aim at, at most 900,000.

    Examples
    --------
    >>> batch = LabelBatch(model="m", ids=[str(n) for n in range(1000)], labels=[0] * 1000)
    >>> [parcel.rows for parcel in parcels(batch, 0, "doctest", 2_000)]
    [334, 334, 332]
    """
    rows = batch.rows() if isinstance(batch, PredictionBatch) else column_rows(batch.ids)
    body, headers = encode(batch, "msgpack", Envelope(source=source))
    if len(body) <= max_bytes or (rows == 1 and len(body) <= MAX_RECORD_BYTES):
        yield Parcel(Outgoing(Topics.EVENTS.name, None, body, headers, partition), rows)
        return
    if rows == 1:
        yield Parcel(None, 1)
        return
    parts = min(ceil(len(body) * SPLIT_MARGIN / max_bytes), rows)
    step = ceil(rows / parts)
    for start in range(0, rows, step):
        yield from parcels(slice_batch(batch, start, min(start + step, rows)), partition, source, max_bytes)
