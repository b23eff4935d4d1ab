"""After an alarm: only a stretch that agrees with itself becomes the reference."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_stream.errors import InputError, SnapshotError
from bellbuoy_stream.policies import Plan, Progress, Rebaseline, multiscale_plan
from bellbuoy_stream.policies.rebaseline import stretch_units
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec

SPEC = MonitorSpec(model="m", window=WindowSpec(size="4s", pane="1s"))


@pytest.fixture(scope="module")
def plan(made: Any) -> Plan:
    draw, reference_of, _ = made
    return multiscale_plan(SPEC, reference_of(draw(np.random.default_rng(0), 128, 60)), None, 1.0)


def follow(
    made: Any, waiting: Rebaseline, shifts: list[int], seed: int = 1, first: int = 300
) -> list[Progress]:
    draw, _, pane_of = made
    rng = np.random.default_rng(seed)
    return [
        waiting.update(pane_of(first + at, draw(rng, 1, 100, shift)[0])) for at, shift in enumerate(shifts)
    ]


def test_a_stable_stretch_begins_right_after_the_alarm(made: Any, plan: Plan) -> None:
    steps = follow(made, Rebaseline(plan, SPEC, 32), [2] * 32)
    assert [step.state for step in steps[:-1]].count("stable") == 0
    assert (steps[-1].state, steps[-1].start, steps[-1].stop) == ("stable", 300, 332)
    assert steps[20].state == "settled"


def test_a_change_that_goes_on_is_waited_out_without_ringing(made: Any, plan: Plan) -> None:
    steps = follow(made, Rebaseline(plan, SPEC, 32), [0] * 6 + [2] * 8 + [4] * 60)
    states = [step.state for step in steps]
    assert "changed" not in states
    stable = steps[states.index("stable")]
    assert stable.start >= 300 + 12
    assert stable.stop - stable.start == 32


def test_a_second_change_rings_and_the_stretch_begins_again(made: Any, plan: Plan) -> None:
    steps = follow(made, Rebaseline(plan, SPEC, 32), [2] * 26 + [5] * 50)
    states = [step.state for step in steps]
    at = states.index("changed")
    assert 26 <= at <= 34
    assert set(steps[at].columns) == {"x"}
    distance, threshold = steps[at].columns["x"]
    assert distance > threshold
    assert "stable" not in states[: at + 30]
    assert steps[states.index("stable")].start >= 300 + 24


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_stops_change_nothing(made: Any, plan: Plan, data: st.DataObject) -> None:
    shifts = [
        s
        for s, n in data.draw(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 30)), max_size=4))
        for _ in range(n)
    ]
    draw, _, pane_of = made
    rng = np.random.default_rng(2)
    whole, cut = Rebaseline(plan, SPEC, 20), Rebaseline(plan, SPEC, 20)
    index = 0
    for shift in shifts:
        index += data.draw(st.sampled_from([1, 1, 1, 4, 90]))
        pane = pane_of(index, draw(rng, 1, 80, shift)[0])
        assert whole.update(pane) == cut.update(pane)
        if data.draw(st.booleans()):
            cut = Rebaseline(plan, SPEC, 20, state=cut.snapshot())


def test_blocks_are_whole_seasons_where_two_fit() -> None:
    for panes in range(1, 400):
        for season in (0, 1, 7, 10, 24, 168):
            unit, block, wanted = stretch_units(panes, season)
            assert unit * wanted >= panes
            assert wanted <= 64 or unit == 1
            if season and season % unit == 0 and 2 * season <= panes:
                assert block * unit % season == 0
            assert 2 * block <= wanted or wanted == 1


def test_what_is_impossible_is_refused(made: Any, plan: Plan) -> None:
    _, _, pane_of = made
    with pytest.raises(InputError, match="at least one"):
        Rebaseline(plan, SPEC, 0)
    with pytest.raises(SnapshotError):
        Rebaseline(plan, SPEC, 20, state=b"nonsense")
    waiting = Rebaseline(plan, SPEC, 20)
    pane = pane_of(4, np.zeros(plan.reference.layout.width, dtype=np.int64))
    waiting.update(pane)
    with pytest.raises(InputError, match="in order"):
        waiting.update(pane)
