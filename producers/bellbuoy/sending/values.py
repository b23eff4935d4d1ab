"""Values as they come from an app, made plain: int, float, str, bool, None, or a list of numbers.

Nothing is imported for it: numpy scalars, ``pandas.NA`` and their like are known by how they behave.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.events.columns import Packed, pack
from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.columns import Column

EXACT = frozenset({int, float, str, bool, type(None)})
MISSING_NAMES = frozenset({"NAType", "NaTType"})  # pandas.NA and pandas.NaT
EXACT_INTEGER = 1 << 53  # the largest range in which every integer is a float64
INT64 = 1 << 63


def plain(value: Any) -> Any:
    """One value made plain.

    Decimals and fractions become floats, dates and times ISO 8601 texts, durations seconds, arrays lists.
    What is none of these becomes its type's name in angle brackets: it is seen, and counted as a wrong type.

    Examples
    --------
    >>> from decimal import Decimal
    >>> plain(Decimal("0.5")), plain(datetime(2013, 3, 18, 7)), plain({1}), plain((1, Decimal(2)))
    (0.5, '2013-03-18T07:00:00', '<set>', [1, 2.0])
    """
    kind = type(value)
    if kind is int:
        return value if -INT64 <= value < INT64 else _float(value)
    if kind in EXACT:
        return value
    if kind.__name__ in MISSING_NAMES:
        return None
    for base, convert in _BASES:
        if isinstance(value, base):
            return convert(value)
    return _by_behaviour(value)


def _by_behaviour(value: Any) -> Any:
    """Make plain what only its methods tell about: numpy scalars, arrays, decimals."""
    dtype = getattr(value, "dtype", None)
    if getattr(dtype, "kind", "") in ("M", "m"):
        return _numpy_time(value)
    if dtype is not None and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        item = value.item()
        return plain(item) if type(item) is not type(value) else _float(item)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "__float__"):
        return _float(value)
    return f"<{type(value).__name__}>"


def _numpy_time(value: Any) -> Any:
    text = str(value)
    if text == "NaT":
        return None
    return text if value.dtype.kind == "M" else float(value / type(value)(1, "s"))


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError):
        return float("nan")


def _vector(value: Sequence[Any]) -> list[Any]:
    return [plain(item) for item in value]


_BASES: tuple[tuple[Any, Any], ...] = (
    (bool, bool),
    (int, lambda value: plain(int(value))),
    (float, float),
    (str, str.__str__),
    (datetime, datetime.isoformat),
    (date, date.isoformat),
    (timedelta, timedelta.total_seconds),
    ((list, tuple), _vector),
)


def column(values: list[Any]) -> Column:
    r"""A column of an app's values in its natural width.

    Integers among floats become floats where that is exact; NaN among texts is a missing text, as data frames
    have it.  Other mixtures stay a plain list: whoever counts them sees the wrong types.

    Examples
    --------
    >>> column([1, 2.5, None]).kind, column(["a", float("nan")]).nulls, column([1, "a"])
    ('f4', b'\x02', [1, 'a'])
    """
    kinds = set(map(type, values))
    if not kinds <= EXACT:
        values = [value if type(value) in EXACT else plain(value) for value in values]
        kinds = set(map(type, values))
    present = kinds - {type(None)}
    if present == {int, float}:
        values = _as_floats(values)
    elif present == {str, float}:
        values = _missing_texts(values)
    packed = pack(values)
    if not isinstance(packed, Packed):
        return [_sendable(value) for value in packed]
    if packed.values is not None and not _encodes(packed.values):
        return msgspec.structs.replace(packed, values=[wellformed(text) for text in packed.values])
    return packed


def _as_floats(values: list[Any]) -> list[Any]:
    if any(type(value) is int and not -EXACT_INTEGER <= value <= EXACT_INTEGER for value in values):
        return values
    return [None if value is None else float(value) for value in values]


def _missing_texts(values: list[Any]) -> list[Any]:
    if any(type(value) is float and value == value for value in values):  # noqa: PLR0124  # NaN is not itself
        return values
    return [value if type(value) is str else None for value in values]


def _sendable(value: Any) -> Any:
    """The value with integers small enough for MessagePack, and texts that UTF-8 can hold."""
    if type(value) is str:
        return wellformed(value)
    return plain(value) if type(value) is int else value


def _encodes(texts: list[str]) -> bool:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True


def event_time_us(value: Any) -> int:
    """Microseconds since 1970 of an event time: a datetime, an RFC 3339 text, or Unix seconds.

    A time without a zone is UTC.

    Raises
    ------
    ValueError
        Where it is no time.

    Examples
    --------
    >>> event_time_us(datetime(1970, 1, 1, 0, 0, 1)), event_time_us("1970-01-01T01:00:01+01:00"), event_time_us(1.0)
    (1000000, 1000000, 1000000)
    """
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no time")  # noqa: TRY004  # one kind of error for whoever catches it
    return parse_time_us(value)


def wellformed(text: str) -> str:
    """The text with lone surrogates, which no UTF-8 can hold, replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
