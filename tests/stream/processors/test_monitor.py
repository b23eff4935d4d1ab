"""What a monitor does with faults, recoveries and a policy that refuses its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.processors.counters import ReferenceCounter
from bellbuoy_stream.processors.monitor import FALLBACK, Monitor, MonitorState
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.processors.monitor import Verdict
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import PolicyName

SECOND = 1_000_000
PANE_ROWS = 100


def spec(policy: PolicyName = "multiscale_ks") -> MonitorSpec:
    return MonitorSpec(
        model="m",
        window=WindowSpec(size="1000s", pane="100s"),
        drift=DriftSpec(policy=policy, false_alarms="1 per 1d"),
    ).checked()


def floats(values: NDArray[np.float64]) -> Packed:
    return Packed("f8", values.astype("<f8").tobytes(), len(values))


def reference(scatter: float = 0.0) -> Reference:
    """60,000 seconds; ``scatter`` is how far the mean of each pane strays."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=60_000) + np.repeat(rng.normal(size=600) * scatter, PANE_ROWS)
    times = np.arange(60_000, dtype=np.int64) * SECOND
    return build_reference("m", "1", spec(), [Rows({"x": floats(rows)}, times)])


class Stream:
    """Panes of a hundred rows, one after the other."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.index = 600
        self.rng = np.random.default_rng(4)
        self._counter = ReferenceCounter(monitor.reference)
        self.last = monitor.reference.layout.zeros()

    def pane(self, shift: float = 0.0, factor: float = 1.0, *, missing: bool = False) -> Verdict:
        rows = (self.rng.normal(size=PANE_ROWS) + shift) * factor
        start = self.index * PANE_ROWS * SECOND
        times = start + np.arange(PANE_ROWS, dtype=np.int64) * SECOND
        columns = {} if missing else {"x": floats(rows)}
        counts = self._counter.whole.count(self._counter.read(columns), times)[0]
        self.index += 1
        self.last = counts
        return self.monitor.pane(self.index - 1, start, start + PANE_ROWS * SECOND, counts)


def rings(verdict: Verdict) -> bool:
    return any(signal.state == "alarm" for signal in verdict.signals)


def test_a_fault_is_quality_and_leaves_nothing_behind_in_the_detectors() -> None:
    stream = Stream(Monitor(spec(), reference(), 0.5))
    assert not any(rings(stream.pane()) for _ in range(20))
    for _ in range(20):
        verdict = stream.pane(missing=True)
        assert [finding.column for finding in verdict.quality] == ["x"]
        assert not rings(verdict)
    after = [stream.pane() for _ in range(40)]
    assert not any(verdict.quality for verdict in after)
    assert not any(rings(verdict) for verdict in after)


def test_an_episode_that_is_over_is_forgotten() -> None:
    monitor = Monitor(spec(), reference(), 0.5)
    stream = Stream(monitor)
    assert any(rings(stream.pane(shift=1.0)) for _ in range(10))
    for _ in range(50):
        verdict = stream.pane()
        if any(signal.agrees for signal in verdict.signals):
            break
    else:
        raise AssertionError("it never agreed again")
    monitor.forget(["x"])
    assert not any(rings(stream.pane()) for _ in range(40))


def test_a_policy_that_refuses_the_reference_gives_way_and_says_why() -> None:
    monitor = Monitor(spec("sequential"), reference(scatter=1.0), 0.5)
    assert monitor.refusal is not None
    assert FALLBACK in monitor.refusal
    stream = Stream(monitor)
    assert any(rings(stream.pane(shift=2.5)) for _ in range(60))
    restored = Monitor(spec("sequential"), reference(scatter=1.0), 0.5, monitor.saved())
    assert restored.refusal == monitor.refusal
    assert Monitor(spec("sequential"), reference(), 0.5).refusal is None


def test_a_monitor_goes_on_from_its_state_as_if_nothing_had_happened() -> None:
    base = reference()
    drift = DriftSpec(false_alarms="1 per 1d", after_alarm="rebaseline")
    following = msgspec.structs.replace(spec(), drift=drift)
    whole, cut = Stream(Monitor(following, base, 0.5)), Stream(Monitor(following, base, 0.5))
    renewed = False
    for number in range(900):
        shift = 0.0 if number < 20 else 3.0
        expected, found = whole.pane(shift), cut.pane(shift)
        assert found == expected
        renewed = renewed or expected.over is not None
        if number % 97 == 0:
            state = msgspec.msgpack.encode(cut.monitor.saved())
            cut.monitor = Monitor(following, base, 0.5, msgspec.msgpack.decode(state, type=MonitorState))
    assert renewed


def test_a_pane_that_comes_after_a_later_one_is_left_to_the_next_revision() -> None:
    stream = Stream(Monitor(spec(), reference(), 0.5))
    assert stream.pane().signals
    stream.index -= 1
    assert not stream.pane(shift=9.0).signals
    assert stream.pane().signals


def often_missing() -> Reference:
    """In every seventh pane no row has a value, so no pane without one says anything."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=60_000)
    rows[np.arange(60_000) // PANE_ROWS % 7 == 0] = np.nan
    times = np.arange(60_000, dtype=np.int64) * SECOND
    return build_reference("m", "1", spec(), [Rows({"x": floats(rows)}, times)])


def test_a_column_that_is_often_missing_is_judged_by_window() -> None:
    stream = Stream(Monitor(spec(), often_missing(), 0.5))

    def window(missing: int) -> Verdict:
        """Ten panes, the last of them without values."""
        start, counts = stream.index, stream.monitor.reference.layout.zeros()
        for number in range(10):
            verdict = stream.pane(missing=number >= 10 - missing)
            assert not verdict.quality
            counts += stream.last
        bounds = start * PANE_ROWS * SECOND, stream.index * PANE_ROWS * SECOND
        return stream.monitor.window(start // 10, *bounds, counts)

    assert not window(missing=2).quality
    (finding,) = window(missing=8).quality
    assert (finding.column, finding.effect) == ("x", 0.8)
    assert finding.why is not None
    assert "800 of 1000 rows of a window" in finding.why
    # its panes are left out until a whole window is as it should be
    assert stream.monitor.broken() == {"x"}
    state = msgspec.msgpack.encode(stream.monitor.saved())
    restored = msgspec.msgpack.decode(state, type=MonitorState)
    stream.monitor = Monitor(spec(), often_missing(), 0.5, restored)
    assert not window(missing=1).quality
    assert not stream.monitor.broken()


def test_a_state_from_before_faults_were_remembered_recovers() -> None:
    stream = Stream(Monitor(spec(), reference(), 0.5))
    stream.pane(missing=True)
    old = stream.monitor.saved()
    old.faults = {}
    stream.monitor = Monitor(spec(), reference(), 0.5, old)
    assert stream.monitor.broken() == {"x"}
    stream.pane()
    assert not stream.monitor.broken()
