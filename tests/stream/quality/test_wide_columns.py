import numpy as np
import pytest

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.processors.monitor import Monitor
from bellbuoy_stream.quality import inspect
from bellbuoy_stream.references.reference import Reference
from bellbuoy_stream.specs.monitor import MonitorSpec

HOUR = 3_600_000_000
ROWS_AN_HOUR = 40
SPEC = MonitorSpec(model="m")


@pytest.fixture(scope="module")
def dew_point() -> Reference:
    """Forty days of winter: one value an hour for all its rows, moods of days, around 15 with a deviation of 18."""
    rng = np.random.default_rng(3)
    mood = np.zeros(40 * 24)
    for hour in range(1, len(mood)):
        mood[hour] = 0.98 * mood[hour - 1] + rng.normal(0, 18 * np.sqrt(1 - 0.98**2))
    values = np.repeat(np.clip(15 + mood, -20, 57).round(1), ROWS_AN_HOUR)
    times = np.repeat(np.arange(len(mood)) * HOUR, ROWS_AN_HOUR)
    return build_reference("m", "1", SPEC, [Rows({"x": values.tolist()}, times)])


def counted(reference: Reference, values: list[float | None]) -> np.ndarray:
    counter = BatchCounter(reference.columns, reference.layout)
    counts: np.ndarray = counter.count({"x": values_of(values, "x")}, np.zeros(len(values), dtype=np.int64))[
        0
    ]
    return counts


@pytest.mark.parametrize("summer", [58.0, 62.0, 68.0, 75.0])
def test_an_hour_beyond_the_winter_range_is_no_change_of_unit(dew_point: Reference, summer: float) -> None:
    assert inspect(dew_point, counted(dew_point, [summer] * 58)) == []


def test_a_fault_is_over_only_when_sound_values_come(dew_point: Reference) -> None:
    monitor = Monitor(SPEC, dew_point, share=0.5)
    panes: list[list[float | None]] = [
        [1e6] * 60,
        [None] * 10 + [1e6] * 5,
        [20.0] * 19 + [None] * 2,
        [20.0] * 20,
    ]
    broken = []
    for index, values in enumerate(panes):
        start = (1_000 + index) * HOUR
        monitor.pane(1_000 + index, start, start + HOUR, counted(dew_point, values))
        broken.append(bool(monitor.broken()))
    assert broken == [True, True, True, False]
