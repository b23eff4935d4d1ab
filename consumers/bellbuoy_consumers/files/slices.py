"""Parts of a column of the wire, for many small chunks of one large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.events.columns import ITEM_BYTES, Packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.events.columns import Column

_CODES = {"s1": "u1", "s2": "<u2", "s4": "<u4"}


def take(column: Column, rows: slice | NDArray[np.intp]) -> Column:
    """Rows of a column: a slice with start and stop, or row numbers, shape (rows,).

    Examples
    --------
    >>> from bellbuoy_stream.events.columns import pack, unpack
    >>> unpack(take(pack([1, None, 3]), slice(1, 3))), take(pack(["a", "b", "c"]), np.array([2, 0])).values
    ([None, 3], ['a', 'c'])
    """
    if not isinstance(column, Packed):
        return column[rows] if isinstance(rows, slice) else [column[row] for row in rows.tolist()]
    width = ITEM_BYTES[column.kind] * column.width
    items = np.frombuffer(column.data, dtype=np.dtype((np.void, width)))[rows]
    data, values = items.tobytes(), column.values
    if values is not None:
        codes = np.frombuffer(data, dtype=_CODES[column.kind])
        used, narrow = np.unique(codes, return_inverse=True)
        values = [values[code] for code in used.tolist()]
        data = narrow.astype(codes.dtype).tobytes()
    nulls = None
    if column.nulls is not None:
        bits = np.unpackbits(np.frombuffer(column.nulls, dtype=np.uint8), bitorder="little")[rows]
        nulls = np.packbits(bits, bitorder="little").tobytes() if bits.any() else None
    return Packed(column.kind, data, len(items), nulls, values, column.width)
