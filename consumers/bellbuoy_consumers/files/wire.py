"""Arrow arrays as columns of the wire: packed in their natural width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_consumers.files.arrow import arrow
from bellbuoy_stream.events.columns import Packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.events.columns import Column

NULL_TEXTS = (
    "",
    "#N/A",
    "NA",
    "N/A",
    "n/a",
    "NULL",
    "Null",
    "null",
    "NaN",
    "nan",
    "-NaN",
    "-nan",
    "None",
    "<NA>",
)
"""What stands for a missing number in a text file; among texts only the empty one is missing."""
_INTEGERS = (("i1", np.int8), ("i2", np.int16), ("i4", np.int32), ("i8", np.int64))


def wire(array: Any, *, numeric: bool | None = None) -> Column:  # noqa: PLR0911  # a table of types
    """A column of the wire from an arrow array.

    Parameters
    ----------
    array
        Integers, floats, booleans, texts, times, decimals, dictionaries, or lists of numbers of one length.
    numeric
        Of texts from a text file: whether the file's column holds numbers.  True: what is no number stays a text,
        cell by cell.  None: numbers where all texts of this chunk are.  False: texts.

    Examples
    --------
    >>> import pyarrow as pa
    >>> wire(pa.array([1, None, 300])).kind, wire(pa.array(["a", "b"])).values
    ('i2', ['a', 'b'])
    >>> wire(pa.array(["1", "NA", "x"]), numeric=True)
    [1, None, 'x']
    """
    pa = arrow()
    kinds = pa.types
    if kinds.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if kinds.is_boolean(array.type):
        return _booleans(array)
    if kinds.is_integer(array.type):
        return _integers(array)
    if kinds.is_floating(array.type) or kinds.is_decimal(array.type):
        return _floats(array.cast(pa.float64(), safe=False))
    if kinds.is_string(array.type) or kinds.is_large_string(array.type) or kinds.is_string_view(array.type):
        return _from_texts(array, numeric)
    if kinds.is_list(array.type) or kinds.is_large_list(array.type) or kinds.is_fixed_size_list(array.type):
        return _vectors(array)
    if kinds.is_null(array.type):
        return [None] * len(array)
    return _others(array)


def _mask(array: Any) -> bytes | None:
    if not array.null_count:
        return None
    return np.packbits(np.asarray(array.is_null()), bitorder="little").tobytes()


def _filled(array: Any, zero: Any) -> NDArray[Any]:
    if array.null_count:
        array = arrow().compute.fill_null(array, zero)
    return np.asarray(array)


def _booleans(array: Any) -> Column:
    data = _filled(array, zero=False).astype(np.uint8).tobytes()
    return Packed("b1", data, len(array), _mask(array))


def _integers(array: Any) -> Column:
    values = _filled(array, 0)
    if values.dtype == np.uint64 and values.size and int(values.max()) > np.iinfo(np.int64).max:
        return _floats(array.cast(arrow().float64(), safe=False))
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    kind, item = next(
        (kind, item) for kind, item in _INTEGERS if np.iinfo(item).min <= low and high <= np.iinfo(item).max
    )
    return Packed(kind, values.astype(np.dtype(item).newbyteorder("<")).tobytes(), len(array), _mask(array))


def _floats(array: Any) -> Column:
    values = _filled(array, 0.0)
    with np.errstate(over="ignore"):
        narrow = values.astype("<f4")
    exact = bool(((narrow == values) | np.isnan(values)).all())
    return Packed(
        "f4" if exact else "f8",
        narrow.tobytes() if exact else values.astype("<f8").tobytes(),
        len(array),
        _mask(array),
    )


def _from_texts(array: Any, numeric: bool | None) -> Column:  # noqa: FBT001  # three-valued
    if numeric is not False:
        numbers = _numbers(array)
        if numbers is not None:
            return wire(numbers)
        if numeric:
            return _mixed(array)
    return _texts(array)


def _numbers(array: Any) -> Any | None:
    """Integers or floats, where all texts are; None where one is not."""
    pa = arrow()
    missing = pa.compute.is_in(array, value_set=pa.array(NULL_TEXTS, array.type))
    present = pa.compute.if_else(missing, pa.scalar(None, array.type), array)
    if present.null_count == len(present) and array.null_count < len(array):
        return None
    for kind in (pa.int64(), pa.float64()):
        try:
            return present.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def _mixed(array: Any) -> list[Any]:
    """Cell by cell: a number, a text, or None."""
    return [None if text is None or text in NULL_TEXTS else _cell(text) for text in array.to_pylist()]


def _cell(text: str) -> int | float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _texts(array: Any) -> Column:
    pa = arrow()
    coded = array.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    kind, item = next(
        (kind, item)
        for kind, item in (("s1", np.uint8), ("s2", np.uint16), ("s4", np.uint32))
        if len(texts) <= np.iinfo(item).max + 1
    )
    codes = _filled(coded.indices.cast(pa.int64()), 0)
    packed = codes.astype(np.dtype(item).newbyteorder("<")).tobytes()
    return Packed(kind, packed, len(array), _mask(array), texts)


def _vectors(array: Any) -> Column:
    pa = arrow()
    lengths = pa.compute.list_value_length(array)
    low, high = pa.compute.min_max(lengths).as_py().values()
    flat = pa.compute.list_flatten(array)
    number = pa.types.is_integer(flat.type) or pa.types.is_floating(flat.type)
    if not number or array.null_count or flat.null_count or low != high or not low:
        rows: list[Any] = array.to_pylist()
        return rows
    values = np.asarray(flat.cast(pa.float64())).astype("<f8")
    return Packed("f8", values.tobytes(), len(array), width=low)


def _others(array: Any) -> Column:
    """Times and the rest as texts, as an app would log them."""
    pa = arrow()
    try:
        return _texts(array.cast(pa.string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return [None if value is None else f"<{type(value).__name__}>" for value in array.to_pylist()]
