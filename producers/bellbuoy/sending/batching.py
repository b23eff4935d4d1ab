"""Many rows at once: columns of an app made into packed batches, or into rows where they are few."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bellbuoy.sending.buffer import new_bucket
from bellbuoy.sending.frames import (
    as_list,
    equal_lengths,
    named_columns,
    packed_column,
    packed_scores,
    packed_times,
)
from bellbuoy.sending.rows import pack_times
from bellbuoy.sending.slicing import slice_batch, take_batch
from bellbuoy.sending.values import column
from bellbuoy_stream.events.columns import column_rows, unpack
from bellbuoy_stream.events.predictions import PredictionBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bellbuoy_stream.events.columns import Column


class Columns(NamedTuple):
    """What :meth:`PredictionLogger.log_batch <bellbuoy.logger.PredictionLogger.log_batch>` was given."""

    data: Any
    predictions: Any = None
    scores: Any = None
    ids: Any = None
    times: Any = None
    weights: Any = None


def packed_batch(
    model: str,
    version: str,
    given: Columns,
    wanted: Sequence[str] | None,
    fresh_ids: Callable[[int], list[str]],
) -> PredictionBatch:
    """Pack columns into one batch; every row has an id and a time.

    Parameters
    ----------
    model, version
        Which model scored the rows.
    given
        The columns.
    wanted
        Names of the features to keep, or None for all.
    fresh_ids
        Makes so many ids, where none are given.

    Raises
    ------
    InputError
        Where columns differ in length or cannot be used.

    Examples
    --------
    >>> batch = packed_batch("m", "1", Columns({"x": [1, 2], "secret": [3, 4]}, ids=["a", "b"]), ["x"], list)
    >>> batch.ids, list(batch.columns), batch.rows()
    (['a', 'b'], ['x'], 2)
    """
    columns = {
        name: packed_column(values)
        for name, values in named_columns(given.data)
        if wanted is None or name in wanted
    }
    lengths = {f"column {name!r}": column_rows(one) for name, one in columns.items()}
    scores = None if given.scores is None else packed_scores(given.scores)
    for name, one in scores.items() if isinstance(scores, dict) else [("scores", scores)]:
        if one is not None:
            lengths[f"score {name!r}" if isinstance(scores, dict) else name] = column_rows(one)
    optional = {"predictions": given.predictions, "weights": given.weights}
    packed = {name: packed_column(values) for name, values in optional.items() if values is not None}
    lengths.update({name: column_rows(one) for name, one in packed.items()})
    ids = None if given.ids is None else [str(one) for one in as_list(given.ids)]
    times = None if given.times is None else packed_times(given.times)
    lengths.update(
        {name: column_rows(one) for name, one in (("ids", ids), ("times", times)) if one is not None}
    )
    rows = equal_lengths(lengths)
    return PredictionBatch(
        model=model,
        version=version,
        columns=columns,
        ids=fresh_ids(rows) if ids is None else ids,
        times=pack_times([time.time_ns() // 1_000] * rows) if times is None else times,
        scores=scores,
        predictions=packed.get("predictions"),
        weights=packed.get("weights"),
    )


def ids_by_chunk(rows: int, max_rows: int) -> Iterator[str]:
    """Yield ids with a bucket of their own for every ``max_rows`` of them: they will share a record."""
    for start in range(0, rows, max_rows):
        bucket = new_bucket()
        yield from (f"{bucket}{row}" for row in range(start, min(start + max_rows, rows)))


def sampled(batch: PredictionBatch, chosen: Sequence[int], share: float) -> PredictionBatch:
    """The chosen rows, with the weight that makes up for those left out.

    Examples
    --------
    >>> sampled(PredictionBatch(model="m", version="1", ids=["a", "b"]), [1], 0.5).weights.kind
    'f4'
    """
    kept = take_batch(batch, chosen)
    weights: list[Any] = [1.0] * len(chosen) if kept.weights is None else unpack(kept.weights)
    scaled = [None if weight is None else weight / share for weight in weights]
    return msgspec.structs.replace(kept, weights=column(scaled))


def chunks(batch: PredictionBatch, max_rows: int) -> Iterator[tuple[PredictionBatch, int]]:
    """Yield the batch in parts of up to ``max_rows`` rows, with their numbers of rows."""
    rows = batch.rows()
    for start in range(0, rows, max_rows):
        stop = min(start + max_rows, rows)
        yield (batch if rows <= max_rows else slice_batch(batch, start, stop)), stop - start


def as_rows(batch: PredictionBatch) -> Iterator[tuple[str, Any, dict[str, Any], Any, Any, float]]:
    """Yield the rows of a batch in the form in which single rows wait.

    Examples
    --------
    >>> next(as_rows(packed_batch("m", "1", Columns({"x": [1]}, ids=["a"], times=[5]), None, list)))
    ('a', 5.0, {'x': 1}, None, None, 1)
    """
    rows = batch.rows()

    def values(one: Column | None, missing: Any) -> list[Any]:
        return [missing] * rows if one is None else unpack(one)

    features = {name: unpack(one) for name, one in batch.columns.items()}
    if isinstance(batch.scores, dict):
        by_class = {name: unpack(one) for name, one in batch.scores.items()}
        scores: list[Any] = [{name: one[row] for name, one in by_class.items()} for row in range(rows)]
    else:
        scores = values(batch.scores, None)
    ids, times = values(batch.ids, None), values(batch.times, 0)
    predictions, weights = values(batch.predictions, None), values(batch.weights, 1)
    for row in range(rows):
        own = {name: one[row] for name, one in features.items()}
        yield ids[row], times[row] / 1_000_000, own, predictions[row], scores[row], weights[row]
