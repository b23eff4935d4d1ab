"""Statistics that are compared with scipy on values, from cells alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from bellbuoy_stream.counting.layout import tail_units
from bellbuoy_stream.statistics import (
    Tails,
    bin_starts,
    binned,
    doubled_u,
    jensen_shannon,
    ks_distance,
    psi,
    quantile_bracket,
    superiority,
    wasserstein,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.statistics import WassersteinBracket

TIED = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=40)
LOOSE = st.lists(st.floats(-8, 8, allow_nan=False, width=32), min_size=1, max_size=40)
COUNTS = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(sum)
UNIT = 2.0**-20


def cells_of(cuts: NDArray[np.float64], values: ArrayLike) -> Counts:
    index = np.searchsorted(cuts, values, "left") + np.searchsorted(cuts, values, "right")
    return np.bincount(index, minlength=2 * len(cuts) + 1)


def tails_of(cuts: NDArray[np.float64], values: ArrayLike) -> Tails:
    values = np.asarray(values)
    below = np.rint(np.maximum(cuts[0] - values, 0) / UNIT).sum()
    above = np.rint(np.maximum(values - cuts[-1], 0) / UNIT).sum()
    return Tails(np.array(below, dtype=np.int64), np.array(above, dtype=np.int64), UNIT)


def area(cuts: NDArray[np.float64], reference: ArrayLike, window: ArrayLike) -> WassersteinBracket:
    return wasserstein(
        cuts,
        cells_of(cuts, reference),
        cells_of(cuts, window),
        tails_of(cuts, reference),
        tails_of(cuts, window),
    )


@given(TIED, st.data())
@settings(max_examples=80, deadline=None)
def test_wasserstein_on_cuts_is_scipys(reference: list[float], data: st.DataObject) -> None:
    cuts = np.unique(reference)
    window = data.draw(st.lists(st.sampled_from(cuts.tolist()), min_size=1, max_size=30))
    true = stats.wasserstein_distance(reference, window)
    bracket = area(cuts, reference, window)
    assert float(bracket.low) == pytest.approx(true, abs=1e-9)
    assert float(bracket.high) == pytest.approx(true, abs=1e-9)


@given(st.one_of(TIED, LOOSE), st.one_of(TIED, LOOSE), st.data())
@settings(max_examples=100, deadline=None)
def test_wasserstein_bracket_holds_scipys_distance(
    reference: list[float], window: list[float], data: st.DataObject
) -> None:
    cuts = np.unique(data.draw(st.lists(st.sampled_from(reference), min_size=1, max_size=6)))
    true = stats.wasserstein_distance(reference, window)
    bracket = area(cuts, reference, window)
    assert float(bracket.low) - 1e-9 <= true <= float(bracket.high) + 1e-9


@given(TIED, st.floats(1, 100))
@settings(max_examples=40, deadline=None)
def test_wasserstein_of_a_shift_beyond_the_cuts_is_exact_up_to_the_unit(
    values: list[float], shift: float
) -> None:
    reference = np.asarray(values)
    window = reference - reference.min() + reference.max() + shift
    bracket = area(np.unique(reference), reference, window)
    true = stats.wasserstein_distance(reference, window)
    assert float(bracket.high) - float(bracket.low) <= 2 * UNIT
    assert float(bracket.low) - 1e-9 <= true <= float(bracket.high) + 1e-9


@given(TIED, st.one_of(TIED, LOOSE))
@settings(max_examples=80, deadline=None)
def test_u_is_scipys(reference: list[float], window: list[float]) -> None:
    cuts = np.unique(reference)
    r, w = cells_of(cuts, reference), cells_of(cuts, window)
    assert doubled_u(r, w) / 2 == stats.mannwhitneyu(window, reference, method="asymptotic").statistic
    effect = superiority(r, w)
    assert float(effect.low) == float(effect.value) == float(effect.high)


@given(LOOSE, LOOSE)
@settings(max_examples=100, deadline=None)
def test_superiority_bracket_holds_the_true_value(reference: list[float], window: list[float]) -> None:
    cuts = np.unique([min(reference), max(reference)])
    effect = superiority(cells_of(cuts, reference), cells_of(cuts, window))
    true = stats.mannwhitneyu(window, reference, method="asymptotic").statistic / len(reference) / len(window)
    assert float(effect.low) - 1e-12 <= true <= float(effect.high) + 1e-12


def test_wasserstein_says_nothing_above_where_a_tail_is_cut_off() -> None:
    cuts, unit = np.array([0.0, 1.0]), 2.0**-16
    reference, window = np.array([0, 1, 0, 1, 0]), np.array([0, 1, 0, 0, 1])
    none = np.array(0)
    tails = [Tails(none, tail_units(np.array(far), 1.0, unit), unit) for far in (3.0, 1e9, 2e9)]
    near, far, farther = (wasserstein(cuts, reference, window, Tails(none, none, unit), t) for t in tails)
    assert near.low < 1.0 < near.high < 1.0001
    assert np.isinf(far.high)
    assert 1.0 < far.low == farther.low <= stats.wasserstein_distance([0.0, 1.0], [0.0, 1e9])
    both = wasserstein(cuts, window, window, tails[1], tails[2])
    assert float(both.low) == 0.0  # 1e9 and 2e9 are one and the same to us
    assert np.isinf(both.high)


@given(COUNTS, COUNTS)
@settings(max_examples=80, deadline=None)
def test_jensen_shannon_is_scipys(reference: list[int], window: list[int]) -> None:
    found = float(jensen_shannon(np.array(reference), np.array(window)))
    # a square root doubles the digits lost near zero
    assert found**2 == pytest.approx(np.nan_to_num(jensenshannon(reference, window, base=2)) ** 2, abs=1e-12)


@given(COUNTS, COUNTS)
@settings(max_examples=80, deadline=None)
def test_psi_is_its_formula_and_symmetric(reference: list[int], window: list[int]) -> None:
    p, q = np.array(reference), np.array(window)
    kept = (p + q) > 0
    a, b = (p[kept] + 0.5) / (p[kept] + 0.5).sum(), (q[kept] + 0.5) / (q[kept] + 0.5).sum()
    assert float(psi(p, q)) == pytest.approx(float(((b - a) * np.log(b / a)).sum()), abs=1e-12)
    assert float(psi(p, q)) == pytest.approx(float(psi(q, p)), abs=1e-12)
    assert float(psi(p, q)) >= 0


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=41).filter(lambda cells: len(cells) % 2),
    st.integers(1, 12),
)
@settings(max_examples=80, deadline=None)
def test_bins_partition_the_cells_and_only_those_outside_lack_reference_rows(
    numbers: list[int], bins: int
) -> None:
    cells = np.array(numbers)
    starts = bin_starts(cells, bins)
    assert starts[0] == 0
    assert np.all(np.diff(starts) > 0)
    assert len(starts) <= bins + 2
    counts = binned(cells, starts)
    assert counts.sum() == cells.sum()
    filled = np.flatnonzero(counts)
    assert len(filled) <= bins
    assert not cells.sum() or len(filled) == filled[-1] - filled[0] + 1


@pytest.mark.parametrize("atom", [[0.0], [1.0]])
def test_rows_that_leave_an_outermost_atom_are_seen(atom: list[float]) -> None:
    """A column that saturates: a third of the rows at an end, which all move beyond it."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.random(600), np.repeat(atom, 300)])
    cuts = np.unique(values)
    moved = np.where(values == atom[0], 3 * values - 1, values)
    before, now = cells_of(cuts, values), cells_of(cuts, moved)
    starts = bin_starts(before)
    bins = binned(before, starts), binned(now, starts)
    assert float(ks_distance(before, now)) == pytest.approx(1 / 3)
    assert psi(*bins) > 1
    assert jensen_shannon(*bins) > 0.4


@given(st.one_of(TIED, LOOSE), st.sampled_from([0.01, 0.25, 0.5, 0.9, 1.0]), st.data())
@settings(max_examples=80, deadline=None)
def test_quantile_bracket_holds_the_inverted_cdf(values: list[float], q: float, data: st.DataObject) -> None:
    cuts = np.unique(data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=5)))
    true = float(np.quantile(values, q, method="inverted_cdf"))
    bracket = quantile_bracket(cuts, cells_of(cuts, values), q)
    assert bracket is not None
    assert bracket.low is None or bracket.low <= true
    assert bracket.high is None or true <= bracket.high
    assert np.isfinite(bracket.middle)


def test_empty_samples_give_nan_or_none() -> None:
    nothing, something = np.zeros(5, dtype=np.int64), np.array([0, 1, 0, 1, 0])
    cuts, tails = np.array([0.0, 1.0]), Tails(np.zeros((), dtype=np.int64), np.zeros((), dtype=np.int64), 1.0)
    assert np.isnan(wasserstein(cuts, something, nothing, tails, tails).low)
    assert np.isnan(superiority(nothing, something).value)
    assert np.isnan(psi(something, nothing))
    assert np.isnan(jensen_shannon(nothing, nothing))
    assert quantile_bracket(cuts, nothing) is None
    assert bin_starts(nothing).tolist() == [0]
