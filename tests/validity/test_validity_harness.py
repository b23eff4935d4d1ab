"""The measuring itself: counting, intervals, scoring, tables."""

from pathlib import Path

import numpy as np
import pytest

from validity.datasets import score
from validity.nulls import NEAR_MIN_EFFECT, WORLDS, Run, null_table, poisson_interval, run_null
from validity.power import CHANGES, power_table, run_power
from validity.streams import make_reference, pane_matrix, panes_of
from validity.tables import markdown, put_between_markers
from validity.worlds import HOUR_US, Change, World


def test_every_row_is_counted_once_in_its_pane() -> None:
    rows = np.random.default_rng(0).normal(size=(3000, 2))
    pane = np.arange(3000) // 50
    reference = make_reference(rows, pane, 100, HOUR_US, 6)
    counts = pane_matrix(reference, rows, pane)
    assert np.array_equal(counts.sum(axis=0), reference.counts)
    assert [p.counts.sum() for p in panes_of(counts, 100, HOUR_US, 6)] == [600] * 10
    assert reference.calibration is not None
    # windows are aligned to multiples of six panes; the ends are cut
    assert reference.calibration.blocks == {"x0": 11, "x1": 11}


def test_a_mood_is_shared_within_the_hour_and_remembered() -> None:
    world = World("w", columns=1, hour_rows=400, mood=0.5, memory_hours=10)
    means = world.hours(np.random.default_rng(1), 20_000).mean(axis=1)[:, 0]
    assert means.std() == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(means[:-1], means[1:])[0, 1] == pytest.approx(np.exp(-0.1), abs=0.03)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_changes_have_the_distance_they_are_listed_with(change: Change) -> None:
    rng = np.random.default_rng(2)
    world = World("w", columns=1, hour_rows=2000, levels=5 if change.share else 0)
    before = world.coded(world.hours(rng, 100)).ravel()
    after = world.coded(change.apply(rng, world.hours(rng, 100))).ravel()
    at = np.sort(before)
    gap = np.searchsorted(at, at, "right") / len(at) - np.searchsorted(np.sort(after), at, "right") / len(
        after
    )
    assert np.abs(gap).max() == pytest.approx(change.distance, abs=0.005)


def test_the_shift_just_under_min_effect_is_just_under_it() -> None:
    from scipy.stats import norm

    assert 2 * norm.cdf(NEAR_MIN_EFFECT / 2) - 1 == pytest.approx(0.095, abs=1e-4)


def test_the_interval_is_that_of_garwood() -> None:
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=1e-3)
    assert poisson_interval(10) == pytest.approx((4.795, 18.390), abs=1e-3)


def test_a_drift_is_found_by_the_first_alarm_before_the_next_drift() -> None:
    assert score([5, 110, 130, 320], [100, 200, 300], 400) == (2, 2, 15.0)


def test_one_draw_gives_a_line_for_every_policy() -> None:
    world = World("w", reference_days=4, columns=2, hour_rows=20)
    runs = run_null(world, 1, 2)
    lines = null_table(runs)
    assert [line[1] for line in lines] == ["multiscale_ks", "window_ks", "sequential"]
    assert runs == run_null(world, 1, 2)
    refused = Run("w", "sequential", 0, 0.0, 0.0, certified=False, covered=True, refused=True)
    assert null_table([refused])[-1][-1] == "refuses this reference"
    assert len({world.name for world in WORLDS}) == len(WORLDS)


def test_a_large_change_is_found_by_all() -> None:
    (line,) = power_table(run_power(CHANGES[2], 3, 2))
    assert line[:2] == ["mean + 1 sd", "0.383"]
    assert all(said.startswith("1 of 1, ") for said in line[2:])


def test_tables_replace_what_stands_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- generated: begin -->\nold\n<!-- generated: end -->\nz\n")
    put_between_markers(page, markdown(["h"], [["1"]]))
    put_between_markers(page, markdown(["h"], [["2"]]))
    assert (
        page.read_text()
        == "a\n<!-- generated: begin -->\n\n| h |\n|---|\n| 2 |\n\n<!-- generated: end -->\nz\n"
    )
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no markers"):
        put_between_markers(page, "x")
