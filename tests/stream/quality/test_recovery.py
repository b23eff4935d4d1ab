"""A fault is over where a pane, or panes together, that could have shown it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.quality import Inspector, fault_of, recovered
from bellbuoy_stream.specs.monitor import MonitorSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import Reference

    Draw = Callable[[int], list[Any]]

MINUTE = 60_000_000


def reference_of(values: list[Any]) -> Reference:
    times = np.arange(len(values), dtype=np.int64) * 2 * MINUTE
    return build_reference("m", "1", MonitorSpec(model="m"), [Rows({"x": values}, times)])


def count(reference: Reference, values: list[Any]) -> Counts:
    counter = BatchCounter(reference.columns, reference.layout)
    times = np.zeros(len(values), dtype=np.int64)
    counts: Counts = counter.count({"x": values_of(values, "x")}, times)[0]
    return counts


@pytest.fixture
def rng() -> Generator:
    return np.random.default_rng(21)


def panes_until_over(reference: Reference, fault: list[Any], after: Draw, rows: int) -> int | None:
    """Number of panes of so many rows after which a fault is over; None if not after forty."""
    inspector = Inspector(reference)
    broken = count(reference, fault)
    assert inspector.column("x", broken) is not None
    known = fault_of(broken)
    for number in range(40):
        part = count(reference, after(rows))
        assert inspector.column("x", part) is None
        if recovered(inspector, "x", known, part):
            return number + 1
    return None


def test_a_fault_of_few_rows_in_a_hundred_is_not_over_after_one_small_pane(rng: Generator) -> None:
    reference = reference_of(rng.choice(["a", "b"], 6_000).tolist())
    fault: list[Any] = ["a"] * 435 + ["new"] * 65  # 13 %: twenty rows hold two or three of them

    def sound(rows: int) -> list[Any]:
        return list(rng.choice(["a", "b"], rows))

    assert panes_until_over(reference, fault, sound, 500) == 1
    small = panes_until_over(reference, fault, sound, 20)
    assert small is not None
    assert 2 < small <= 25


def test_a_column_that_is_all_gone_is_back_after_one_small_pane(rng: Generator) -> None:
    reference = reference_of(rng.normal(15, 8, 6_000).round(1).tolist())
    fault: list[Any] = [None] * 800
    assert panes_until_over(reference, fault, lambda rows: rng.normal(15, 8, rows).round(1).tolist(), 20) == 1


def test_panes_too_small_to_show_a_fault_that_goes_on_do_not_end_it(rng: Generator) -> None:
    reference = reference_of(rng.choice(["a", "b"], 6_000).tolist())
    fault: list[Any] = ["a"] * 435 + ["new"] * 65
    assert panes_until_over(reference, fault, lambda rows: ["a"] * (rows - 3) + ["new"] * 3, 22) is None


def test_panes_without_values_end_nothing(rng: Generator) -> None:
    values = [None if row // 30 % 7 == 0 else float(rng.normal()) for row in range(6_000)]
    reference = reference_of(values)
    fault: list[Any] = [9_000.0] * 60
    assert panes_until_over(reference, fault, lambda rows: [None] * rows, 60) is None


def test_a_change_of_unit_is_over_when_as_many_rows_are_in_the_old_unit(rng: Generator) -> None:
    reference = reference_of(rng.normal(1015, 8, 9_000).round(1).tolist())
    fault = (rng.normal(1015, 8, 80) / 33.8639).tolist()
    assert (
        panes_until_over(reference, fault, lambda rows: rng.normal(1015, 8, rows).round(1).tolist(), 30) == 1
    )


def test_broken_rows_too_few_to_be_found_do_not_spoil_the_pane_that_shows_the_recovery(
    rng: Generator,
) -> None:
    reference = reference_of(rng.normal(1015, 8, 9_000).round(1).tolist())
    inspector = Inspector(reference)

    def pane(rows: int, factor: float = 1.0) -> Counts:
        return count(reference, (rng.normal(1015, 8, rows) / factor).tolist())

    fault = fault_of(pane(80, factor=33.8639))
    assert [recovered(inspector, "x", fault, pane(rows, factor=33.8639)) for rows in (8, 5)] == [False, False]
    assert recovered(inspector, "x", fault, pane(60))
