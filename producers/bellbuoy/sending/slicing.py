"""Parts of a column and of a batch: to keep records under their limit, and rows in their partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from bellbuoy_stream.events.columns import ITEM_BYTES, Packed, is_null, pack, unpack
from bellbuoy_stream.events.predictions import LabelBatch, PredictionBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellbuoy_stream.events.columns import Column

Batch = TypeVar("Batch", bound=PredictionBatch | LabelBatch)


def slice_column(column: Column, start: int, stop: int) -> Column:
    """Rows ``start`` to ``stop`` of a column, packed again where it was packed.

    Examples
    --------
    >>> unpack(slice_column(pack([1, None, 3, None]), 1, 3)), unpack(slice_column(pack(["a", "b"]), 1, 2))
    ([None, 3], ['b'])
    """
    if not isinstance(column, Packed):
        return column[start:stop]
    if column.values is not None:  # the texts of the other rows need not travel along
        return pack(unpack(column)[start:stop])
    stop = min(stop, column.rows)
    width = ITEM_BYTES[column.kind] * column.width
    nulls = _nulls(column, range(start, stop))
    return Packed(
        column.kind, column.data[start * width : stop * width], stop - start, nulls, None, column.width
    )


def take_rows(column: Column, rows: Sequence[int]) -> Column:
    """Some rows of a column, in the order asked for.

    Examples
    --------
    >>> unpack(take_rows(pack([1.5, None, 3.5]), [2, 1])), unpack(take_rows(pack(["a", "b"]), [1]))
    ([3.5, None], ['b'])
    """
    if not isinstance(column, Packed):
        return [column[row] for row in rows]
    if column.values is not None:
        values = unpack(column)
        return pack([values[row] for row in rows])
    width = ITEM_BYTES[column.kind] * column.width
    data = b"".join([column.data[row * width : row * width + width] for row in rows])
    return Packed(column.kind, data, len(rows), _nulls(column, rows), None, column.width)


def slice_batch(batch: Batch, start: int, stop: int) -> Batch:
    """Rows ``start`` to ``stop`` of a batch.

    Examples
    --------
    >>> slice_batch(LabelBatch(model="m", ids=["a", "b"], labels=[0, 1]), 1, 2).ids
    ['b']
    """
    return _each(batch, lambda column: slice_column(column, start, stop))


def take_batch(batch: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a batch, in the order asked for.

    Examples
    --------
    >>> take_batch(LabelBatch(model="m", ids=["a", "b"], labels=[0, 1]), [1, 0]).ids
    ['b', 'a']
    """
    return _each(batch, lambda column: take_rows(column, rows))


def _each(batch: Batch, part: Callable[[Column], Column]) -> Batch:
    """The batch with a function applied to each of its columns."""
    if isinstance(batch, LabelBatch):
        times = None if batch.times is None else part(batch.times)
        return msgspec.structs.replace(batch, ids=part(batch.ids), labels=part(batch.labels), times=times)
    parts: dict[str, Column | dict[str, Column]] = {
        "columns": {name: part(column) for name, column in batch.columns.items()}
    }
    for name in ("ids", "times", "predictions", "weights"):
        column = getattr(batch, name)
        if column is not None:
            parts[name] = part(column)
    if isinstance(batch.scores, dict):
        parts["scores"] = {name: part(column) for name, column in batch.scores.items()}
    elif batch.scores is not None:
        parts["scores"] = part(batch.scores)
    return msgspec.structs.replace(batch, **parts)


def _nulls(column: Packed, rows: Sequence[int]) -> bytes | None:
    """Null mask of some rows, or None where none of them is null."""
    if column.nulls is None:
        return None
    mask = bytearray((len(rows) + 7) // 8)
    for place, row in enumerate(rows):
        if is_null(column.nulls, row):
            mask[place >> 3] |= 1 << (place & 7)
    return bytes(mask) if any(mask) else None
