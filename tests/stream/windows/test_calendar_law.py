"""Windows and panes cover time without holes or overlaps, in every zone, across every change of clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.times import duration_us, parse_time_us, rfc3339
from bellbuoy_stream.windows.calendar import Calendar

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin"]
LENGTHS = [("1d", "1h"), ("1w", "1d"), ("6h", "1h"), ("1000s", "100s"), ("1h", "1h"), ("2d", "12h")]


@given(
    time=st.integers(parse_time_us("2010-01-01"), parse_time_us("2030-01-01")),
    zone=st.sampled_from(ZONES),
    lengths=st.sampled_from(LENGTHS),
)
def test_windows_and_panes_partition_time(time: int, zone: str, lengths: tuple[str, str]) -> None:
    calendar = Calendar(duration_us(lengths[0]), duration_us(lengths[1]), zone)
    window, pane = calendar.window(time), calendar.pane(time)
    assert window[0] <= pane[0] <= time < pane[1] <= window[1]
    assert calendar.window(window[0]) == window
    assert calendar.window(window[1] - 1) == window
    assert calendar.window(window[1])[0] == window[1]
    assert calendar.pane(pane[0]) == pane
    assert calendar.pane(pane[1])[0] == pane[1]
    assert calendar.index(calendar.pane(pane[1])[0]) > calendar.index(pane[0])


@given(st.lists(st.integers(0, 2**51), min_size=1, max_size=20), st.sampled_from(ZONES))
def test_many_times_at_once_equal_one_by_one(times: list[int], zone: str) -> None:
    calendar = Calendar(duration_us("1d"), duration_us("1h"), zone)
    starts, ends = calendar.panes(np.array(times, dtype=np.int64))
    assert [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)] == [
        calendar.pane(time) for time in times
    ]


@pytest.mark.parametrize(("day", "hours"), [("2013-03-10", 23), ("2013-03-11", 24), ("2013-11-03", 25)])
def test_a_day_is_as_long_as_its_clocks_say(day: str, hours: int) -> None:
    calendar = Calendar(duration_us("1d"), duration_us("1h"), "America/New_York")
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo("America/New_York"))
    start, end = calendar.window(parse_time_us(noon.isoformat()))
    assert end - start == hours * duration_us("1h")
    edges = np.arange(start, end, duration_us("1h"))
    assert len({calendar.index(int(edge)) for edge in edges}) == hours


def test_weeks_start_on_monday() -> None:
    calendar = Calendar(duration_us("1w"), duration_us("1d"))
    assert rfc3339(calendar.window(parse_time_us("2013-03-20T10:00Z"))[0]) == "2013-03-18T00:00:00Z"


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(SpecError, match=r"window\.timezone = 'Mars/Olympus'"):
        Calendar(duration_us("1d"), duration_us("1h"), "Mars/Olympus")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("lengths", [*LENGTHS, ("1d", "12h"), ("12h", "12h"), ("8h", "4h"), ("1w", "6h")])
def test_through_a_year_no_pane_is_short_and_none_shares_its_index(
    zone: str, lengths: tuple[str, str]
) -> None:
    size, pane = map(duration_us, lengths)
    calendar = Calendar(size, pane, zone)
    times = np.arange(parse_time_us("2013-01-01"), parse_time_us("2014-02-01"), pane // 4, dtype=np.int64)
    starts, ends = calendar.panes(times)
    first = np.unique(starts, return_index=True)[1][1:-1]
    assert (ends[first] - starts[first]).min() >= min(pane, 23 * duration_us("1h"))
    assert np.diff([calendar.index(int(start)) for start in starts[first]]).min() > 0
