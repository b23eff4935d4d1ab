"""Where clocks change, a season that follows them is no drift."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.policies import PaneCounts, build_policy
from bellbuoy_stream.processors.counters import ReferenceCounter
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.times import duration_us, parse_time_us
from bellbuoy_stream.windows.calendar import Calendar

ZONE = ZoneInfo("America/New_York")
ROWS, HOUR_US = 120, duration_us("1h")


def hours(first: str, last: str) -> tuple[np.ndarray, np.ndarray]:
    """Starts of hours, and rows whose value follows the clock of New York, shape (hours, rows)."""
    starts = np.arange(parse_time_us(first), parse_time_us(last), HOUR_US)
    local = np.array([datetime.fromtimestamp(start / 1e6, ZONE).hour for start in starts])
    rng = np.random.default_rng(len(starts))
    return starts, rng.normal(size=(len(starts), ROWS)) + 3 * np.sin(2 * np.pi * local / 24)[:, None]


def packed(values: np.ndarray) -> dict[str, Packed]:
    return {"x": Packed("f8", np.ascontiguousarray(values).tobytes(), values.size)}


@pytest.mark.parametrize(("zone", "rings"), [("America/New_York", False), ("UTC", True)])
def test_a_change_of_clocks_rings_only_where_the_season_goes_by_another_clock(
    zone: str,
    rings: bool,  # noqa: FBT001
) -> None:
    spec = MonitorSpec(model="m", window=WindowSpec(timezone=zone), drift=DriftSpec(season="1d")).checked()
    starts, values = hours("2024-02-18T05:00:00Z", "2024-03-09T05:00:00Z")
    times = np.repeat(starts, ROWS)
    reference = build_reference("m", "1", spec, [Rows(packed(values), times)])
    counter, calendar = ReferenceCounter(reference), Calendar.of(spec.window)
    policy = build_policy(spec, reference)
    rang = []
    for start, rows in zip(*hours("2024-03-09T05:00:00Z", "2024-03-13T04:00:00Z"), strict=True):
        counts = counter.whole.count(counter.read(packed(rows)), np.full(ROWS, start))[0]
        pane = calendar.pane(int(start))
        (signal,) = policy.update(PaneCounts(calendar.index(pane[0]), *pane, counts))
        rang += [start] if signal.state == "alarm" else []
    assert bool(rang) is rings
    assert not rang or min(rang) >= parse_time_us(
        "2024-03-10T07:00:00Z"
    )  # when the clocks of New York change
