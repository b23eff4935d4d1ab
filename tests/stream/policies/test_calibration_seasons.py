"""Blocks within a season, against the definition; the calibration and the detector hold them against the same."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.policies import calibrate
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.calibration import UNMEASURED
from bellbuoy_stream.policies.cells import ValueCells
from bellbuoy_stream.policies.scatter import correlation_time
from bellbuoy_stream.policies.season import UNIT, SeasonMixture
from bellbuoy_stream.references.reference import Calibration, ColumnReference, Reference

LAYOUT = Layout.of([("c", False, 4)])
Ints = NDArray[np.int64]


def left_out(cells: Ints, phase: Ints, inside: NDArray[np.bool_]) -> float | None:
    """Distance of a block from what the rest says of its phases; thin phases say nothing, the whole rest speaks."""
    block, rest = cells[inside], cells[~inside]
    if block.sum() < MIN_ROWS or not rest.sum():
        return None
    expected = np.zeros(cells.shape[1])
    for which in np.unique(phase[inside]):
        rows = block[phase[inside] == which].sum()
        thin = cells[phase == which].sum() < MIN_ROWS
        same = rest if thin else rest[phase[~inside] == which]
        if rows and not same.sum():
            return None
        if rows:
            expected += rows * same.sum(axis=0) / same.sum()
    return float(np.abs(block.sum(axis=0) - expected).max() / block.sum())


def by_definition(cells: Ints, index: Ints, phase: Ints, scale: int) -> float:
    found = [
        left_out(cells, phase, (index >= start) & (index < start + scale))
        for start in range(index[0], index[-1] + 2 - scale)
    ]
    return max((distance for distance in found if distance is not None), default=UNMEASURED)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3, 4]), st.integers(2, 4), st.data())
def test_the_allowance_within_a_season_is_by_definition(
    seed: int, width: int, seasons: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    season = 12
    index = np.arange(seasons * season)[rng.random(seasons * season) > data.draw(st.sampled_from([0, 0.2]))]
    assume(len(index) > 1 and index[-1] - index[0] + 1 >= 2 * season)
    rate = rng.choice(np.array(data.draw(st.sampled_from([[8], [8, 0.4], [0.5]]))), size=season)[
        index % season
    ]
    counts = np.zeros((len(index), LAYOUT.width), dtype=np.int64)
    counts[:, :4] = rng.poisson(rate[:, None] * rng.dirichlet([3] * 4, size=season)[index % season] * 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bellbuoy_stream.policies.phases.MAX_PHASES", season // width)
        calibration = calibrate(counts, index, LAYOUT, 1, season_us=season)
    assert (calibration.phases, calibration.phase_panes) == (season // width, width)
    phase = index % season // width
    for at, scale in enumerate(calibration.scales):
        if scale <= season:
            wanted = by_definition(counts[:, :4], index, phase, scale)
            assert calibration.allowance["c"][at] == pytest.approx(wanted, abs=1e-9)


def test_several_panes_in_a_phase_are_one_occurrence() -> None:
    """Two seasons of one phase of two panes each: the other occurrence alone is what a block is held against."""
    counts = np.zeros((8, LAYOUT.width), dtype=np.int64)
    counts[:, 0], counts[:, 1] = [90, 90, 10, 10, 50, 50, 50, 50], [10, 10, 90, 90, 50, 50, 50, 50]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bellbuoy_stream.policies.phases.MAX_PHASES", 2)
        calibration = calibrate(counts, np.arange(8), LAYOUT, 1, season_us=4)
    assert calibration.allowance["c"][1] == pytest.approx(0.4)  # .9 against .5, not against their mean of .7


@pytest.mark.parametrize("work", [100, 2_000_000])
def test_windows_are_correlated_less_what_their_phases_are_expected_to_look_like(
    work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(4)
    counts = np.zeros((90, LAYOUT.width), dtype=np.int64)
    phase = np.arange(90) % 5
    shares = rng.dirichlet([3] * 4, size=5)
    mood = np.repeat(rng.dirichlet([9] * 4, size=9), 10, axis=0)
    counts[:, :4] = [rng.multinomial(60, (a + b) / 2) for a, b in zip(shares[phase], mood, strict=True)]
    counts[30:33] = 0  # a window that cannot be measured
    gaps = []
    for window in range(30):
        at = np.arange(3 * window, 3 * window + 3)
        rows = counts[at, :4].sum()
        means = [counts[phase == p, :4].sum(axis=0) / counts[phase == p].sum() for p in range(5)]
        expected = sum(counts[pane].sum() * means[phase[pane]] for pane in at)
        gaps.append((counts[at, :4].sum(axis=0) - expected) / np.sqrt(max(rows, 1)))
    monkeypatch.setattr("bellbuoy_stream.policies.blocks.WORK_CELLS", work)
    calibration = calibrate(counts, np.arange(90), LAYOUT, 1, season_us=5, report_panes=3)
    usable = np.arange(30) != 10
    assert calibration.effective["c"] == pytest.approx(29 / correlation_time(np.array(gaps), usable) - 1)
    assert calibration.effective["c"] < 15


def mixture_of(counts: Ints, calibration: Calibration) -> SeasonMixture:
    column = ColumnReference(
        name="c", source="c", numeric=False, categories=["a", "b"], counts=counts.sum(axis=0).tobytes()
    )
    rows = int(counts[:, :4].sum())
    reference = Reference(model="m", version="1", rows=rows, columns=[column], calibration=calibration)
    return SeasonMixture(ValueCells.of(reference.layout), reference, 64)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.sampled_from([1, 2, 4]))
def test_live_rows_are_held_against_what_the_calibration_holds_blocks_against(
    seed: int, start: int, scale: int
) -> None:
    """A block of the reference, shown live to the reference without it, has its leave-one-out distance."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((40, LAYOUT.width), dtype=np.int64)
    thin = np.array([False, False, True, False, True])[np.arange(40) % 5]
    counts[:, :4] = np.where(thin[:, None], rng.poisson(0.3, (40, 4)), 30 + rng.poisson(9, (40, 4)))
    inside = (np.arange(40) >= start) & (np.arange(40) < start + scale)
    block, rest = counts[inside], np.where(inside[:, None], 0, counts)
    assume(block[:, :4].sum() >= MIN_ROWS)
    mixture = mixture_of(rest, calibrate(rest, np.arange(40), LAYOUT, 1, season_us=5))
    vectors = mixture.cells.vector(block)
    rows = [mixture.expect(start + at, vector[4:5]) for at, vector in enumerate(vectors)]
    sums = np.concatenate([vectors.sum(axis=0), np.sum(rows, axis=0)])
    wanted = left_out(counts[:, :4], np.arange(40) % 5, inside)
    assert mixture.distances(sums)[0] == pytest.approx(wanted, abs=10 / UNIT)


def test_thin_phases_borrow_the_same_rows() -> None:
    """However many thin phases a window has, what it is held against is worth one whole reference."""
    counts = np.zeros((40, LAYOUT.width), dtype=np.int64)
    counts[:, 0] = 2  # eight seasons of five phases with sixteen rows each
    mixture = mixture_of(counts, calibrate(counts, np.arange(40), LAYOUT, 1, season_us=5))
    for index in range(5):
        mixture.expect(index, np.array([7]))
    assert mixture.effective_rows(0, 5).tolist() == [80]
    assert mixture.effective_rows(0, 1).tolist() == [80]
