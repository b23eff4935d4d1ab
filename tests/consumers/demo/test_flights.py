import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bellbuoy_consumers.demo.flights import FEATURES, NUMBERS, Flights, read_flights
from bellbuoy_consumers.demo.model import LateModel, scores_out_of_fold
from bellbuoy_consumers.demo.playing import row_ids
from bellbuoy_consumers.demo.story import FAULT

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def year() -> Flights:
    return read_flights()


def test_the_year_is_whole_and_in_order(year: Flights) -> None:
    assert len(year) == 336_776
    assert (np.diff(year.times) >= 0).all()
    assert len(set(year.numbers.tolist())) == len(year)
    assert set(year.columns) == set(FEATURES)
    assert all(year.columns[name].dtype == np.float64 for name in NUMBERS)


@pytest.mark.parametrize("row", [0, 60_000, 150_000, 300_000, 336_775])
def test_departure_weekday_and_hour_are_those_of_new_york(year: Flights, row: int) -> None:
    moment = dt.datetime.fromtimestamp(year.times[row] / 1e6, NEW_YORK)
    assert moment.hour == year.columns["hour"][row]
    assert f"{moment:%a}" == year.columns["weekday"][row]
    assert str(year.days[row]) == f"{moment:%Y-%m-%d}"


def test_the_weather_is_that_of_the_hour_and_missing_where_it_is_missing(year: Flights) -> None:
    last = year.between("2013-12-31", "2014-01-01")
    assert np.isnan(last.columns["temp"]).all()
    july, january = (year.between(f"2013-{month}", f"2013-{month[:-2]}31") for month in ("07-01", "01-01"))
    assert np.nanmean(july.columns["temp"]) > np.nanmean(january.columns["temp"]) + 30
    for name in ("temp", "pressure"):  # one station, one hour, one value
        seen: dict[Any, float] = {}
        for origin, hour, value in zip(
            january.columns["origin"][:2000],
            january.times[:2000] // 3_600_000_000,
            january.columns[name][:2000],
            strict=True,
        ):
            assert np.array_equal(seen.setdefault((origin, hour), value), value, equal_nan=True)


def test_the_fault_touches_its_column_in_its_days_only(year: Flights) -> None:
    march = year.between("2013-03-01", "2013-04-01")
    broken = FAULT.applied(march)
    week = (march.days >= np.datetime64(FAULT.start)) & (march.days < np.datetime64(FAULT.stop))
    assert np.nanmean(broken.columns["pressure"][week]) == pytest.approx(30, abs=1)
    assert np.array_equal(broken.columns["pressure"][~week], march.columns["pressure"][~week], equal_nan=True)
    assert broken.columns["temp"] is march.columns["temp"]
    assert len(np.unique(march.days[week])) == 7


def test_the_same_seed_gives_the_same_scores_and_no_fold_sees_its_own_rows(year: Flights) -> None:
    few = year.between("2013-01-01", "2013-01-09")
    first, again = (scores_out_of_fold(few, seed=7, blocks=2) for _ in range(2))
    assert np.array_equal(first, again)
    half = len(few) // 2
    other = LateModel(few.take(slice(half, len(few))), seed=7).score(few.take(slice(0, half)))
    assert np.array_equal(first[:half], other)


def test_ids_keep_an_hour_together_and_tell_rows_apart(year: Flights) -> None:
    day = year.between("2013-05-01", "2013-05-02")
    ids = row_ids(day, seed=7)
    assert len(set(ids)) == len(day)
    assert {one.partition("~")[0] for one in ids} == {f"7.{t // 3_600_000_000}" for t in day.times.tolist()}
    assert set(ids).isdisjoint(row_ids(day, seed=8))
