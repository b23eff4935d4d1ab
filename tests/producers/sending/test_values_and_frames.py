"""Values and columns of an app made plain and packed: equal to what went in, null where it was missing."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy.sending.frames import named_columns, packed_column, packed_scores, packed_times
from bellbuoy.sending.slicing import slice_column, take_rows
from bellbuoy.sending.values import column, plain
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.events import Packed, pack, unpack


class Colour(str, Enum):  # noqa: UP042  # the older form, which apps still have
    RED = "red"


class Size(IntEnum):
    LARGE = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5), (np.float32(0.5), 0.5), (np.int8(-3), -3), (np.uint64(2**63), 2.0**63),
        (np.bool_(True), True), (np.str_("a"), "a"), (pd.NA, None), (pd.NaT, None), (None, None),
        (Decimal("1.5"), 1.5), (Fraction(1, 4), 0.25), (10**400, math.inf), (-(10**30), -1e30), (Colour.RED, "red"),
        (Size.LARGE, 3), (datetime(2013, 3, 18, 7, tzinfo=UTC), "2013-03-18T07:00:00+00:00"),
        (date(2013, 3, 18), "2013-03-18"), (timedelta(minutes=1), 60.0), (np.datetime64("2013-03-18"), "2013-03-18"),
        (np.datetime64("NaT"), None), (np.timedelta64(90, "s"), 90.0), (pd.Timestamp("2013-03-18"), "2013-03-18T00:00:00"),
        (np.array([1.0, 2.0]), [1.0, 2.0]), ((1, np.int64(2)), [1, 2]), (b"bytes", "<bytes>"), ({1: 2}, "<dict>"),
        (np.array(7), 7), (1 + 2j, "<complex>"), (np.longdouble(0.5), 0.5),
    ],
    ids=repr,
)  # fmt: skip
def test_one_value_made_plain(value: object, expected: object) -> None:
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2.5, None], "f4", [1.0, 2.5, None]),
        ([1, float("nan")], "f4", [1.0, math.nan]),
        (["a", float("nan"), None, pd.NA], "s1", ["a", None, None, None]),
        ([True, None], "b1", [True, None]),
        ([np.float32(0.1), 1], "f4", [float(np.float32(0.1)), 1.0]),
        ([None, None], None, [None, None]),
        ([1, "a", 2.5], None, [1, "a", 2.5]),
        ([2**60, 0.5], None, [2**60, 0.5]),
        ([2**70, 1], None, [float(2**70), 1]),
        (["a\ud800", "b"], "s1", ["a?", "b"]),
        (["a\ud800", 1], None, ["a?", 1]),
    ],
    ids=repr,
)
def test_a_column_of_values(values: list[object], kind: str | None, expected: list[object]) -> None:
    made = column(values)
    assert (made.kind if isinstance(made, Packed) else None) == kind
    assert repr(unpack(made)) == repr(expected)


FRAMES = [
    ("numpy float64", np.array([0.1, math.nan, 3.0]), "f8", [0.1, math.nan, 3.0]),
    ("numpy float32", np.array([0.5, 1.5], dtype="f4"), "f4", [0.5, 1.5]),
    ("numpy float16", np.array([0.5, 1.5], dtype="f2"), "f4", [0.5, 1.5]),
    ("numpy int16, big endian", np.array([1, -2], dtype=">i2"), "i2", [1, -2]),
    ("numpy uint32", np.array([2**32 - 1], dtype="u4"), "i8", [2**32 - 1]),
    ("numpy uint64", np.array([7], dtype="u8"), "i1", [7]),
    ("numpy bool", np.array([True, False]), "b1", [True, False]),
    ("numpy text", np.array(["a", "b", "a"]), "s1", ["a", "b", "a"]),
    ("numpy object", np.array(["a", None, math.nan], dtype=object), "s1", ["a", None, None]),
    ("numpy masked", np.ma.masked_array([1, 2, 3], mask=[False, True, False]), "i8", [1, None, 3]),
    ("numpy slice", np.arange(10)[::3], "i8", [0, 3, 6, 9]),
    ("numpy times", np.array(["2013-03-18", "NaT"], dtype="M8[s]"), "s1", ["2013-03-18T00:00:00", None]),
    ("embedding", np.array([[1.0, 2.0], [3.0, 4.0]], dtype="f4"), "f4", [[1.0, 2.0], [3.0, 4.0]]),
    ("pandas float", pd.Series([0.1, math.nan]), "f8", [0.1, math.nan]),
    ("pandas Int64", pd.Series([1, None, 3], dtype="Int64"), "i8", [1, None, 3]),
    ("pandas Float64", pd.Series([0.5, pd.NA], dtype="Float64"), "f8", [0.5, None]),
    ("pandas boolean", pd.Series([True, None], dtype="boolean"), "b1", [True, None]),
    ("pandas int64[pyarrow]", pd.Series([1, None], dtype="int64[pyarrow]"), "i8", [1, None]),
    ("pandas double[pyarrow]", pd.Series([0.5, None], dtype="double[pyarrow]"), "f8", [0.5, None]),
    ("pandas text", pd.Series(["a", None, "b"]), "s1", ["a", None, "b"]),
    ("pandas category", pd.Series(["a", None, "b"], dtype="category"), "s1", ["a", None, "b"]),
    ("polars int with null", pl.Series([1, None, 3]), "i8", [1, None, 3]),
    ("polars float", pl.Series([0.1, math.nan]), "f8", [0.1, math.nan]),
    ("polars bool with null", pl.Series([True, None]), "b1", [True, None]),
    ("polars text", pl.Series(["a", None]), "s1", ["a", None]),
    ("arrow int with null", pa.array([1, None, 3]), "i8", [1, None, 3]),
    ("arrow chunked", pa.chunked_array([[1, None], [3]]), "i8", [1, None, 3]),
    ("arrow float", pa.array([0.1, math.nan]), "f8", [0.1, math.nan]),
    ("arrow bool with null", pa.array([True, None]), "b1", [True, None]),
    ("arrow dictionary", pa.array(["a", "b", None]).dictionary_encode(), "s1", ["a", "b", None]),
    ("range", range(3), "i1", [0, 1, 2]),
    ("tuple", (1, None), "i1", [1, None]),
]


@pytest.mark.parametrize(
    ("values", "kind", "expected"), [one[1:] for one in FRAMES], ids=[one[0] for one in FRAMES]
)
def test_a_column_of_an_array(values: Any, kind: str, expected: list[object]) -> None:
    made = packed_column(values)
    assert isinstance(made, Packed)
    assert made.kind == kind
    assert repr(unpack(made.checked("x"))) == repr(expected)


@pytest.mark.parametrize(
    "frame",
    [
        {"x": [1, 2], "y": ["a", "b"]},
        pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        pl.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        pa.table({"x": [1, 2], "y": ["a", "b"]}),
        pa.record_batch({"x": [1, 2], "y": ["a", "b"]}),
    ],
    ids=lambda frame: type(frame).__module__,
)
def test_columns_of_a_frame(frame: Any) -> None:
    made = {name: unpack(packed_column(values)) for name, values in named_columns(frame)}
    assert made == {"x": [1, 2], "y": ["a", "b"]}


@pytest.mark.parametrize(
    "times",
    [
        ["2013-03-18T07:00:00Z"], [1363590000], np.array(["2013-03-18T07:00:00"], dtype="M8[s]"),
        np.array([1363590000.0]), pd.Series(pd.to_datetime(["2013-03-18 03:00-04:00"])),
        pd.Series(pd.to_datetime(["2013-03-18 07:00"])), pl.Series([datetime(2013, 3, 18, 7)]),  # noqa: DTZ001
        pa.array([datetime(2013, 3, 18, 7, tzinfo=UTC)]), pd.DatetimeIndex(["2013-03-18 07:00"]),
    ],
    ids=lambda times: f"{type(times).__module__}-{getattr(times, 'dtype', '')}",
)  # fmt: skip
def test_times_of_every_library(times: Any) -> None:
    assert unpack(packed_times(times)) == [1_363_590_000_000_000]


@pytest.mark.parametrize(
    "times",
    [["soon"], [None], np.array(["NaT"], dtype="M8[s]"), pl.Series([None, datetime(2013, 1, 1, tzinfo=UTC)])],
    ids=repr,
)
def test_a_missing_or_impossible_time_is_refused(times: Any) -> None:
    with pytest.raises(InputError, match="times"):
        packed_times(times)


def test_scores_of_classes() -> None:
    by_name = packed_scores({"a": [0.5], "b": np.array([0.25])})
    by_place = packed_scores(np.array([[0.5, 0.25]]))
    assert isinstance(by_name, dict)
    assert isinstance(by_place, dict)
    assert {name: unpack(one) for name, one in by_name.items()} == {"a": [0.5], "b": [0.25]}
    assert {name: unpack(one) for name, one in by_place.items()} == {"0": [0.5], "1": [0.25]}
    with pytest.raises(InputError, match="3 dimensions"):
        packed_column(np.zeros((2, 2, 2)))


VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), min_size=1, max_size=30),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1, max_size=30),
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=30),
    st.lists(st.one_of(st.integers(0, 9), st.text(max_size=3)), min_size=1, max_size=30),
)


@settings(max_examples=100, deadline=None)
@given(VALUES, st.data())
def test_parts_of_a_column_are_parts_of_its_values(values: list[object], data: st.DataObject) -> None:
    packed = pack(values)
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    assert unpack(slice_column(packed, start, stop)) == values[start:stop]
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1))
    assert unpack(take_rows(packed, rows)) == [values[row] for row in rows]


def test_parts_of_an_embedding() -> None:
    packed = packed_column(np.arange(12.0).reshape(4, 3))
    assert unpack(slice_column(packed, 1, 3)) == [[3.0, 4.0, 5.0], [6.0, 7.0, 8.0]]
    assert unpack(take_rows(packed, [3, 0])) == [[9.0, 10.0, 11.0], [0.0, 1.0, 2.0]]
