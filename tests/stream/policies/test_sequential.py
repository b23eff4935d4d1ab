"""The e-detector: an exact law for any distribution, honest refusals, and restores that change nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats import dirichlet_multinomial

from bellbuoy_stream.errors import InputError, SnapshotError, SpecError
from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.policies.protocol import PaneCounts
from bellbuoy_stream.policies.sequential import CONCENTRATIONS, Sequential, sequential_plan
from bellbuoy_stream.policies.urn import Urn
from bellbuoy_stream.references.reference import Calibration, ColumnReference, Reference
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

SPEC = MonitorSpec(
    model="m",
    window=WindowSpec(size="4s", pane="1s"),
    drift=DriftSpec(policy="sequential", false_alarms="1 per 200s"),
)
CUTS = 49


def reference_of(rows: int = 1000, dependence: float = 0.0, blocks: int = 60) -> Reference:
    """Two columns without ties: every (rows / 49)-th order statistic of the reference is a cut."""
    gap = (rows - CUTS) // (CUTS + 1)
    counts = np.zeros(2 * CUTS + 1 + 6, dtype=np.int64)
    counts[0 : 2 * CUTS + 1 : 2], counts[1 : 2 * CUTS : 2] = gap, 1
    columns = [
        ColumnReference(
            name=name,
            source=name,
            exact=False,
            cuts=np.arange(float(CUTS)).tobytes(),
            counts=counts.tobytes(),
        )
        for name in ("x", "y")
    ]
    calibration = Calibration(
        pane_us=1_000_000, scales=[1], allowance={"x": [0.1], "y": [0.1]}, blocks={"x": blocks, "y": blocks}, panes=240,
        dependence={"x": dependence, "y": 1.0}, filled=240,
    )  # fmt: skip
    total = int(counts.sum())
    return Reference(model="m", version="1", rows=total, columns=columns, calibration=calibration)


def pane_of(index: int, rng: np.random.Generator, rows: int = 25, shift: float = 0.0) -> PaneCounts:
    counts = np.zeros(2 * (2 * CUTS + 7), dtype=np.int64)
    for at, move in ((0, shift), (2 * CUTS + 7, 0.0)):
        gap = np.clip((rng.random(rows) + move) * (CUTS + 1), 0, CUTS).astype(int)
        np.add.at(counts, at + 2 * gap, 1)
    return PaneCounts(index, index * 1_000_000, (index + 1) * 1_000_000, counts)


def test_the_urn_is_the_law_of_the_next_values_whatever_the_distribution() -> None:
    """Among m + n exchangeable values every arrangement is equally likely: placements follow the urn."""
    rng = np.random.default_rng(0)
    found = np.zeros(2)
    for _ in range(20_000):
        values = rng.standard_cauchy(7 + 3)
        cut = np.sort(values[:7])[3]
        found += (values[7:] < cut).sum() == np.array([0, 3])
    law = [dirichlet_multinomial([4, 4], np.array(3)).pmf([k, 3 - k]) for k in (0, 3)]
    assert found / 20_000 == pytest.approx(law, abs=0.01)


def test_spacings_add_up_to_one_more_than_the_rows() -> None:
    reference = reference_of()
    urn = Urn.of(reference, ["x", "y"])
    assert urn.by_column(urn.spacings).tolist() == [reference.rows + 1] * 2
    assert urn.exact == (True, True)
    assert np.diff([*urn.starts, urn.size]).tolist() == [20, 20]
    assert urn.group(pane_of(0, np.random.default_rng(1)).counts).sum() == 50


def test_evidence_is_the_ratio_of_the_two_laws() -> None:
    reference = reference_of()
    policy = build_policy(SPEC, reference)
    assert isinstance(policy, Sequential)
    rng = np.random.default_rng(2)
    panes = [pane_of(at, rng, shift=0.1) for at in range(3)]
    for pane in panes:
        policy.update(pane)
    urn = Urn.of(reference, ["x", "y"])
    n = [urn.group(pane.counts)[:20].astype(float) for pane in panes]
    a = urn.spacings[:20]

    def sequence(counts: Any, content: Any) -> float:
        return float(
            gammaln(content.sum()) - gammaln(content.sum() + counts.sum())
            + (gammaln(content + counts) - gammaln(content)).sum()
        )  # fmt: skip

    evidence = policy._log_evidence((policy._total - policy._starts).astype(float))[:, 0]
    for start in range(3):
        later = np.sum(n[start:], axis=0)
        alternative = np.logaddexp.reduce(
            [sequence(later, s * a / a.sum()) for s in CONCENTRATIONS]
        ) - np.log(3)
        assert evidence[start] == pytest.approx(
            alternative - sequence(later, a + np.sum(n[:start], axis=0)), abs=1e-9
        )


def test_it_rings_for_the_column_that_moved_only() -> None:
    policy = build_policy(SPEC, reference_of())
    rng = np.random.default_rng(3)
    calm = [policy.update(pane_of(at, rng)) for at in range(60)]
    assert not any(signal.state == "alarm" for step in calm for signal in step)
    assert calm[-1][1].state == "agree"
    moved = [policy.update(pane_of(60 + at, rng, shift=0.25)) for at in range(20)]
    states = [[signal.state for signal in step] for step in moved]
    first = [step[0] for step in states].index("alarm")
    assert first < 15
    assert all(step[1] != "alarm" for step in states)
    signal = moved[first][0]
    assert signal.effect >= signal.threshold
    assert 50 <= signal.since_us // 1_000_000 <= 60 + first
    policy.reset(["x"])
    assert policy.update(pane_of(80, rng))[0].state == "undecided"


def test_the_average_run_length_is_kept_over_references() -> None:
    """Threshold for 1 alarm in 200 panes: over fresh references, 2,000 panes may have 10 alarms on average."""
    rng, alarms = np.random.default_rng(4), 0
    for _ in range(25):
        values = np.sort(rng.random(1000))
        policy = build_policy(SPEC, reference_of())
        cuts = values[19::20][:CUTS]
        for at in range(80):
            counts = np.zeros(2 * (2 * CUTS + 7), dtype=np.int64)
            for column in (0, 2 * CUTS + 7):
                np.add.at(counts, column + 2 * np.searchsorted(cuts, rng.random(25)), 1)
            pane = PaneCounts(at, at * 1_000_000, (at + 1) * 1_000_000, counts)
            if any(signal.state == "alarm" for signal in policy.update(pane)):
                alarms += 1
                policy.reset()
    assert alarms <= 10


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_stops_and_restores_change_no_bit(data: st.DataObject) -> None:
    reference = reference_of()
    whole, cut = build_policy(SPEC, reference), build_policy(SPEC, reference)
    rng, index = np.random.default_rng(data.draw(st.integers(0, 99))), 0
    for _ in range(data.draw(st.integers(1, 50))):
        index += data.draw(st.sampled_from([1, 1, 1, 5]))
        pane = pane_of(index, rng, rows=data.draw(st.sampled_from([0, 25])), shift=0.1)
        assert whole.update(pane) == cut.update(pane)
        if data.draw(st.integers(0, 9)) == 0:
            whole.reset(["x"])
            cut.reset(["x"])
        if data.draw(st.booleans()):
            cut = build_policy(SPEC, reference, state=cut.snapshot())


def test_starts_are_bounded_and_old_changes_keep_a_near_one() -> None:
    policy = build_policy(SPEC, reference_of(), ["x"])
    assert isinstance(policy, Sequential)
    rng = np.random.default_rng(5)
    for at in range(1100):
        policy.update(pane_of(at, rng, rows=1))
        if at in (300, 600, 1099):
            kept = policy._begun[:, 0]
            assert len(kept) <= 16 + 7 * 8 + 2
            for age in (1, 30, 100, 400, 1000):
                if age < at:
                    assert np.abs(at - kept - age).min() <= max(age / 16, 1) + 1
    assert len(policy.snapshot()) < 20_000


def test_it_refuses_rows_that_depend_on_each_other() -> None:
    with pytest.raises(SpecError, match="column 'x' scatter 7 standard deviations"):
        build_policy(SPEC, reference_of(dependence=7.0))
    assert build_policy(SPEC, reference_of(dependence=7.0), ["y"]).certificate().certified


def test_certificate_says_why_not() -> None:
    assert build_policy(SPEC, reference_of()).certificate().certified
    assert "5 blocks" in build_policy(SPEC, reference_of(blocks=5)).certificate().reasons[0]
    counts = np.array([40, 30, 30, 0, 0, 0, 0, 0, 0, 0], dtype=np.int64)
    tied = ColumnReference(
        name="c", source="c", numeric=False, categories=["a", "b"], counts=counts.tobytes()
    )
    reference = Reference(model="m", version="1", rows=100, columns=[tied])
    certificate = build_policy(SPEC, reference).certificate()
    assert "approximate for c" in certificate.reasons[1]
    assert sequential_plan(SPEC, reference, None, 1.0).urn.spacings.tolist() == [41, 31, 31, 1]


def test_strange_states_and_old_panes_are_refused() -> None:
    policy = build_policy(SPEC, reference_of(), ["x"])
    policy.update(pane_of(3, np.random.default_rng(1)))
    with pytest.raises(InputError, match="in order"):
        policy.update(pane_of(3, np.random.default_rng(1)))
    for state in (b"nonsense", policy.snapshot()):
        with pytest.raises(SnapshotError):
            build_policy(SPEC, reference_of(), state=state)


def test_a_small_lasting_drift_is_one_incident_and_over_after_it_ended() -> None:
    rng = np.random.default_rng(3)
    policy = build_policy(SPEC, reference_of(rows=20_049))
    said: list[str] = []

    def follow(first: int, panes: int, shift: float) -> None:
        for at in range(first, first + panes):
            signal = policy.update(pane_of(at, rng, rows=60, shift=shift))[0]
            is_open = said[-1:] == ["opened"]
            if is_open and signal.agrees:
                said.append("over")
                policy.reset(["x"])
            elif not is_open and signal.state == "alarm":
                said.append("opened")

    follow(0, 400, 0.07)
    assert said == ["opened"]
    follow(400, 200, 0.0)
    assert said == ["opened", "over"]
