"""A file's rows as events, each with the partition it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_consumers.files.slices import take
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.ids import partition_of
from bellbuoy_stream.events.predictions import PredictionBatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_consumers.files.rows import Chunk, RowFile, RowSpan
    from bellbuoy_stream.events.columns import Column

BATCH_ROWS = 4_096
DIGEST_PART = 12
"""How much of a file's digest stands in the ids that are made for its rows."""


class FileBatch(NamedTuple):
    """Rows that belong into one partition; ``stop`` rows of the file had been read by then."""

    partition: int
    stop: int
    batch: PredictionBatch


def file_batches(
    file: RowFile,
    model: str,
    version: str,
    digest: str,
    partitions: int,
    rows: int = BATCH_ROWS,
    span: RowSpan | None = None,
) -> Iterator[FileBatch]:
    """Events of a file's rows, in the file's order.

    Rows with ids of their own go where their ids send them.  Other rows get ids ``<digest>.<batch>~<row>``, made so
    that the batches go round the partitions in turn.  Sequence numbers rise, so they rise within each partition.

    Parameters
    ----------
    digest
        Names the file and its use; see :func:`~bellbuoy_consumers.files.digest.file_digest`.
    rows
        Rows read at a time.
    """
    sequence = 0
    for number, chunk in enumerate(file.chunks(rows, span)):
        stop = chunk.first + chunk.rows
        if chunk.ids is None:
            bucket = _bucket(f"{digest[:DIGEST_PART]}.{number}", number % partitions, partitions)
            ids: Column = [f"{bucket}~{row}" for row in range(chunk.rows)]
            batch = _batch(chunk, model, version, ids, digest, sequence)
            yield FileBatch(number % partitions, stop, batch)
            sequence += 1
            continue
        places = np.array([partition_of(row_id, partitions) for row_id in chunk.ids], dtype=np.intp)
        whole = _batch(chunk, model, version, chunk.ids, digest, 0)
        for partition in np.unique(places).tolist():
            batch = _some(whole, np.flatnonzero(places == partition), sequence)
            yield FileBatch(partition, stop, batch)
            sequence += 1


def _bucket(stem: str, wanted: int, partitions: int) -> str:
    """The stem with the smallest ending that sends it to the partition wanted.

    Examples
    --------
    >>> bucket = _bucket("ab12.7", 3, 4)
    >>> bucket, partition_of(bucket, 4)
    ('ab12.7-1', 3)
    """
    tried, ending = stem, 0
    while partition_of(tried, partitions) != wanted:
        ending += 1
        tried = f"{stem}-{ending}"
    return tried


def _batch(
    chunk: Chunk, model: str, version: str, ids: Column, digest: str, sequence: int
) -> PredictionBatch:
    times = None
    if chunk.times is not None:
        times = Packed("i8", chunk.times.astype("<i8").tobytes(), chunk.rows)
    return PredictionBatch(
        model=model,
        version=version,
        columns=chunk.columns,
        ids=ids,
        times=times,
        predictions=chunk.prediction,
        scores=chunk.score,
        file=digest,
        sequence=sequence,
    )


def _some(
    batch: PredictionBatch, rows: np.ndarray[tuple[int], np.dtype[np.intp]], sequence: int
) -> PredictionBatch:
    """Some rows of a batch that :func:`_batch` made."""

    def part(column: Column | None) -> Column | None:
        return None if column is None else take(column, rows)

    return PredictionBatch(
        model=batch.model,
        version=batch.version,
        columns={name: take(column, rows) for name, column in batch.columns.items()},
        ids=part(batch.ids),
        times=part(batch.times),
        predictions=part(batch.predictions),
        scores=None if batch.scores is None else part(batch.scores),  # type: ignore[arg-type]  # never a mapping here
        file=batch.file,
        sequence=sequence,
    )
