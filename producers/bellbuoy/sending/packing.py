"""From what the sender took to parcels: grouped by partition, packed, encoded; what cannot be sent is counted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bellbuoy.sending.records import Parcel, parcels
from bellbuoy.sending.rows import Unusable, batch_of_labels, batch_of_rows, usable
from bellbuoy.sending.slicing import take_batch
from bellbuoy_stream.events.columns import unpack
from bellbuoy_stream.events.ids import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bellbuoy.sending.buffer import Buffer, Taken
    from bellbuoy.sending.settings import Settings
    from bellbuoy_stream.events.predictions import LabelBatch, PredictionBatch


def pack_taken(taken: Taken, who: Settings, partitions: int, buffer: Buffer) -> list[Parcel]:
    """Pack what was taken into records; rows that cannot be sent are given up in the buffer's counts.

    Parameters
    ----------
    taken
        Rows, labels and a packed batch.
    who
        Model, version, source and largest record.
    partitions
        Number of partitions of the topic of events.
    buffer
        Where rows are counted.
    """
    packed: list[Parcel] = []
    for (partition, _), rows in _by_partition(taken.rows, partitions, buffer).items():
        packed += _pack(
            rows, lambda some: batch_of_rows(who.model, who.version, some), partition, who, buffer
        )
    for (partition, _), rows in _by_partition(taken.labels, partitions, buffer).items():
        packed += _pack(rows, lambda some: batch_of_labels(who.model, some), partition, who, buffer)
    if taken.batch is not None:
        for partition, batch in _split_batch(taken.batch, partitions):
            packed += parcels(batch, partition, who.source, who.max_bytes)
    return list(_sendable(packed, buffer))


def _by_partition(rows: Iterable[Any], partitions: int, buffer: Buffer) -> dict[tuple[int, bool], list[Any]]:
    """Rows by their partition, and by whether they have one score or several."""
    unusable: list[Unusable] = []
    grouped: dict[tuple[int, bool], list[Any]] = defaultdict(list)
    for row in usable(rows, unusable):
        several = len(row) > 4 and isinstance(row[4], dict)
        grouped[partition_of(row[0], partitions), several].append(row)
    for one in unusable:
        buffer.give_up(1, one.reason)
    return grouped


def _pack(
    rows: list[Any],
    batch_of: Callable[[list[Any]], PredictionBatch | LabelBatch],
    partition: int,
    who: Settings,
    buffer: Buffer,
) -> list[Parcel]:
    """Pack rows of one partition; where that fails, one by one, so that a strange row spoils no other."""
    try:
        return list(parcels(batch_of(rows), partition, who.source, who.max_bytes))
    except Exception as error:  # noqa: BLE001  # whatever an app's objects raise when they are looked at
        if len(rows) == 1:
            buffer.give_up(1, f"row {rows[0][0]!r:.80} cannot be packed: {type(error).__name__}: {error}")
            return []
        return [parcel for row in rows for parcel in _pack([row], batch_of, partition, who, buffer)]


def _split_batch(batch: PredictionBatch, partitions: int) -> Iterator[tuple[int, PredictionBatch]]:
    """Yield the parts of a packed batch that belong into one partition each."""
    places: dict[int, list[int]] = defaultdict(list)
    for row, row_id in enumerate(unpack(batch.ids or [])):
        places[partition_of(row_id, partitions)].append(row)
    for partition, rows in places.items():
        yield partition, batch if len(places) == 1 else take_batch(batch, rows)


def _sendable(packed: Iterable[Parcel], buffer: Buffer) -> Iterator[Parcel]:
    for parcel in packed:
        if parcel.message is None:
            buffer.give_up(parcel.rows, "a row alone is over the limit of 900,000 bytes")
        else:
            yield parcel
