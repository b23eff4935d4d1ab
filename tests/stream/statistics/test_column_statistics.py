from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from scipy import stats

from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.references.reference import ColumnReference
from bellbuoy_stream.statistics import column_statistics

if TYPE_CHECKING:
    from bellbuoy_stream.events.windows import ColumnStatistics


def numeric(values: list[float]) -> ColumnReference:
    cuts = np.unique(values)
    empty = ColumnReference(name="x", source="x", cuts=cuts.astype("<f8").tobytes(), unit=2.0**-20)
    counts = ColumnCounter(empty).count(values_of(values))[0]
    return msgspec.structs.replace(empty, counts=counts.tobytes())


def statistics(reference: ColumnReference, values: list[Any]) -> ColumnStatistics:
    return column_statistics(reference, ColumnCounter(reference).count(values_of(values))[0])


def test_a_numeric_column_from_rows_to_report_is_scipys() -> None:
    rng = np.random.default_rng(5)
    before, now = rng.normal(size=400).round(1).tolist(), rng.normal(0.4, 1, size=150).round(2).tolist()
    found = statistics(numeric(before), [*now, None, float("nan")])
    expected = stats.ks_2samp(before, now, method="asymp")
    assert found.ks == found.ks_high == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found.rows, found.nulls, found.reference_nulls) == (152, 2 / 152, 0.0)
    true = stats.wasserstein_distance(before, now)
    assert found.wasserstein is not None
    assert found.wasserstein_high is not None
    assert found.median is not None
    assert found.wasserstein <= true + 1e-6
    assert true <= found.wasserstein_high + 1e-6
    assert abs(found.median - np.median(now)) < 0.11
    assert found.superiority == pytest.approx(stats.mannwhitneyu(now, before).statistic / 400 / 150)
    assert found.chi_square is None


def test_a_categorical_column_names_the_category_that_changed() -> None:
    empty = ColumnReference(name="c", source="c", numeric=False, categories=["a", "b"], others=["z"])
    counts = ColumnCounter(empty).count(values_of(["a"] * 60 + ["b"] * 39 + ["z"]))[0]
    reference = msgspec.structs.replace(empty, counts=counts.tobytes())
    found = statistics(reference, ["a"] * 10 + ["b"] * 30 + ["new"] * 60)
    assert (found.at, found.ks) == ("unseen", 0.6)
    assert found.p_value is not None
    assert found.g_p_value is not None
    assert found.p_value < 1e-19
    assert found.g_p_value < 1e-10
    assert (found.wasserstein, found.median) == (None, None)


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")], [float("inf")], ["text"]])
def test_no_value_gives_no_number(values: list[Any]) -> None:
    found = statistics(numeric([1.0, 2.0]), values)
    assert (found.ks, found.psi, found.rows) == (None, None, len(values))
    msgspec.json.encode(found)


@pytest.mark.parametrize(
    ("before", "now"), [([1.0] * 5, [1.0] * 3), ([1.0], [2.0]), ([1.0, 2.0], [-1e300, 1e300]), ([], [1.0])]
)
def test_no_report_holds_what_json_cannot(before: list[float], now: list[float]) -> None:
    found = statistics(numeric(before), now)
    for name in found.__struct_fields__:
        value = getattr(found, name)
        assert value is None or not isinstance(value, float) or np.isfinite(value), name
