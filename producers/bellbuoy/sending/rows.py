"""From logged rows to batches in columns."""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from bellbuoy.sending.values import column, event_time_us, wellformed
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.predictions import LabelBatch, PredictionBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bellbuoy_stream.events.columns import Column

# What the call leaves for the sender.  Plain tuples: a named one takes three times as long to make.
# id; clock in seconds, or (time,) as the app gave it; features; prediction; score; weight
Row = tuple[str, "float | tuple[Any]", dict[Any, Any], Any, Any, float]
# id; clock in seconds, or (time,) as the app gave it; label
LabelRow = tuple[str, "float | tuple[Any]", Any]


class Unusable(NamedTuple):
    """A row that cannot be sent, with the reason in a sentence."""

    row_id: str
    reason: str


def batch_of_rows(model: str, version: str, rows: Sequence[Row]) -> PredictionBatch:
    r"""Pack rows whose scores are all numbers, or all mappings, or missing.

    A feature that some rows lack is null there.

    Parameters
    ----------
    model, version
        Which model scored them.
    rows
        At least one; their times have been through :func:`usable`.

    Examples
    --------
    >>> rows = [("a~1", 5.0, {"x": 1}, None, .25, 1), ("a~2", 6.0, {"x": 2, "y": "u"}, None, .5, 1)]
    >>> batch = batch_of_rows("flights", "1", rows)
    >>> batch.ids, batch.columns["y"].nulls, batch.scores.kind, batch.weights
    (['a~1', 'a~2'], b'\x01', 'f4', None)
    """
    ids, times, features, predictions, scores, weights = zip(*rows, strict=True)
    return PredictionBatch(
        model=model,
        version=version,
        columns=_columns(features),
        ids=[wellformed(row_id) for row_id in ids],
        times=pack_times([time_us(time) for time in times]),
        predictions=_column_unless_missing(predictions),
        scores=_scores(scores),
        weights=None if all(weight == 1 for weight in weights) else column(list(weights)),
    )


def batch_of_labels(model: str, rows: Sequence[LabelRow]) -> LabelBatch:
    """Pack labels.

    Examples
    --------
    >>> batch_of_labels("flights", [("a~1", 5.0, 1), ("a~2", 6.0, 0)]).labels.kind
    'i1'
    """
    ids, times, labels = zip(*rows, strict=True)
    return LabelBatch(
        model=model,
        ids=[wellformed(row_id) for row_id in ids],
        labels=column(list(labels)),
        times=pack_times([time_us(time) for time in times]),
    )


def usable(rows: Iterable[Any], unusable: list[Unusable]) -> list[Any]:
    """The rows whose ids and times can be sent; the others are added to ``unusable``."""
    good = []
    for row in rows:
        time = row[1]
        if type(row[0]) is not str:
            unusable.append(Unusable(str(row[0]), f"the id {row[0]!r:.80} is no text"))
            continue
        if type(time) is tuple:
            try:
                event_time_us(time[0])
            except (ValueError, OverflowError) as error:
                unusable.append(Unusable(row[0], f"the time {time[0]!r:.80} of row {row[0]!r:.80} cannot be used: {error}"))  # fmt: skip  # noqa: E501
                continue
        good.append(row)
    return good


def time_us(time: float | tuple[Any]) -> int:
    """Microseconds of a row's time in either of its forms."""
    return event_time_us(time[0]) if isinstance(time, tuple) else int(time * 1_000_000)


def pack_times(times: list[int]) -> Packed:
    """Event times in microseconds, as the wire wants them: eight bytes each.

    Examples
    --------
    >>> pack_times([1, 2]).kind
    'i8'
    """
    items = array("q", times)
    if sys.byteorder == "big":
        items.byteswap()
    return Packed("i8", items.tobytes(), len(times))


def _columns(features: Sequence[dict[Any, Any]]) -> dict[str, Column]:
    names: dict[Any, None] = dict.fromkeys(features[0])
    same = names.keys()
    uniform = True
    for row in features:
        if row.keys() != same:
            names.update(dict.fromkeys(row))
            uniform = False
    if uniform:
        return {_name(name): column([row[name] for row in features]) for name in names}
    return {_name(name): column([row.get(name) for row in features]) for name in names}


def _name(name: Any) -> str:
    return wellformed(name if type(name) is str else str(name))


def _column_unless_missing(values: Sequence[Any]) -> Column | None:
    return None if all(value is None for value in values) else column(list(values))


def _scores(scores: Sequence[Any]) -> Column | dict[str, Column] | None:
    if not isinstance(scores[0], dict):
        return _column_unless_missing(scores)
    return _columns(scores)
