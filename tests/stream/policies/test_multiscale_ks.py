"""The multi-scale policy: what it rings for, and that stops and gaps change nothing."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bellbuoy_stream.errors import InputError, SnapshotError, SpecError
from bellbuoy_stream.policies import Signal, build_policy
from bellbuoy_stream.policies.plan import Plan
from bellbuoy_stream.references.reference import Reference
from bellbuoy_stream.specs.monitor import ColumnSpec, DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.statistics import ks_distance, share_distance

WINDOW = WindowSpec(size="4s", pane="1s")
SPEC = MonitorSpec(model="m", window=WINDOW, drift=DriftSpec(false_alarms="1 per 1d"))
SEASONAL = MonitorSpec(model="m", window=WINDOW, drift=DriftSpec(false_alarms="1 per 1d", season="4s"))


@pytest.fixture(scope="module")
def plain(made: Any) -> Reference:
    draw, reference_of, _ = made
    reference: Reference = reference_of(draw(np.random.default_rng(0), 128, 60), report_panes=4)
    return reference


@pytest.fixture(scope="module")
def seasonal(made: Any) -> Reference:
    draw, reference_of, _ = made
    reference: Reference = reference_of(draw(np.random.default_rng(0), 128, 60), season=4, report_panes=4)
    return reference


def run(policy: Any, made: Any, counts: NDArray[np.int64], first: int = 200) -> list[list[Signal]]:
    _, _, pane_of = made
    return [policy.update(pane_of(first + at, row)) for at, row in enumerate(counts)]


@pytest.mark.parametrize("which", ["plain", "seasonal"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_stops_and_restores_change_no_bit_of_any_signal(
    which: str, made: Any, request: pytest.FixtureRequest, data: st.DataObject
) -> None:
    reference, spec = request.getfixturevalue(which), SEASONAL if which == "seasonal" else SPEC
    draw, _, pane_of = made
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    gaps = data.draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 9, 700]), min_size=5, max_size=60))
    index = np.cumsum(gaps) + data.draw(st.integers(-100, 100))
    counts = draw(rng, len(index), 40, shift=data.draw(st.integers(0, 1)))
    cuts = data.draw(st.sets(st.integers(0, len(index) - 1)))
    forgets = data.draw(
        st.dictionaries(st.integers(0, len(index) - 1), st.sampled_from([None, ["x"]]), max_size=2)
    )
    whole, cut = build_policy(spec, reference), build_policy(spec, reference)
    for at, (where, row) in enumerate(zip(index, counts, strict=True)):
        pane = pane_of(int(where), row)
        assert whole.update(pane) == cut.update(pane)
        if at in forgets:
            whole.reset(forgets[at])
            cut.reset(forgets[at])
        if at in cuts:
            state = cut.snapshot()
            cut = build_policy(spec, reference, state=state)
            assert cut.snapshot() == state


@pytest.mark.parametrize("which", ["plain", "seasonal"])
@pytest.mark.parametrize("gap", [1, 5, 60, 71, 72, 73, 300])
def test_missing_panes_are_empty_panes(
    which: str, gap: int, made: Any, request: pytest.FixtureRequest
) -> None:
    reference, spec = request.getfixturevalue(which), SEASONAL if which == "seasonal" else SPEC
    draw, _, pane_of = made
    left_out, given_empty = build_policy(spec, reference), build_policy(spec, reference)
    counts = draw(np.random.default_rng(4), 120, 40, shift=1)
    run(left_out, made, counts[:80])
    run(given_empty, made, counts[:80])
    run(given_empty, made, np.zeros((gap, counts.shape[1]), dtype=np.int64), first=280)
    for at, row in enumerate(counts[80:]):
        pane = pane_of(280 + gap + at, row)
        assert left_out.update(pane) == given_empty.update(pane)


def test_distances_are_those_of_the_statistics(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    counts = draw(np.random.default_rng(2), 64, 60, shift=1)
    signals = run(build_policy(SPEC, plain), made, counts)[-1]
    by_name = {signal.column: signal for signal in signals}
    for name, statistic in (("x", ks_distance), ("c", share_distance)):
        signal, place = by_name[name], plain.layout[name]
        window = place.values(counts[-signal.panes :].sum(axis=0))
        assert signal.rows == window.sum()
        assert signal.effect == pytest.approx(float(statistic(place.values(plain.counts), window)), abs=1e-12)
        assert signal.since_us == (200 + 64 - signal.panes) * 1_000_000


def test_it_rings_for_the_column_that_moved_and_agrees_on_the_one_that_did_not(
    made: Any, plain: Reference
) -> None:
    draw, _, _ = made
    signals = run(build_policy(SPEC, plain), made, draw(np.random.default_rng(5), 64, 60, shift=2))[-1]
    states = {signal.column: signal.state for signal in signals}
    assert states == {"x": "alarm", "c": "agree", "e": "undecided"}
    assert all(signal.effect > signal.threshold for signal in signals if signal.state == "alarm")


def test_no_alarm_and_agreement_where_nothing_moved(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    signals = run(build_policy(SPEC, plain), made, draw(np.random.default_rng(6), 200, 60))
    assert not any(signal.state == "alarm" for step in signals for signal in step)
    assert [signal.state for signal in signals[-1]] == ["agree", "agree", "undecided"]
    assert [signal.state for signal in signals[0]] == ["undecided"] * 3  # 60 rows could not have shown it


def test_when_the_cause_is_over_the_column_agrees_before_the_long_scales_forget(
    made: Any, plain: Reference
) -> None:
    draw, _, _ = made
    policy = build_policy(SPEC, plain, ["x"])
    run(policy, made, draw(np.random.default_rng(7), 64, 60, shift=3))
    (after,) = run(policy, made, draw(np.random.default_rng(8), 20, 60), first=264)[-1]
    assert (after.state, after.agrees) == ("alarm", True)
    policy.reset(["x"])
    (fresh,) = run(policy, made, draw(np.random.default_rng(9), 20, 60), first=284)[-1]
    assert fresh.state == "agree"


def test_a_column_may_have_its_own_smallest_effect(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    spec = MonitorSpec(model="m", window=WINDOW, columns={"x": ColumnSpec(min_effect=0.9)})
    signals = run(build_policy(spec, plain, ["x"]), made, draw(np.random.default_rng(5), 64, 60, shift=2))
    assert not any(signal.state == "alarm" for (signal,) in signals)


def test_a_mostly_empty_stretch_is_held_against_the_allowance_of_few_panes() -> None:
    plan: Any = SimpleNamespace(fill=0.5, rows=np.array([70]))
    filled, rows = np.array([0, 1, 2, 2, 3, 3, 32]), np.full((7, 1), 30)
    assert Plan.comparable(plan, filled, rows)[:, 0].tolist() == [0, 1, 2, 2, 2, 2, 6]


def test_a_column_that_was_left_out_of_most_panes_is_held_against_the_allowance_of_few() -> None:
    plan: Any = SimpleNamespace(fill=1.0, rows=np.array([1000, 500]))
    filled = 1 << np.arange(7)
    whole = np.outer(
        filled, [100, 40]
    )  # the second column is missing in a half of the rows, here as in the reference
    left_out = np.column_stack([whole[:, 0], np.minimum(whole[:, 1], 2 * 40)])
    assert Plan.comparable(plan, filled, whole).T.tolist() == [[0, 1, 2, 3, 4, 5, 6]] * 2
    assert Plan.comparable(plan, filled, left_out)[:, 1].max() == 1


def test_a_large_stretch_is_not_tested_before_it_is_full(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    steps = run(build_policy(SPEC, plain, ["x"]), made, draw(np.random.default_rng(5), 30, 60, shift=2))
    assert all(signal.panes <= at + 1 for at, (signal,) in enumerate(steps))


def test_certificate_says_why_not(made: Any, plain: Reference) -> None:
    draw, reference_of, _ = made
    assert build_policy(SPEC, plain).certificate().certified
    few = reference_of(draw(np.random.default_rng(0), 40, 60), report_panes=4)
    certificate = build_policy(SPEC, few).certificate()
    assert (certificate.certified, certificate.blocks) == (False, 10)
    assert "20 are needed" in certificate.reasons[0]
    assert "season" in build_policy(SEASONAL, plain).certificate().reasons[0]
    detectable = build_policy(SPEC, plain).certificate().detectable
    assert 0.1 < detectable["x"] < 0.3
    assert "e" not in detectable


def test_a_reference_without_times_is_watched_but_not_certified(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    timeless = type(plain)(model="m", version="1", rows=plain.rows, columns=plain.columns)
    policy = build_policy(SPEC, timeless)
    assert "no blocks in time" in policy.certificate().reasons[0]
    signals = run(policy, made, draw(np.random.default_rng(5), 8, 200, shift=3))[-1]
    assert signals[0].state == "alarm"
    assert max(signal.panes for signal in signals) <= 32  # eight report windows
    assert policy.certificate().detectable == {}  # nobody knows how many rows will come


def test_without_times_too_a_drift_in_thin_traffic_ends(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    timeless = type(plain)(model="m", version="1", rows=plain.rows, columns=plain.columns)
    rng = np.random.default_rng(5)
    states = run(
        build_policy(SPEC, timeless), made, np.concatenate([draw(rng, 32, 40, shift=3), draw(rng, 96, 40)])
    )
    assert states[31][0].state == "alarm"
    assert states[-1][0].state == "agree"


def test_panes_out_of_order_and_strange_states_are_refused(
    made: Any, plain: Reference, seasonal: Reference
) -> None:
    draw, _, pane_of = made
    counts = draw(np.random.default_rng(5), 1, 60)[0]
    policy = build_policy(SPEC, plain)
    policy.update(pane_of(5, counts))
    with pytest.raises(InputError, match="pane 5 came after pane 5"):
        policy.update(pane_of(5, counts))
    for state in (
        b"nonsense",
        build_policy(SPEC, plain, ["x"]).snapshot(),
        build_policy(SEASONAL, seasonal).snapshot(),
    ):
        with pytest.raises(SnapshotError):
            build_policy(SPEC, plain, state=state)
    with pytest.raises(SpecError, match="column 'y' is not in the reference; it has x, c, e"):
        build_policy(SPEC, plain, ["y"])
    with pytest.raises(SpecError, match="share"):
        build_policy(SPEC, plain, share=0)


def test_nothing_to_watch_is_quiet(made: Any, plain: Reference) -> None:
    draw, _, _ = made
    signals = run(build_policy(SPEC, plain, ["e"]), made, draw(np.random.default_rng(5), 3, 60))
    assert [signal.state for step in signals for signal in step] == ["undecided"] * 3
