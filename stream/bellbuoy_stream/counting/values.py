"""A wire column as arrays: numbers, texts, and what is neither."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.columns import Packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.events.columns import Column

NUMBER, TEXT, MISSING, OTHER = range(4)
_DTYPES = {"i1": "<i1", "i2": "<i2", "i4": "<i4", "i8": "<i8", "f4": "<f4", "f8": "<f8", "b1": "u1",
           "s1": "u1", "s2": "<u2", "s4": "<u4"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Values:
    """Rows of one column.

    Attributes
    ----------
    rows
        Number of rows.
    numbers
        Numbers in their natural width, shape (rows,) or (rows, width) for vectors; None where no row is one.  They are
        counted as float64: integers beyond 2**53 that share one are one number.
    codes, texts
        Codes into ``texts``, shape (rows,); None where no row is a text.  Booleans are texts ``true``, ``false``.
    states
        What each row is: ``NUMBER``, ``TEXT``, ``MISSING``, ``OTHER``; None where all rows are alike.
    """

    rows: int
    numbers: NDArray[Any] | None = None
    codes: NDArray[Any] | None = None
    texts: tuple[str, ...] = ()
    states: NDArray[np.uint8] | None = None

    def state(self) -> NDArray[np.uint8]:
        """State of each row, shape (rows,)."""
        if self.states is not None:
            return self.states
        return np.full(self.rows, NUMBER if self.numbers is not None else TEXT, dtype=np.uint8)


def nothing(rows: int) -> Values:
    """A column of which every row is missing."""
    return Values(rows, states=np.full(rows, MISSING, dtype=np.uint8))


def number_text(value: float) -> str:
    """The category a number is: ``3`` and ``3.0`` are one.

    Examples
    --------
    >>> number_text(3.0), number_text(2.5), number_text(float("nan"))
    ('3', '2.5', 'nan')
    """
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(float(value))


def values_of(column: Column, name: str = "?") -> Values:
    """The rows of a wire column.

    Raises
    ------
    EventError
        Where a packed column's parts disagree.

    Examples
    --------
    >>> from bellbuoy_stream.events.columns import pack
    >>> values_of(pack([1.5, None])).states.tolist(), values_of([1, "a", None]).states.tolist()
    ([0, 2], [0, 1, 2])
    """
    return _of_packed(column, name) if isinstance(column, Packed) else _of_list(column)


def _of_packed(column: Packed, name: str) -> Values:
    column.checked(name)
    items = np.frombuffer(column.data, dtype=_DTYPES[column.kind])
    states = None
    kind = NUMBER if column.kind[0] in "if" else TEXT
    if column.nulls is not None:
        bits = np.unpackbits(
            np.frombuffer(column.nulls, dtype=np.uint8), count=column.rows, bitorder="little"
        )
        states = np.where(bits, MISSING, kind).astype(np.uint8)
    if column.width > 1:
        if kind == TEXT:
            raise EventError(
                "wrong-type", f"column {name!r} has vectors of {column.kind}, which must be numbers"
            )
        return Values(column.rows, numbers=items.reshape(column.rows, column.width), states=states)
    if kind == NUMBER:
        return Values(column.rows, numbers=items, states=states)
    texts = ("false", "true") if column.kind == "b1" else tuple(column.values or ())
    if column.kind == "b1":
        items = (items != 0).astype(np.uint8)
    top = int(items.max(initial=0))
    if column.rows and top >= len(texts):
        if states is None or np.any(items[states == TEXT] >= len(texts)):
            raise EventError("wrong-type", f"column {name!r} has code {top} but only {len(texts)} texts")
        items = np.where(states == TEXT, items, 0)
        texts = texts or ("",)
    return Values(column.rows, codes=items, texts=texts, states=states)


def _of_list(column: list[Any]) -> Values:
    kinds = set(map(type, column))
    if kinds <= {int, float} and kinds:
        return Values(len(column), numbers=_floats(column))
    if kinds == {list}:
        vectors = _vectors(column)
        if vectors is not None:
            return Values(len(column), numbers=vectors)
    return _mixed(column)


def _floats(column: list[Any]) -> NDArray[np.float64]:
    try:
        return np.array(column, dtype=np.float64)
    except OverflowError:  # integers beyond the range of a float are infinite to us
        return np.array([_float(value) for value in column], dtype=np.float64)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _vectors(column: list[Any]) -> NDArray[np.float64] | None:
    widths = {len(vector) for vector in column}
    if len(widths) != 1 or widths == {0}:
        return None
    if any(type(item) not in (int, float) for vector in column for item in vector):
        return None
    return np.array([[_float(item) for item in vector] for vector in column], dtype=np.float64)


def _mixed(column: list[Any]) -> Values:
    rows = len(column)
    numbers = np.zeros(rows)
    codes = np.zeros(rows, dtype=np.int64)
    states = np.empty(rows, dtype=np.uint8)
    texts: dict[str, int] = {}
    for row, value in enumerate(column):
        if value is None:
            states[row] = MISSING
        elif isinstance(value, bool | str):
            states[row] = TEXT
            text = value if isinstance(value, str) else str(value).lower()
            codes[row] = texts.setdefault(text, len(texts))
        elif isinstance(value, int | float):
            states[row] = NUMBER
            numbers[row] = _float(value)
        else:
            states[row] = OTHER
    return Values(rows, numbers, codes, tuple(texts) or ("",), states)
