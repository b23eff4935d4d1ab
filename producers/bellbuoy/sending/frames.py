"""Columns of arrays and data frames, packed from their memory: numpy, pandas, polars, Arrow, known by behaviour."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from bellbuoy.sending.rows import pack_times
from bellbuoy.sending.values import column, event_time_us
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.events.columns import Packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bellbuoy_stream.events.columns import Column

# numpy kind and item size -> the packed kind, and the type to convert to first
NUMERIC = {
    "f2": ("f4", "<f4"), "f4": ("f4", "<f4"), "f8": ("f8", "<f8"), "f16": ("f8", "<f8"),
    "i1": ("i1", "<i1"), "i2": ("i2", "<i2"), "i4": ("i4", "<i4"), "i8": ("i8", "<i8"),
    "u1": ("i2", "<i2"), "u2": ("i4", "<i4"), "u4": ("i8", "<i8"), "b1": ("b1", "|b1"),
}  # fmt: skip

NUMBER_NAMES = ("int", "uint", "float", "double", "half", "bool")  # as the libraries' own types begin
TIME_NAMES = ("datetime", "timestamp")
PANDAS_NAMES = {"double": "float64", "float": "float32", "halffloat": "float16", "boolean": "bool"}


def named_columns(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and values of each column of a mapping, a data frame or an Arrow table.

    Raises
    ------
    InputError
        Where it is none of these.

    Examples
    --------
    >>> list(named_columns({"x": [1, 2]}))
    [('x', [1, 2])]
    """
    if hasattr(data, "column_names") and hasattr(data, "column"):  # Arrow
        for name in data.column_names:
            yield str(name), data.column(name)
    elif hasattr(data, "get_columns"):  # polars
        for series in data.get_columns():
            yield str(series.name), series
    elif hasattr(data, "items"):  # a mapping, or pandas
        for name, values in data.items():
            yield str(name), values
    else:
        raise InputError(f"log_batch takes a mapping of columns, a data frame or an Arrow table, not {type(data).__name__}; name the columns of an array: {{'x': array[:, 0], ...}}")  # fmt: skip  # noqa: E501


def packed_column(values: Any) -> Column:
    """A column packed, without a detour through Python numbers where it lies in memory as numbers.

    NaN stays NaN where a column of floats has it; ``None``, ``pandas.NA`` and nulls are null.

    Raises
    ------
    InputError
        Where it is an array of more than two dimensions.

    Examples
    --------
    >>> packed_column([1, None]).kind, packed_column(("a", "b")).values
    ('i1', ['a', 'b'])
    """
    array, missing = _in_memory(values)
    if array is not None:
        kind = NUMERIC.get(f"{array.dtype.kind}{array.dtype.itemsize}")
        if array.ndim > 2:
            raise InputError(
                f"a column of {array.ndim} dimensions cannot be logged; embeddings have two, a row each"
            )
        if kind is not None:
            data = array.astype(kind[1]).tobytes()
            width = array.shape[1] if array.ndim == 2 else 1
            if width:
                return Packed(kind[0], data, len(array), _null_bits(missing), None, width)
    return column(as_list(values))


def packed_times(values: Any) -> Packed:
    """Event times packed as microseconds, from datetimes, RFC 3339 texts or Unix seconds.

    Raises
    ------
    InputError
        Where one is no time.

    Examples
    --------
    >>> packed_times(["1970-01-01T00:00:01Z", 2]).rows
    2
    """
    array, missing = _in_memory(values)
    try:
        if array is not None and array.dtype.kind == "M" and missing is None:
            if str(array.max()) == "NaT":  # the largest of times with a missing one is missing
                raise InputError("times: a time is missing (NaT)")
            return Packed("i8", array.astype("datetime64[us]").astype("<i8").tobytes(), len(array))
        return pack_times([event_time_us(value) for value in as_list(values)])
    except (ValueError, OverflowError) as error:
        raise InputError(f"times: {error}") from error


def packed_scores(values: Any) -> Column | dict[str, Column]:
    """Scores packed: a column, or a column a class from a mapping or from an array of two dimensions."""
    if hasattr(values, "items") and not hasattr(values, "dtype"):
        return {name: packed_column(one) for name, one in named_columns(values)}
    if getattr(values, "ndim", 1) == 2:
        return {str(place): packed_column(values[:, place]) for place in range(values.shape[1])}
    return packed_column(values)


def equal_lengths(columns: Mapping[str, int]) -> int:
    """Number of rows that all columns have.

    Raises
    ------
    InputError
        Where they differ.

    Examples
    --------
    >>> equal_lengths({"x": 2, "y": 2})
    2
    """
    lengths = set(columns.values())
    if len(lengths) > 1:
        shortest, longest = min(columns, key=columns.__getitem__), max(columns, key=columns.__getitem__)
        raise InputError(
            f"log_batch: {shortest} has {columns[shortest]} rows, but {longest} has {columns[longest]}"
        )
    return lengths.pop() if lengths else 0


def _in_memory(values: Any) -> tuple[Any, Any]:
    """The values as a numpy array with the mask of those that are missing, or (None, None)."""
    numpy = sys.modules.get("numpy")  # whoever has such values has imported it
    if numpy is None or isinstance(values, list | tuple):
        return None, None
    if hasattr(values, "filled"):  # a masked array
        return values.filled(0), numpy.ma.getmaskarray(values)
    if isinstance(values, numpy.ndarray):
        return values, None
    if hasattr(values, "combine_chunks"):  # an Arrow column of several chunks
        values = values.combine_chunks()
    name = str(getattr(values, "dtype", getattr(values, "type", ""))).lower()
    if not name.startswith(NUMBER_NAMES + TIME_NAMES):
        return None, None
    if hasattr(values, "isna"):
        return _from_pandas(values, name, numpy)
    return _from_arrow(values, name) if hasattr(values, "type") else _from_polars(values, name)


def _from_pandas(values: Any, name: str, numpy: Any) -> tuple[Any, Any]:
    if isinstance(values.dtype, numpy.dtype):  # these have no nulls: NaN stays NaN
        return values.to_numpy(), None
    if name.startswith(TIME_NAMES):
        return values.to_numpy(dtype="datetime64[us]"), None
    plain = name.split("[", maxsplit=1)[0]  # int64, or double[pyarrow]
    missing = values.isna().to_numpy()
    return values.to_numpy(
        dtype=PANDAS_NAMES.get(plain, plain), na_value=0
    ), missing if missing.any() else None


def _from_polars(values: Any, name: str) -> tuple[Any, Any]:
    if not values.null_count():
        return values.to_numpy(), None
    if name.startswith(TIME_NAMES):
        return None, None
    filled = values.fill_null(False) if name.startswith("bool") else values.fill_null(0)
    return filled.to_numpy(), values.is_null().to_numpy()


def _from_arrow(values: Any, name: str) -> tuple[Any, Any]:
    if not values.null_count:
        return values.to_numpy(zero_copy_only=False), None
    if name.startswith(TIME_NAMES):
        return None, None
    filled = values.fill_null(False) if name.startswith("bool") else values.fill_null(0)
    return filled.to_numpy(zero_copy_only=False), values.is_null().to_numpy(zero_copy_only=False)


def _null_bits(missing: Any) -> bytes | None:
    if missing is None:
        return None
    bits: bytes = sys.modules["numpy"].packbits(missing, bitorder="little").tobytes()
    return bits


def as_list(values: Any) -> list[Any]:
    """The values as a list of Python's own, as far as their library has a way to it.

    Examples
    --------
    >>> as_list(range(3))
    [0, 1, 2]
    """
    for method in ("to_pylist", "to_list", "tolist"):
        convert = getattr(values, method, None)
        if convert is not None:
            return list(convert())
    return list(values)
