"""One column of a batch on the wire: a plain list, or packed in its natural width.

A packed column is a little-endian buffer.  ``kind`` is one of

=========  ==========================================================================
``i1..8``  signed integers of 1, 2, 4, 8 bytes
``f4 f8``  floats; ``f4`` only where every value survives the round trip exactly
``b1``     booleans, a byte each
``s1..4``  codes of 1, 2, 4 bytes (unsigned) into ``values``, a list of distinct texts
=========  ==========================================================================

``nulls`` is a bit mask, least significant bit first, 1 where the value is missing.  ``width`` is the length of
each row's vector where rows are vectors (embeddings).  What fits none of these stays a plain list.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.errors import EventError

if TYPE_CHECKING:
    from collections.abc import Sequence

ITEM_BYTES = {"i1": 1, "i2": 2, "i4": 4, "i8": 8, "f4": 4, "f8": 8, "b1": 1, "s1": 1, "s2": 2, "s4": 4}
TYPECODES = {"i1": "b", "i2": "h", "i4": "i", "i8": "q", "f4": "f", "f8": "d", "b1": "B", "s1": "B", "s2": "H",
             "s4": "I"}  # fmt: skip
SWAP = sys.byteorder == "big"


class Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column as bytes; see the module's table."""

    kind: str
    data: bytes
    rows: int
    nulls: bytes | None = None
    values: list[str] | None = None
    width: int = 1

    def checked(self, name: str) -> Packed:
        """Itself, if its parts agree with each other.

        Raises
        ------
        EventError
            Where kind, length, mask or codes are impossible.
        """
        size = ITEM_BYTES.get(self.kind)
        if size is None:
            raise EventError("wrong-type", f"column {name!r} has the unknown kind {self.kind!r}")
        if self.rows < 0 or self.width < 1 or len(self.data) != self.rows * self.width * size:
            raise EventError("unequal-length", f"column {name!r} says {self.rows} rows but holds {len(self.data)} bytes of {self.kind}")  # fmt: skip  # noqa: E501
        if self.nulls is not None and len(self.nulls) != (self.rows + 7) // 8:
            raise EventError("unequal-length", f"column {name!r} has a null mask of {len(self.nulls)} bytes for {self.rows} rows")  # fmt: skip  # noqa: E501
        if (self.kind[0] == "s") != (self.values is not None):
            raise EventError("wrong-type", f"column {name!r} of kind {self.kind} must{'' if self.values is None else ' not'} bring its texts")  # fmt: skip  # noqa: E501
        return self


Column = list[Any] | Packed


def column_rows(column: Column) -> int:
    """Number of rows of a column in either form."""
    return column.rows if isinstance(column, Packed) else len(column)


def is_null(nulls: bytes, row: int) -> bool:
    """Whether the mask's bit of a row is set."""
    return bool(nulls[row >> 3] >> (row & 7) & 1)


def null_mask(values: Sequence[object]) -> bytes | None:
    r"""Bit mask of the ``None`` values, or None where there are none.

    Examples
    --------
    >>> null_mask([1, None, 3]), null_mask([1])
    (b'\x02', None)
    """
    if None not in values:
        return None
    mask = bytearray((len(values) + 7) // 8)
    for row, value in enumerate(values):
        if value is None:
            mask[row >> 3] |= 1 << (row & 7)
    return bytes(mask)


def _buffer(kind: str, values: Sequence[Any]) -> bytes:
    packed = array(TYPECODES[kind], values)
    if SWAP:
        packed.byteswap()
    return packed.tobytes()


def _integer_kind(low: int, high: int) -> str | None:
    for kind, bits in (("i1", 7), ("i2", 15), ("i4", 31), ("i8", 63)):
        if -(1 << bits) <= low and high < 1 << bits:
            return kind
    return None


def pack(values: list[Any]) -> Column:
    """The column in its natural width; the list itself where no packed form is exact.

    Parameters
    ----------
    values
        One value a row: int, float, bool, str or None.  Mixed types stay a list.

    Examples
    --------
    >>> pack([1, 2, None]).kind, pack([.5, .25]).kind, pack([.1]).kind, pack(["a", "b", "a"]).values
    ('i1', 'f4', 'f8', ['a', 'b'])
    >>> pack([1, "a"])
    [1, 'a']
    """
    kinds = set(map(type, values))
    nulls = None
    present: list[Any] = values
    if type(None) in kinds:
        nulls = null_mask(values)
        kinds.discard(type(None))
        present = [value for value in values if value is not None]
    if kinds == {bool}:
        return Packed("b1", bytes([1 if value else 0 for value in values]), len(values), nulls)
    if kinds == {int}:
        kind = _integer_kind(min(present), max(present))
        if kind is None:
            return values
        filled = [0 if value is None else value for value in values] if nulls else values
        return Packed(kind, _buffer(kind, filled), len(values), nulls)
    if kinds == {float}:
        filled = [0.0 if value is None else value for value in values] if nulls else values
        wide = array("d", filled)
        try:
            narrow = array("f", filled)
        except OverflowError:
            narrow = array("f")
        # NaN != NaN: bytes of the widened narrow column are compared, so a NaN payload that would change stays wide
        kind = "f4" if array("d", narrow).tobytes() == wide.tobytes() else "f8"
        return Packed(kind, _buffer(kind, filled), len(values), nulls)
    if kinds == {str}:
        codes: dict[str, int] = {}
        coded = [0 if value is None else codes.setdefault(value, len(codes)) for value in values]
        kind = "s1" if len(codes) <= 1 << 8 else "s2" if len(codes) <= 1 << 16 else "s4"
        return Packed(kind, _buffer(kind, coded), len(values), nulls, list(codes))
    return values


def unpack(column: Column, name: str = "?") -> list[Any]:
    """The column as Python values, ``None`` where it is null.

    Raises
    ------
    EventError
        Where a packed column's parts disagree.

    Examples
    --------
    >>> unpack(pack([1, None, 300])), unpack(pack(["x", "y", None]))
    ([1, None, 300], ['x', 'y', None])
    """
    if not isinstance(column, Packed):
        return column
    column.checked(name)
    items = array(TYPECODES[column.kind])
    items.frombytes(column.data)
    if SWAP:
        items.byteswap()
    values: list[Any] = items.tolist()
    if column.values is not None:
        if column.rows and max(values) >= max(len(column.values), 1):
            raise EventError(
                "wrong-type", f"column {name!r} has a code beyond its {len(column.values)} texts"
            )
        values = [column.values[code] for code in values] if column.values else [None] * column.rows
    elif column.kind == "b1":
        values = [bool(value) for value in values]
    if column.width > 1:
        values = [values[at : at + column.width] for at in range(0, len(values), column.width)]
    if column.nulls is not None:
        values = [None if is_null(column.nulls, row) else value for row, value in enumerate(values)]
    return values
