"""Counting is exact: cells equal a count by hand, in whatever form and order the rows come."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.layout import (
    ABOVE,
    BELOW,
    EXTRAS,
    INFINITE,
    NAN,
    NULL,
    TAIL_LIMIT,
    WRONG,
    Layout,
)
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.events.columns import Packed, pack
from bellbuoy_stream.references.reference import ColumnReference

NUMBERS = st.one_of(
    st.none(),
    st.integers(-5, 15),
    st.floats(-5, 15, width=16),
    st.floats(allow_nan=True, allow_infinity=True),
)
CUTS = st.lists(st.integers(0, 10), min_size=0, max_size=6, unique=True).map(sorted)


def numeric(cuts: list[int]) -> ColumnReference:
    return ColumnReference(name="x", source="x", cuts=np.array(cuts, dtype="<f8").tobytes(), unit=0.5)


def by_hand(cuts: list[int], rows: list[Any]) -> list[int]:
    cells = 2 * len(cuts) + 1
    counts = [0] * (cells + len(EXTRAS))
    for row in rows:
        if row is None:
            counts[cells + NULL] += 1
        elif not isinstance(row, int | float):
            counts[cells + WRONG] += 1
        elif math.isnan(row):
            counts[cells + NAN] += 1
        elif math.isinf(row):
            counts[cells + INFINITE] += 1
        else:
            below = sum(cut < row for cut in cuts)
            counts[2 * below + (row in cuts)] += 1
            if cuts and row < cuts[0]:
                counts[cells + BELOW] += round(min((cuts[0] - row) / 0.5, TAIL_LIMIT))
            if cuts and row > cuts[-1]:
                counts[cells + ABOVE] += round(min((row - cuts[-1]) / 0.5, TAIL_LIMIT))
    return counts


@given(cuts=CUTS, rows=st.lists(st.one_of(NUMBERS, st.text(max_size=2)), max_size=30))
def test_numeric_cells_equal_a_count_by_hand(cuts: list[int], rows: list[Any]) -> None:
    counter = ColumnCounter(numeric(cuts))
    expected = by_hand(cuts, rows)
    assert counter.count(values_of(rows)).tolist() == [expected]
    assert counter.count(values_of(pack(rows))).tolist() == [expected]


@given(cuts=CUTS, rows=st.lists(NUMBERS, min_size=1, max_size=30), data=st.data())
def test_groups_add_up_to_the_whole(cuts: list[int], rows: list[Any], data: st.DataObject) -> None:
    group = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows))), dtype=np.intp
    )
    counter = ColumnCounter(numeric(cuts))
    values = values_of(pack(rows))
    apart = counter.count(values, group=group, groups=4)
    assert apart.sum(axis=0).tolist() == counter.count(values)[0].tolist()
    for number in range(4):
        alone = [row for row, at in zip(rows, group, strict=True) if at == number]
        assert apart[number].tolist() == by_hand(cuts, alone)


@given(columns=st.lists(st.tuples(CUTS, st.lists(st.one_of(NUMBERS, st.text(max_size=2)))), max_size=4))
def test_columns_counted_together_are_counted_as_each_alone(
    columns: list[tuple[list[int], list[Any]]],
) -> None:
    rows = max((len(column) for _, column in columns), default=0)
    padded = [(cuts, column + [None] * (rows - len(column))) for cuts, column in columns]
    references = [
        msgspec.structs.replace(numeric(cuts), name=f"x{at}", source=f"x{at}")
        for at, (cuts, _) in enumerate(padded)
    ]
    references.append(msgspec.structs.replace(numeric([1, 2]), name="absent", source="absent"))
    layout = Layout.of([(column.name, True, column.value_cells) for column in references])
    counter = BatchCounter(references, layout)
    times = np.zeros(rows, dtype=np.int64)
    for form in (list, pack):
        values = {f"x{at}": values_of(form(column)) for at, (_, column) in enumerate(padded)}
        counts = counter.count(values, times)
        assert counts.tolist() == counter.count(values, times, np.zeros(rows, dtype=np.intp)).tolist()
        expected = [by_hand(cuts, column) for cuts, column in [*padded, ([1, 2], [None] * rows)]]
        assert counts[0].tolist() == [count for column in expected for count in column]


@given(
    rows=st.lists(
        st.one_of(st.none(), st.sampled_from("abcdx"), st.booleans(), st.integers(0, 3)), max_size=30
    )
)
def test_categorical_cells_equal_a_count_by_hand(rows: list[Any]) -> None:
    reference = ColumnReference(
        name="c", source="c", numeric=False, categories=["a", "true", "3"], others=["b", "1"]
    )
    places = {"a": 0, "true": 1, "3": 2, "b": 3, "1": 3}
    counts = [0] * (5 + len(EXTRAS))
    for row in rows:
        text = str(row).lower() if isinstance(row, bool | int) else row
        counts[5 + NULL if text is None else places.get(text, 4)] += 1
    assert ColumnCounter(reference).count(values_of(rows)).tolist() == [counts]
    assert ColumnCounter(reference).count(values_of(pack(rows))).tolist() == [counts]


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "f4", "f8"])
def test_every_width_counts_alike(kind: str) -> None:
    rows = [0, 1, 2, 3, 3, 9]
    dtype = {"i": "<i", "f": "<f"}[kind[0]] + kind[1]
    column = Packed(kind, np.array(rows, dtype=dtype).tobytes(), len(rows))
    assert ColumnCounter(numeric([1, 3])).count(values_of(column)).tolist() == [by_hand([1, 3], rows)]


def test_derivations() -> None:
    length = ColumnReference(name="t", source="t", derivation="length", cuts=np.array([2.0]).tobytes())
    assert ColumnCounter(length).count(values_of(["ab", "abc", "", None]))[0, :4].tolist() == [1, 1, 1, 1]
    present = ColumnReference(name="i", source="i", derivation="present", cuts=np.array([1.0]).tobytes())
    assert ColumnCounter(present).count(values_of(["u1", 7, None]))[0, :4].tolist() == [0, 2, 0, 1]
    lag = ColumnReference(name="l", source="l", derivation="lag", cuts=np.array([60.0]).tobytes())
    times = np.array([120_000_000, 120_000_000, 120_000_000], dtype=np.int64)
    counts = ColumnCounter(lag).count(values_of(["1970-01-01T00:01:00Z", 100, "no time"]), times)[0]
    assert counts[:3].tolist() == [1, 1, 0]
    assert counts[3 + WRONG] == 1
    centroid = np.array([3.0, 4.0]).tobytes()
    norm = ColumnReference(
        name="n", source="e", derivation="norm", cuts=np.array([5.0]).tobytes(), centroid=centroid
    )
    counts = ColumnCounter(norm).count(values_of([[3, 4], [0, 1], [6, 8]]))[0]
    assert counts[:3].tolist() == [1, 1, 1]
    assert ColumnCounter(norm).count(values_of([[1, 2, 3]]))[0, 3 + WRONG] == 1
