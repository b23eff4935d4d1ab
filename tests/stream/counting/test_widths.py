"""A number that is one float32 with a cut is at the cut, from whichever side the 32 bits come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.counting.values import Values
from bellbuoy_stream.counting.widths import Widths, single
from bellbuoy_stream.references.reference import ColumnReference

CENTS = np.arange(1, 200) / 100
Floats = NDArray[np.float64]


def counted(cuts: Floats, numbers: NDArray[np.generic]) -> list[int]:
    """Value cells by both ways of counting, which agree."""
    column = ColumnReference(name="x", source="x", cuts=cuts.astype("<f8").tobytes())
    values, times = Values(len(numbers), numbers), np.zeros(len(numbers), dtype=np.int64)
    layout = Layout.of([("x", True, column.value_cells)])
    together = BatchCounter([column], layout).count({"x": values}, times)[0].tolist()
    assert ColumnCounter(column).count(values)[0].tolist() == together
    cells: list[int] = together
    return cells


@pytest.mark.parametrize(("cuts", "stream"), [("f8", "f4"), ("f4", "f8"), ("f4", "f4"), ("f8", "f8")])
def test_decimals_meet_their_cuts_at_any_width(cuts: str, stream: str) -> None:
    cells = counted(CENTS.astype(cuts).astype("f8"), np.repeat(CENTS, 3).astype(stream))
    assert cells[1 : 2 * len(CENTS) : 2] == [3] * len(CENTS)
    assert sum(cells) == 3 * len(CENTS)


def test_numbers_that_fit_into_32_bits_are_counted_as_they_are() -> None:
    assert counted(np.array([0.5, 0.5000000001]), np.array([0.5, 0.25], dtype="f4"))[:5] == [1, 1, 0, 0, 0]
    assert counted(np.array([0.5, 3.0]), np.array([0.5000000001, 3.0]))[:5] == [0, 0, 1, 1, 0]


@given(
    st.lists(st.floats(-3e38, 3e38), min_size=1, max_size=20, unique=True),
    st.lists(st.floats(width=32), max_size=20),
    st.data(),
)
def test_only_numbers_that_round_to_a_cut_move_and_the_order_stays(
    wide: list[float], loose: list[float], data: st.DataObject
) -> None:
    cuts = np.unique(wide)
    if data.draw(st.booleans()):
        cuts = np.unique(cuts.astype("f4").astype("f8"))
    numbers = np.array(loose + data.draw(st.lists(st.sampled_from(wide), max_size=20)))
    with np.errstate(over="ignore"):
        numbers = numbers.astype(data.draw(st.sampled_from(["f4", "f8"])))
    counted(cuts, numbers)
    catches = Widths(cuts).catches(numbers.dtype)
    finite = np.sort(numbers[np.isfinite(numbers)].astype("f8"))
    moved = finite if catches is None else catches.take(finite)
    assert (np.diff(moved) >= 0).all()
    changed = moved != finite
    assert np.isin(moved[changed], cuts).all()
    assert (moved[changed].astype("f4") == finite[changed].astype("f4")).all()
    if catches is not None:
        catches.take_sorted(finite)
        assert finite.tolist() == moved.tolist()


def test_where_the_32_bits_come_from_is_seen_from_the_digits() -> None:
    assert single(CENTS.astype("f4").astype("f8"))
    assert not single(CENTS)
    assert not single(np.arange(1000.0))
    assert not single(np.arange(1000.0) / 8)
    assert not single(np.array([]))
    assert not single(np.array([1e300]))
