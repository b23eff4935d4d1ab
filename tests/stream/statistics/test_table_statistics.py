"""Columns that are computed together, against each computed alone."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstwo

from bellbuoy_stream.counting.layout import EXTRAS
from bellbuoy_stream.events.windows import ColumnStatistics
from bellbuoy_stream.references.reference import ColumnReference
from bellbuoy_stream.statistics import column_statistics, ks_p_value, ks_p_values, table_statistics
from bellbuoy_stream.statistics.baseline import Baseline

EXACT = (
    "rows",
    "nulls",
    "reference_nulls",
    "ks",
    "ks_high",
    "p_value",
    "at",
    "median",
    "reference_median",
    "g",
)


def column(kind: str, cuts: int, rng: np.random.Generator) -> tuple[ColumnReference, np.ndarray]:
    numeric = kind != "categorical"
    cells = 2 * cuts + 1 if numeric else cuts + 2
    counts = rng.integers(0, 40, (2, cells + len(EXTRAS)))
    counts[:, rng.integers(0, cells, cells // 3)] = 0
    if kind == "empty":
        counts[1, :cells] = 0
    reference = ColumnReference(
        name="x",
        source="x",
        numeric=numeric,
        unit=2.0**-20,
        cuts=np.sort(rng.normal(size=cuts)).tobytes() if numeric else b"",
        categories=[] if numeric else [str(number) for number in range(cuts)],
        counts=counts[0].tobytes(),
    )
    return reference, counts[1]


@given(
    st.lists(st.tuples(st.sampled_from(["numeric", "categorical", "empty"]), st.integers(0, 30)), max_size=8),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_a_column_is_told_the_same_in_whatever_company(shapes: list[tuple[str, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = [column(kind, cuts, rng) for kind, cuts in shapes]
    together = table_statistics([one for one, _ in columns], [counts for _, counts in columns])
    for (reference, counts), found in zip(columns, together, strict=True):
        alone = column_statistics(reference, counts)
        for name in ColumnStatistics.__struct_fields__:
            value, expected = getattr(found, name), getattr(alone, name)
            if name in EXACT or not isinstance(expected, float):
                assert value == expected, name
            else:
                assert value == pytest.approx(expected, rel=1e-12, abs=1e-15), name


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5000), st.integers(0, 5000)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_p_values_of_many_are_those_of_one_and_scipys(cases: list[tuple[float, int, int]]) -> None:
    distances, before, now = ([case[part] for case in cases] for part in range(3))
    for (distance, n, m), found in zip(cases, ks_p_values(distances, before, now), strict=True):  # type: ignore[arg-type]
        assert found == ks_p_value(distance, n, m)
        if n and m and round(n * m / (n + m)) >= 1:
            expected = min(1.0, max(0.0, float(kstwo.sf(distance, round(n * m / (n + m))))))
            assert found == pytest.approx(expected, rel=1e-11, abs=1e-300)


def test_what_a_reference_has_prepared_is_not_part_of_it() -> None:
    reference, counts = column("numeric", 5, np.random.default_rng(1))
    before = msgspec.msgpack.encode(reference)
    column_statistics(reference, counts)
    assert Baseline.of(reference) is Baseline.of(reference)
    assert msgspec.msgpack.encode(reference) == before
