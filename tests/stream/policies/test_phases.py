"""Seasons go by the clock on the wall; the hour it repeats lies in one phase twice, the hour it leaves out in none."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.policies.phases import Phases, phase_width
from bellbuoy_stream.times import duration_us, parse_time_us
from bellbuoy_stream.windows.calendar import Calendar

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin"]
HOUR_US = duration_us("1h")


def phases_of(season: str, size: str, pane: str, zone: str) -> tuple[Phases, Calendar]:
    calendar = Calendar(duration_us(size), duration_us(pane), zone)
    season_us = duration_us(season)
    return Phases(season_us, phase_width(season_us // calendar.pane_us), calendar), calendar


@given(
    st.integers(parse_time_us("2010-01-01"), parse_time_us("2030-01-01")),
    st.sampled_from(ZONES),
    st.sampled_from([("1d", "1h"), ("1d", "4h"), ("6h", "1h"), ("1h", "30m"), ("1w", "12h")]),
)
def test_a_phase_is_the_local_time_at_which_its_pane_begins(
    time: int, zone: str, lengths: tuple[str, str]
) -> None:
    phases, calendar = phases_of("1d", *lengths, zone)
    start = calendar.pane(time)[0]
    local = datetime.fromtimestamp(start / 1e6, ZoneInfo(zone))
    minutes = duration_us(lengths[1]) // 60_000_000
    expected = (local.hour * 60 + local.minute) // minutes
    assert phases.of(np.array([calendar.index(start)])).tolist() == [expected]


@given(st.integers(0, 2**51), st.sampled_from(ZONES))
def test_many_panes_at_once_equal_one_by_one(time: int, zone: str) -> None:
    phases, _ = phases_of("1w", "1d", "1h", zone)
    index = np.arange(50) + time // HOUR_US
    assert phases.of(index).tolist() == [int(phases.of(one)[0]) for one in index[:, None]]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2024-11-03T05:00:00Z", [1, 1, 2]),  # one in the morning, and again an hour later
        ("2024-03-10T06:00:00Z", [1, 3, 4]),
    ],
)
def test_a_repeated_hour_and_one_left_out(day: str, hours: list[int]) -> None:
    phases, _ = phases_of("1d", "1d", "1h", "America/New_York")
    first = parse_time_us(day) // HOUR_US
    assert phases.of(np.arange(first, first + 3)).tolist() == hours


def test_a_season_of_no_clock_is_counted_in_elapsed_time() -> None:
    phases, _ = phases_of("5h", "1d", "1h", "America/New_York")
    first = parse_time_us("2024-03-09T00:00:00Z") // HOUR_US
    index = np.arange(first, first + 60)
    assert np.array_equal(phases.of(index), index % 5)


def test_days_of_the_week_are_those_of_the_zone() -> None:
    phases, calendar = phases_of("1w", "1d", "1d", "America/New_York")
    starts = [calendar.pane(parse_time_us("2024-03-01") + day * duration_us("1d"))[0] for day in range(30)]
    found = phases.of(np.array([calendar.index(start) for start in starts]))
    assert found.tolist() == [(found[0] + day) % 7 for day in range(30)]
