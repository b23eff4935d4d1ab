"""A new reference from the stream keeps the season, however many panes a season has."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.policies import PaneCounts, calibrate
from bellbuoy_stream.policies.packing import unpack_counts
from bellbuoy_stream.processors import renewal
from bellbuoy_stream.processors.monitor import Monitor
from bellbuoy_stream.processors.renewal import Renewal, RenewalState, stretch_wanted
from bellbuoy_stream.references.reference import ColumnReference, Reference
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

SEASON = 300  # panes: more than half of those that a stretch without a season has
SPEC = MonitorSpec(
    model="m",
    window=WindowSpec(size="300s", pane="1s"),
    drift=DriftSpec(season="300s", after_alarm="rebaseline"),
).checked()
LAYOUT = Layout.of([("c", False, 3)])
Counts = NDArray[np.int64]


def drawn(first: int, panes: int, shift: float = 0.0, seed: int = 0) -> Counts:
    """Panes of ten rows, of which a share that has a season falls into the first category."""
    rng = np.random.default_rng(seed)
    share = 0.4 + 0.3 * np.sin(2 * np.pi * np.arange(first, first + panes) / SEASON) - shift
    counts = np.zeros((panes, LAYOUT.width), dtype=np.int64)
    counts[:, 0] = rng.binomial(10, share.clip(0, 1))
    counts[:, 1] = 10 - counts[:, 0]
    return counts


def reference_of(counts: Counts) -> Reference:
    column = ColumnReference(
        name="c", source="c", numeric=False, categories=["a"], counts=counts.sum(axis=0).tobytes()
    )
    calibration = calibrate(counts, np.arange(len(counts)), LAYOUT, 1_000_000, 300_000_000, 300)
    rows = int(counts[:, :3].sum())
    return Reference(model="m", version="1", rows=rows, columns=[column], calibration=calibration)


def pane_of(index: int, counts: Counts) -> PaneCounts:
    return PaneCounts(index, index * 1_000_000, (index + 1) * 1_000_000, counts)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(drawn(0, 8 * SEASON))


def renewed(reference: Reference, live: Counts, first: int) -> tuple[Reference, Renewal]:
    """The first reference that the stream gives, the waiting stopped and started again now and then."""
    waiting = Renewal(SPEC, reference, ["c"], 0.5, RenewalState())
    for at, counts in enumerate(live):
        if at % 97 == 0:
            saved = msgspec.msgpack.encode(waiting.saved())
            waiting = Renewal(SPEC, reference, ["c"], 0.5, msgspec.msgpack.decode(saved, type=RenewalState))
        _, found = waiting.update(pane_of(first + at, counts))
        if found is not None:
            return found, waiting
    raise AssertionError("no reference came of the stream")


@pytest.mark.parametrize("most", [2048, 512])
def test_two_seasons_are_waited_for_and_the_new_reference_has_them(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(renewal, "MOST_KEPT", most)
    first, live = 8 * SEASON, drawn(8 * SEASON, 4 * SEASON, shift=0.2, seed=1)
    found, waiting = renewed(reference, live, first)
    old, new = reference.calibration, found.calibration
    assert old is not None
    assert new is not None
    panes, together = stretch_wanted(old)
    assert together == (1 if most > panes else 2)
    assert len(waiting.state.panes) <= most
    assert (new.season_us, new.panes >= 2 * SEASON) == (old.season_us, True)
    # all rows of the stretch, each pane in its own phase
    start = first + panes - new.filled if most > panes else waiting.state.panes[0].first
    taken = live[start - first : start - first + new.filled]
    assert np.array_equal(found.counts, taken.sum(axis=0))
    by_phase = np.zeros((new.phases, 3), dtype=np.int64)
    phase = np.arange(start, start + new.filled) % SEASON // new.phase_panes
    np.add.at(by_phase, phase, taken[:, :3])
    assert np.array_equal(unpack_counts(new.buckets["c"]), by_phase)
    # nothing that the old reference knew of dependence is lost
    known = dict(zip(old.scales, old.allowance["c"], strict=True))
    assert all(
        value >= known[scale] or known[scale] == 1.0
        for scale, value in zip(new.scales, new.allowance["c"], strict=True)
    )


def test_one_shift_is_one_alarm(reference: Reference) -> None:
    monitor = Monitor(SPEC, reference, 0.5)
    live = np.concatenate([drawn(0, SEASON, seed=2), drawn(0, 7 * SEASON, shift=0.3, seed=3)])
    alarms, over = [], []
    for at, counts in enumerate(live):
        index = 8 * SEASON + at
        verdict = monitor.pane(index, index * 1_000_000, (index + 1) * 1_000_000, counts)
        alarms += [at for signal in verdict.signals if signal.state == "alarm"]
        over += [at] if verdict.over else []
    assert len(alarms) == 1
    assert SEASON < alarms[0] < 1.2 * SEASON
    assert len(over) == 1


def test_a_reference_without_times_is_followed_by_one_that_has_blocks() -> None:
    spec = msgspec.structs.replace(SPEC, drift=DriftSpec(after_alarm="rebaseline"))
    timeless = msgspec.structs.replace(reference_of(drawn(0, 8 * SEASON)), calibration=None)
    waiting = Renewal(spec, timeless, ["c"], 0.5, RenewalState())
    panes = drawn(0, 1, seed=2).repeat(4 * SEASON, axis=0)
    found = [waiting.update(pane_of(at, counts))[1] for at, counts in enumerate(panes)]
    fresh = next(reference for reference in found if reference is not None)
    assert fresh.calibration is not None
    assert (fresh.calibration.pane_us, fresh.calibration.report_panes) == (1_000_000, 300)
    assert fresh.calibration.scales
