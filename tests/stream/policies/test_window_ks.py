"""The textbook policy: p-values as scipy gives them, corrections, and an honest certificate."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from bellbuoy_stream.errors import SnapshotError
from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.policies.corrections import rejection_level
from bellbuoy_stream.references.reference import Reference
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.statistics import ks_distance, ks_p_value


def spec_of(**drift: Any) -> MonitorSpec:
    return MonitorSpec(
        model="m", window=WindowSpec(size="4s", pane="1s"), drift=DriftSpec(policy="window_ks", **drift)
    )


def reference_for(made: Any, panes: int = 128) -> Reference:
    draw, reference_of, _ = made
    reference: Reference = reference_of(draw(np.random.default_rng(0), panes, 60), report_panes=4)
    return reference


def test_it_consumes_windows_and_reports_the_p_value(made: Any) -> None:
    draw, _, pane_of = made
    reference = reference_for(made)
    policy = build_policy(spec_of(), reference)
    assert policy.consumes == "window"
    counts = draw(np.random.default_rng(3), 1, 240, shift=1)[0]
    x, c, e = policy.update(pane_of(7, counts))
    place = reference.layout["x"]
    distance = float(ks_distance(place.values(reference.counts), place.values(counts)))
    assert (x.state, x.effect, x.p_value) == ("alarm", distance, ks_p_value(distance, 7680, 240))
    assert x.threshold <= x.effect
    assert (c.state, e.state) == ("agree", "undecided")


def test_a_window_that_could_not_have_shown_the_effect_does_not_agree(made: Any) -> None:
    draw, _, pane_of = made
    policy = build_policy(spec_of(), reference_for(made), ["x"])
    assert policy.update(pane_of(0, draw(np.random.default_rng(3), 1, 40)[0]))[0].state == "undecided"
    assert policy.update(pane_of(1, draw(np.random.default_rng(3), 1, 5)[0]))[0].p_value is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_corrections_by_definition(values: list[float], alpha: float) -> None:
    p = np.array(values)
    count = len(p)
    assert rejection_level(p, alpha, "bonferroni") == alpha / count
    rejected, order = set(), np.argsort(p, kind="stable")
    for rank, at in enumerate(order):  # Holm, step down
        if p[at] > alpha / (count - rank):
            break
        rejected.add(int(at))
    assert set(np.flatnonzero(p <= rejection_level(p, alpha, "holm"))) == rejected
    adjusted = false_discovery_control(p, method="bh")
    clear = np.abs(adjusted - alpha) > 1e-12
    assert np.array_equal((p <= rejection_level(p, alpha, "bh"))[clear], (adjusted <= alpha)[clear])


def test_certificate_counts_the_windows_of_the_budget(made: Any) -> None:
    often = build_policy(spec_of(false_alarms="1 per 1d"), reference_for(made)).certificate()
    assert not often.certified
    assert "216 false alarms" in often.reasons[0]
    assert build_policy(spec_of(false_alarms="1 per 100s"), reference_for(made)).certificate().certified
    few = build_policy(spec_of(false_alarms="1 per 100s"), reference_for(made, 40)).certificate()
    assert "10 blocks" in few.reasons[0]


def test_its_state_is_a_name(made: Any) -> None:
    reference = reference_for(made)
    policy = build_policy(spec_of(), reference)
    policy.reset()
    assert build_policy(spec_of(), reference, state=policy.snapshot()).snapshot() == policy.snapshot()
    with pytest.raises(SnapshotError):
        build_policy(spec_of(), reference, state=b"other")
