from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.quality import Limits, inspect, share_at_least, share_at_most
from bellbuoy_stream.quality.inspect import Inspector
from bellbuoy_stream.specs.monitor import MonitorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.quality import QualityFinding
    from bellbuoy_stream.references import Reference

    Draw = Callable[[Generator, int], NDArray[np.float64]]
    Convert = Callable[[NDArray[np.float64]], NDArray[np.float64]]

HOUR = 3_600_000_000
ROWS = 600


def reference_of(columns: Mapping[str, list[Any]], *, times: bool = True) -> Reference:
    rows = len(next(iter(columns.values())))
    stamps = np.arange(rows) * (HOUR // 30) if times else None
    return build_reference("m", "1", MonitorSpec(model="m"), [Rows(columns, stamps)])


def counts_of(reference: Reference, columns: Mapping[str, list[Any]]) -> Counts:
    counter = BatchCounter(reference.columns, reference.layout)
    rows = len(next(iter(columns.values())))
    counts: Counts = counter.count(
        {n: values_of(c, n) for n, c in columns.items()}, np.zeros(rows, dtype=np.int64)
    )[0]
    return counts


def found(reference: Reference, values: list[Any], name: str = "x") -> list[QualityFinding]:
    return inspect(reference, counts_of(reference, {name: values}))


def only(findings: list[QualityFinding]) -> QualityFinding:
    assert len(findings) == 1, findings
    return findings[0]


@pytest.fixture
def rng() -> Generator:
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def temperature() -> Reference:
    rng = np.random.default_rng(12)
    return reference_of({"x": rng.normal(15, 8, 6000).round(1).tolist()})


@pytest.fixture(scope="module")
def origin() -> Reference:
    rng = np.random.default_rng(13)
    return reference_of(
        {"x": rng.choice(np.array(["EWR", "JFK", "LGA", None]), 6000, p=[0.4, 0.3, 0.28, 0.02]).tolist()}
    )


def test_a_column_without_any_value_has_vanished(temperature: Reference, origin: Reference) -> None:
    assert only(found(temperature, [None] * 40)).rule == "vanished"
    assert only(found(origin, [None] * 40)).summary.startswith("x: none of 40 rows has a value")


def test_a_column_that_is_not_sent_has_vanished(temperature: Reference) -> None:
    assert only(found(temperature, [1.0] * 30, name="y")).rule == "vanished"


def test_a_jump_of_nulls_is_found_and_their_usual_share_is_not(origin: Reference, rng: Generator) -> None:
    finding = only(found(origin, rng.choice(np.array(["EWR", "JFK", None]), 400, p=[0.4, 0.2, 0.4]).tolist()))
    assert finding.rule == "missing"
    assert finding.effect > finding.threshold
    assert (
        found(
            origin, rng.choice(np.array(["EWR", "JFK", "LGA", None]), 400, p=[0.4, 0.3, 0.25, 0.05]).tolist()
        )
        == []
    )


def test_nan_is_missing(temperature: Reference, rng: Generator) -> None:
    values = np.where(rng.random(300) < 0.4, np.nan, rng.normal(15, 8, 300)).tolist()
    assert only(found(temperature, values)).rule == "missing"


def test_nulls_that_come_in_whole_panes_are_usual(rng: Generator) -> None:
    values = [None if row // 30 % 7 == 0 else 1.0 * (row % 50) for row in range(6000)]
    reference = reference_of({"x": values})
    assert found(reference, [None] * 60) == []


def test_texts_where_numbers_were_and_infinities_are_of_the_wrong_type(temperature: Reference) -> None:
    assert (
        only(found(temperature, [15.0] * 20 + [float(i % 20) for i in range(80)] + ["15,3"] * 50)).rule
        == "wrong_type"
    )
    finding = only(found(temperature, [float(i % 20) for i in range(100)] + [float("inf")] * 50))
    assert "an infinite value" in finding.summary


def test_unseen_categories_beyond_their_usual_rate(origin: Reference, rng: Generator) -> None:
    finding = only(found(origin, rng.choice(["EWR", "JFK", "jfk"], 300).tolist()))
    assert (finding.rule, "never seen" in finding.summary) == ("unseen", True)


def test_categories_that_are_new_every_day_are_usual(rng: Generator) -> None:
    names = [f"campaign {row // 300}" if row % 2 else "organic" for row in range(6000)]
    reference = reference_of({"x": names})
    assert found(reference, ["campaign 20", "organic"] * 100) == []


def test_a_stuck_sensor_is_constant_whether_or_not_its_value_is_a_cut(rng: Generator) -> None:
    reference = reference_of({"x": rng.normal(size=6000).tolist()})
    finding = only(found(reference, [0.123456789] * 60))
    assert finding.rule == "constant"
    cut = float(reference.columns[0].cut_points[100])
    assert f"all 60 values are {cut:g}" in only(found(reference, [cut] * 60)).summary


def test_a_column_that_stands_still_for_hours_by_nature_is_not_broken() -> None:
    day = [float(row // 720) for row in range(14_400)]
    assert found(reference_of({"x": day}), [7.0] * 700) == []
    assert found(reference_of({"x": [row // 720 for row in range(14_400)]}, times=False), [7] * 700) == []


def test_a_rare_flag_may_be_off_for_a_while(rng: Generator) -> None:
    reference = reference_of({"x": (rng.random(6000) < 0.01).tolist()})
    assert found(reference, [False] * 500) == []


def test_a_sentinel_is_out_of_range(temperature: Reference, rng: Generator) -> None:
    values = np.where(rng.random(ROWS) < 0.2, -999.0, rng.normal(15, 8, ROWS)).tolist()
    finding = only(found(temperature, values))
    assert (finding.rule, "below the reference's smallest value" in finding.summary) == ("range", True)


UNITS: dict[str, tuple[Draw, Convert, str]] = {
    "F -> C": (lambda r, n: r.normal(60, 15, n), lambda v: (v - 32) / 1.8, "F -> C"),
    "C -> F": (lambda r, n: r.normal(15, 8, n).round(1), lambda v: v * 1.8 + 32, "C -> F (x 1.8 + 32)"),
    "C -> K": (lambda r, n: r.normal(15, 8, n).round(1), lambda v: v + 273.15, "C -> K"),
    "hPa -> inHg": (
        lambda r, n: r.normal(1015, 8, n).round(1),
        lambda v: v / 33.8639,
        "hPa -> inHg (x 0.02953)",
    ),
    "x 1000": (lambda r, n: r.lognormal(0, 1, n), lambda v: v * 1000, "x 1000"),
    "x 100": (lambda r, n: r.beta(2, 5, n), lambda v: v * 100, "x 100"),
    "ms -> s": (lambda r, n: r.lognormal(5, 0.7, n), lambda v: v / 1000, "x 0.001"),
}


@pytest.mark.parametrize(("draw", "convert", "words"), UNITS.values(), ids=list(UNITS))
def test_a_change_of_unit_is_named(draw: Draw, convert: Convert, words: str, rng: Generator) -> None:
    reference = reference_of({"x": draw(rng, 9000).tolist()})
    finding = only(found(reference, convert(draw(rng, 4000)).tolist()))
    assert finding.rule == "unit", finding
    assert words in finding.summary
    assert found(reference, draw(rng, 2000).tolist()) == []


@pytest.mark.parametrize("factor", [1.609344, 2.204623, 1 / 2.236936, 10.0])
def test_a_factor_of_a_few_is_left_to_drift(factor: float, rng: Generator) -> None:
    """Growth has such factors, too; what tells them apart on independent rows fails on real ones."""
    reference = reference_of({"x": rng.gamma(3, 4, 9000).round(1).tolist()})
    assert found(reference, (rng.gamma(3, 4, 4000).round(1) * factor).tolist()) == []


def test_all_rows_below_is_said_in_words(rng: Generator) -> None:
    reference = reference_of({"pressure": rng.normal(1015, 8, 9000).round(1).tolist()})
    finding = only(
        inspect(reference, counts_of(reference, {"pressure": (rng.normal(1015, 8, 812) / 33.8639).tolist()}))
    )
    smallest = reference.columns[0].cut_points[0]
    assert finding.summary == (
        f"pressure: all 812 rows lie below the reference's smallest value {smallest:g}; "
        "matches hPa -> inHg (x 0.02953)"
    )


@pytest.mark.parametrize("rows", [60, 800])
@pytest.mark.parametrize("shift", [-30, -20, -12, -6, 3, 8, 12, 16, 20, 25, 30])
def test_a_warmer_or_colder_season_is_drift_not_breakage(
    temperature: Reference, rows: int, shift: int, rng: Generator
) -> None:
    for _ in range(5):
        assert found(temperature, (rng.normal(15, 8, rows) + shift).round(1).tolist()) == []


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 1.5, 1.8, 2.0, 3.0])
def test_growth_is_drift_not_breakage(factor: float, rng: Generator) -> None:
    reference = reference_of({"x": rng.lognormal(3, 0.6, 9000).round(2).tolist()})
    for _ in range(5):
        assert found(reference, (rng.lognormal(3, 0.6, 800) * factor).round(2).tolist()) == []


def test_with_nothing_changed_no_rule_speaks(rng: Generator) -> None:
    def draw(n: int) -> dict[str, list[Any]]:
        return {
            "a": rng.normal(size=n).tolist(),
            "b": rng.integers(0, 5, n).tolist(),
            "c": np.where(rng.random(n) < 0.1, np.array(None), rng.choice(list("wxyz"), n)).tolist(),
            "d": np.where(rng.random(n) < 0.3, np.nan, rng.lognormal(0, 2, n)).tolist(),
        }

    reference = reference_of(draw(6000))
    for rows in [1, 5, 19, *[20] * 60, *[50] * 60, *[500] * 20]:
        assert inspect(reference, counts_of(reference, draw(rows))) == []


def test_a_category_unseen_in_four_rows_of_a_small_pane_is_no_fault(rng: Generator) -> None:
    reference = reference_of({"x": rng.choice(["EWR", "JFK", "LGA"], 54_000).tolist()})
    assert found(reference, ["EWR"] * 8 + ["JFK"] * 8 + ["new"] * 4) == []
    assert found(reference, ["EWR"] * 20 + ["JFK"] * 25 + ["new"] * 4) == []
    assert only(found(reference, ["EWR"] * 8 + ["JFK"] * 7 + ["new"] * 5)).rule == "unseen"
    assert only(found(reference, ["EWR"] * 200 + ["JFK"] * 250 + ["new"] * 40)).rule == "unseen"


def test_few_rows_say_nothing(temperature: Reference) -> None:
    assert found(temperature, [None] * 19) == []
    assert Inspector(temperature, Limits(min_rows=5, alpha=1e-3)).inspect(
        counts_of(temperature, {"x": [None] * 19})
    )


def test_a_reference_of_nothing_or_of_nulls_has_no_findings(temperature: Reference) -> None:
    reference = reference_of({"x": [None] * 100})
    assert found(reference, [1.0] * 50) == []
    assert found(reference, [None] * 50) == []
    assert inspect(temperature, temperature.layout.zeros()) == []


@pytest.mark.parametrize(("count", "rows"), [(0, 10), (3, 10), (10, 10), (7, 4000)])
def test_bounds_of_a_share_are_exact_binomial(count: int, rows: int) -> None:
    from scipy.stats import binomtest

    interval = binomtest(count, rows).proportion_ci(confidence_level=1 - 2e-3, method="exact")
    assert share_at_least(count, rows, 1e-3) == pytest.approx(interval.low, abs=1e-12)
    assert share_at_most(count, rows, 1e-3) == pytest.approx(interval.high, abs=1e-12)
