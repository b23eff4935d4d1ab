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
from bellbuoy_stream.policies.dependence import dependent_columns
from bellbuoy_stream.policies.packing import unpack_counts
from bellbuoy_stream.policies.plan import few_blocks
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
    assert (calibration.blocks, calibration.design_blocks) == ({"x": 200, "c": 200}, 200)


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
    monkeypatch.setattr("bellbuoy_stream.policies.blocks.WORK_CELLS", 100)
    assert calibrate(counts, np.arange(64), LAYOUT, 1, season_us=8) == whole


@pytest.mark.parametrize("index", [[1, 1], [2, 1]])
def test_panes_out_of_order_are_refused(index: Any) -> None:
    with pytest.raises(InputError, match="not in order"):
        calibrate(np.zeros((2, LAYOUT.width), dtype=np.int64), np.array(index), LAYOUT, 1)


def test_one_pane_has_no_blocks() -> None:
    calibration = calibrate(np.full((1, LAYOUT.width), 5, dtype=np.int64), np.array([3]), LAYOUT, 1)
    assert (calibration.scales, calibration.allowance) == ([], {})


def test_a_young_reference_keeps_the_old_ones_allowance_until_a_column_has_blocks_of_its_own() -> None:
    old = Calibration(pane_us=1, scales=[1, 2, 4], allowance={"x": [0.3, 0.2, UNMEASURED], "z": [0.9] * 3})
    young = Calibration(
        pane_us=1, scales=[1, 2, 4], allowance={"x": [0.1, 0.25, 0.1], "y": [0.1] * 3, "z": [0.1] * 3},
        effective={"x": 19.9, "z": 20.0}, season_us=7,
    )  # fmt: skip
    assert carried(old, young).allowance == {"x": [0.3, 0.25, 0.1], "y": [0.1] * 3, "z": [0.1] * 3}
    assert carried(None, young) is young
    assert carried(Calibration(pane_us=2, scales=[1], allowance={"x": [0.3]}), young) is young


def test_scales_that_a_young_reference_could_not_measure_are_the_old_ones() -> None:
    old = Calibration(pane_us=1, scales=[1, 2], allowance={"x": [0.3, 0.2]})
    young = Calibration(
        pane_us=1, scales=[1, 2, 4], allowance={"x": [UNMEASURED, 0.1, 0.1], "y": [UNMEASURED, 0.1, 0.1]},
        effective={"x": 30.0, "y": 30.0}, shortest=2,
    )  # fmt: skip
    assert carried(old, young).allowance == {"x": [0.3, 0.1, 0.1], "y": [UNMEASURED, 0.1, 0.1]}


def test_panes_counted_together_are_measured_on_the_blocks_that_can_be_cut() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(9, (60, LAYOUT.width))
    together = counts.reshape(20, 3, -1).sum(axis=1)
    alone = calibrate(together, np.arange(20), LAYOUT, 3)
    calibration = calibrate(together, np.arange(20), LAYOUT, 1, together=3, season_us=6, report_panes=6)
    assert calibration.allowance["x"][:2] == [UNMEASURED, UNMEASURED]
    assert (calibration.panes, calibration.filled, calibration.scales[-1]) == (60, 60, 16)
    assert (calibration.phases, calibration.phase_panes, calibration.blocks["x"]) == (2, 3, 10)
    plain = calibrate(together, np.arange(20), LAYOUT, 1, together=3)
    assert plain.allowance["x"][2] == alone.allowance["x"][0]  # four panes: one row of three
    assert plain.allowance["x"][3] == alone.allowance["x"][1]


def test_a_mood_that_outlasts_windows_leaves_few_effective_blocks() -> None:
    rng = np.random.default_rng(6)
    steps, mood = rng.normal(size=(300, 3)), np.zeros((300, 3))
    for at in range(1, 300):
        mood[at] = np.exp(-1 / np.array([0.01, 5, 30])) * mood[at - 1] + steps[at]
    mood /= mood.std(axis=0)
    layout = Layout.of([(name, False, 2) for name in "abc"])
    counts = np.zeros((300, layout.width), dtype=np.int64)
    for place, chance in zip(layout.places, (0.5 + 0.1 * mood).clip(0, 1).T, strict=True):
        counts[:, place.start] = rng.binomial(400, chance)
        counts[:, place.start + 1] = 400 - counts[:, place.start]
    effective = calibrate(counts, np.arange(300), layout, 1).effective
    assert effective["a"] > 200
    assert 15 < effective["b"] < 60  # windows of a memory of 5: about 1 in 10
    assert effective["c"] < 15


@pytest.mark.parametrize(
    ("numeric", "shares"), [(False, [0.5, 0.5]), (False, [0.7, 0.2, 0.1]), (True, [0.2] * 5)]
)
def test_the_spread_of_the_design_effect_is_that_of_independent_rows(
    numeric: bool,  # noqa: FBT001
    shares: list[float],
) -> None:
    rng = np.random.default_rng(9)
    layout = Layout.of([("x", numeric, len(shares))])
    found = []
    for _ in range(400):
        counts = np.zeros((40, layout.width), dtype=np.int64)
        counts[:, : len(shares)] = rng.multinomial(200, shares, size=40)
        found.append(calibrate(counts, np.arange(40), layout, 1))
    effects = np.array([calibration.design_effect["x"] for calibration in found])
    assert effects.std() * np.sqrt(39) == pytest.approx(found[0].spread["x"], rel=0.15)
    assert not any(dependent_columns(calibration, ["x"]) for calibration in found)


def test_a_column_of_few_rows_has_few_blocks_whatever_the_others_have() -> None:
    counts = np.full((56, LAYOUT.width), 9, dtype=np.int64)
    counts[2:, 11:15] = 0
    calibration = calibrate(counts, np.arange(56), LAYOUT, 1)
    assert calibration.blocks == {"x": 56, "c": 2}
    assert few_blocks(calibration, ["x"]) is None
    assert few_blocks(calibration, ["x", "c"]) == "column 'c' has 2 blocks of one window; 20 are needed"
    assert few_blocks(calibration, ["c"]) == "the reference has 2 blocks of one window; 20 are needed"
