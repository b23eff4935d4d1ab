"""The dependence calibration against the definition, block by block."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies import calibrate, carried
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.calibration import UNMEASURED
from bellbuoy_stream.policies.packing import unpack_counts
from bellbuoy_stream.references.reference import Calibration

LAYOUT = Layout.of([("x", True, 5), ("c", False, 4)])


def by_definition(counts: NDArray[np.int64], index: Any, layout: Layout, scale: int) -> dict[str, float]:
    """Largest distance of a block from the rest of the reference, over all offsets."""
    found: dict[str, float] = {}
    for place in layout.places:
        cells = place.values(counts)
        largest = None
        for start in range(index[0], index[-1] + 2 - scale):
            inside = (index >= start) & (index < start + scale)
            block, rest = cells[inside].sum(axis=0), cells[~inside].sum(axis=0)
            if block.sum() < MIN_ROWS or not rest.sum():
                continue
            p, q = block / block.sum(), rest / rest.sum()
            gap = np.abs((p - q).cumsum() if place.numeric else p - q).max()
            largest = gap if largest is None else max(largest, gap)
        found[place.name] = UNMEASURED if largest is None else largest
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 20))
def test_allowance_is_the_leave_one_out_distance_of_every_block_gaps_counted_as_time(
    seed: int, panes: int
) -> None:
    rng = np.random.default_rng(seed)
    index = np.sort(rng.choice(2 * panes, size=panes, replace=False)) + rng.integers(-50, 50)
    counts = np.zeros((panes, LAYOUT.width), dtype=np.int64)
    counts[:, :5], counts[:, 11:15] = rng.poisson(8, (panes, 5)), rng.poisson(3, (panes, 4))
    calibration = calibrate(counts, index, LAYOUT, 1)
    assert calibration.panes == index[-1] - index[0] + 1
    assert calibration.scales[-1] <= calibration.panes / 2 < 2 * calibration.scales[-1] + 2
    for at, scale in enumerate(calibration.scales):
        for name, distance in by_definition(counts, index, LAYOUT, scale).items():
            assert calibration.allowance[name][at] == pytest.approx(distance, abs=1e-9)


def test_with_a_season_a_block_is_held_against_other_seasons_of_its_phases() -> None:
    rng = np.random.default_rng(3)
    counts = np.zeros((40, LAYOUT.width), dtype=np.int64)
    for at in range(40):
        counts[at, :5] = rng.multinomial(
            200, [0.8, 0.05, 0.05, 0.05, 0.05] if at % 4 < 2 else [0.05, 0.05, 0.05, 0.05, 0.8]
        )
    plain = calibrate(counts, np.arange(40), LAYOUT, 1)
    seasonal = calibrate(counts, np.arange(40), LAYOUT, 1, season_us=4)
    assert plain.allowance["x"][0] > 0.3
    assert seasonal.allowance["x"][0] < 0.15
    assert seasonal.phases == 4
    assert np.array_equal(unpack_counts(seasonal.buckets["x"]), counts[:, :5].reshape(10, 4, 5).sum(axis=0))
    # by definition: pane 7 against the nine other panes of its phase
    block, rest = counts[7, :5], counts[3::4, :5].sum(axis=0) - counts[7, :5]
    gap = np.abs((block / block.sum() - rest / rest.sum()).cumsum()).max()
    assert seasonal.allowance["x"][0] >= gap - 1e-12


def test_a_season_longer_than_half_the_reference_is_left_out() -> None:
    counts = np.full((10, LAYOUT.width), 9, dtype=np.int64)
    assert calibrate(counts, np.arange(10), LAYOUT, 1, season_us=6).season_us is None


def test_many_phases_share_buckets() -> None:
    counts = np.full((2000, LAYOUT.width), 9, dtype=np.int64)
    calibration = calibrate(counts, np.arange(2000), LAYOUT, 1, season_us=1000)
    assert (calibration.phases, calibration.phase_panes) == (334, 3)
    assert unpack_counts(calibration.buckets["x"]).shape == (334, 5)


def test_the_design_effect_is_about_one_for_independent_rows_and_grows_with_a_shared_mood() -> None:
    rng = np.random.default_rng(8)
    counts = np.zeros((200, LAYOUT.width), dtype=np.int64)
    counts[:, :5] = rng.multinomial(100, [0.2] * 5, size=200)
    counts[:, 11:15] = [rng.multinomial(100, rng.dirichlet([5] * 4)) for _ in range(200)]
    calibration = calibrate(counts, np.arange(200), LAYOUT, 1)
    assert calibration.design_effect["x"] == pytest.approx(1, abs=0.2)
    assert calibration.design_effect["c"] > 3
    assert calibration.dependence["x"] < 4 < calibration.dependence["c"]
    assert (calibration.blocks, calibration.design_blocks) == (200, 200)


def test_hours_that_differ_are_dependence_even_where_days_are_alike() -> None:
    rng = np.random.default_rng(8)
    counts = np.zeros((24 * 40, LAYOUT.width), dtype=np.int64)
    shares = [rng.dirichlet([20] * 5) for _ in range(24)]
    counts[:, :5] = [rng.multinomial(100, shares[at % 24]) for at in range(24 * 40)]
    calibration = calibrate(counts, np.arange(24 * 40), LAYOUT, 1, report_panes=24)
    assert calibration.design_effect["x"] < 1.2
    assert calibration.dependence["x"] > 20


def test_memory_bounds_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(9, (64, LAYOUT.width))
    whole = calibrate(counts, np.arange(64), LAYOUT, 1, season_us=8)
    monkeypatch.setattr("bellbuoy_stream.policies.calibration.WORK_CELLS", 100)
    assert calibrate(counts, np.arange(64), LAYOUT, 1, season_us=8) == whole


@pytest.mark.parametrize("index", [[1, 1], [2, 1]])
def test_panes_out_of_order_are_refused(index: Any) -> None:
    with pytest.raises(InputError, match="not in order"):
        calibrate(np.zeros((2, LAYOUT.width), dtype=np.int64), np.array(index), LAYOUT, 1)


def test_one_pane_has_no_blocks() -> None:
    calibration = calibrate(np.full((1, LAYOUT.width), 5, dtype=np.int64), np.array([3]), LAYOUT, 1)
    assert (calibration.scales, calibration.allowance) == ([], {})


def test_a_young_reference_keeps_the_old_ones_allowance() -> None:
    old = Calibration(pane_us=1, scales=[1, 2, 4], allowance={"x": [0.3, 0.2, UNMEASURED]}, blocks=60)
    young = Calibration(
        pane_us=1, scales=[1, 2, 4], allowance={"x": [0.1, 0.25, 0.1], "y": [0.1, 0.1, 0.1]}, blocks=5
    )
    assert carried(old, young).allowance == {"x": [0.3, 0.25, 0.1], "y": [0.1, 0.1, 0.1]}
    grown = Calibration(pane_us=1, scales=[1], allowance={"x": [0.1]}, blocks=20)
    assert carried(old, grown) is grown
    assert carried(None, young) is young
