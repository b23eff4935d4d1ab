from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bellbuoy_stream.statistics import ks_bracket, ks_cut, ks_distance, ks_p_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

VALUES = st.one_of(
    st.lists(st.integers(-3, 3).map(float), min_size=2, max_size=40),
    st.lists(st.floats(-5, 5, allow_nan=False, width=32), min_size=2, max_size=40),
    st.lists(st.just(1.0), min_size=2, max_size=5),
)


def cells_of(cuts: NDArray[np.float64], values: list[float]) -> Counts:
    index = np.searchsorted(cuts, values, "left") + np.searchsorted(cuts, values, "right")
    return np.bincount(index, minlength=2 * len(cuts) + 1)


@given(VALUES, VALUES)
@settings(max_examples=100, deadline=None)
def test_with_all_reference_values_cut_every_side_is_scipys(
    reference: list[float], window: list[float]
) -> None:
    cuts = np.unique(reference)
    bracket = ks_bracket(cells_of(cuts, reference), cells_of(cuts, window))
    two = stats.ks_2samp(reference, window, method="asymp")
    assert float(bracket.low) == pytest.approx(two.statistic, abs=1e-12)
    assert float(bracket.high) == float(bracket.low)
    assert float(bracket.plus) == pytest.approx(
        stats.ks_2samp(reference, window, alternative="greater", method="asymp").statistic, abs=1e-12
    )
    assert float(bracket.minus) == pytest.approx(
        stats.ks_2samp(reference, window, alternative="less", method="asymp").statistic, abs=1e-12
    )
    p_value = ks_p_value(two.statistic, len(reference), len(window))
    assert p_value == pytest.approx(float(two.pvalue), abs=1e-12)


@given(VALUES, VALUES, st.data())
@settings(max_examples=100, deadline=None)
def test_with_few_cuts_the_bracket_holds_every_side_and_is_no_wider_than_the_gaps(
    reference: list[float], window: list[float], data: st.DataObject
) -> None:
    unique = np.unique(reference)
    cuts = np.unique(data.draw(st.lists(st.sampled_from(unique.tolist()), min_size=1, max_size=4)))
    r, w = cells_of(cuts, reference), cells_of(cuts, window)
    bracket = ks_bracket(r, w)
    two = stats.ks_2samp(reference, window, method="asymp").statistic
    plus = stats.ks_2samp(reference, window, alternative="greater", method="asymp").statistic
    minus = stats.ks_2samp(reference, window, alternative="less", method="asymp").statistic
    for low, true, high in (
        (bracket.low, two, bracket.high),
        (bracket.plus, plus, bracket.plus_high),
        (bracket.minus, minus, bracket.minus_high),
    ):
        assert float(low) - 1e-12 <= true <= float(high) + 1e-12
    widest = np.minimum(r[0::2] / r.sum(), w[0::2] / w.sum()).max()
    assert float(bracket.high) <= float(bracket.low) + widest + 1e-12


@given(VALUES, VALUES)
@settings(max_examples=40, deadline=None)
def test_the_upper_end_is_reached_when_the_order_inside_a_gap_is_the_worst(
    reference: list[float], window: list[float]
) -> None:
    cuts = np.unique([min(reference), max(reference)])
    r, w = cells_of(cuts, reference), cells_of(cuts, window)
    # the worst orders: in each gap all reference rows first, or all window rows first
    highest = max(
        stats.ks_2samp(_placed(cuts, r, 0.2), _placed(cuts, w, 0.6), method="asymp").statistic,
        stats.ks_2samp(_placed(cuts, r, 0.6), _placed(cuts, w, 0.2), method="asymp").statistic,
    )
    assert float(ks_bracket(r, w).high) == pytest.approx(highest, abs=1e-12)


def _placed(cuts: NDArray[np.float64], cells: Counts, where: float) -> NDArray[np.float64]:
    edges = np.concatenate([[cuts[0] - 1], cuts, [cuts[-1] + 1]])
    gaps = edges[:-1] + (edges[1:] - edges[:-1]) * where
    places = np.empty(len(cells))
    places[0::2], places[1::2] = gaps, cuts
    return np.repeat(places, cells)


def test_many_windows_at_once_are_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    reference, windows = rng.integers(0, 9, 21), rng.integers(0, 9, (5, 4, 21))
    at_once = ks_distance(reference, windows)
    assert at_once.shape == (5, 4)
    for i in range(5):
        for j in range(4):
            assert at_once[i, j] == float(ks_distance(reference, windows[i, j]))


def test_empty_samples_have_no_distance() -> None:
    nothing, something = np.zeros(5, dtype=np.int64), np.array([0, 1, 0, 1, 0])
    assert np.isnan(ks_distance(nothing, something))
    assert np.isnan(ks_bracket(something, nothing).high)
    assert ks_cut(something, nothing) is None
    assert ks_p_value(0.5, 0, 10) is None


def test_one_row_against_one_row_says_nothing() -> None:
    assert ks_p_value(1.0, 1, 1) == 1.0


def test_products_beyond_int64_are_computed_in_floats() -> None:
    reference = np.array([0, 3 << 40, 0, 1 << 40, 0])
    window = np.array([0, 1 << 40, 0, 3 << 40, 0])
    assert float(ks_distance(reference, window)) == 0.5


def test_the_cut_of_the_largest_distance() -> None:
    assert ks_cut(np.array([0, 1, 0, 9, 0, 1, 0]), np.array([0, 1, 0, 0, 0, 10, 0])) == 1
    assert ks_cut(np.array([0, 1, 0]), np.array([0, 0, 1])) == 0


@pytest.mark.parametrize(("reference_rows", "window_rows"), [(105, 45), (238, 154), (99, 143), (330, 638)])
def test_the_effective_size_is_rounded_as_scipy_rounds_it(reference_rows: int, window_rows: int) -> None:
    """The product over the sum ends in .5: another order of operations falls on the other side."""
    reference, window = np.arange(reference_rows) * 1.0, np.arange(window_rows) * 1.5
    two = stats.ks_2samp(reference, window, method="asymp")
    assert ks_p_value(float(two.statistic), reference_rows, window_rows) == float(two.pvalue)
