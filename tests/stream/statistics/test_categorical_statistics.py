from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bellbuoy_stream.statistics import homogeneity, ks_distance, share_distance, share_p_value

COUNTS = st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(sum)


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(80, 400), min_size=n, max_size=n)] * 2)
    )
)
@settings(max_examples=100, deadline=None)
def test_homogeneity_without_small_cells_is_scipys(rows: tuple[list[int], list[int]]) -> None:
    found = homogeneity(np.array(rows[0]), np.array(rows[1]))
    assert found is not None
    pearson = stats.chi2_contingency(rows, correction=False)
    likelihood = stats.chi2_contingency(rows, correction=False, lambda_="log-likelihood")
    assert found.cells == len(rows[0])
    assert found.chi_square == pytest.approx(pearson.statistic, abs=1e-8)
    assert found.chi_square_p_value == pytest.approx(pearson.pvalue, abs=1e-10)
    assert found.g == pytest.approx(likelihood.statistic, abs=1e-8)
    assert found.g_p_value == pytest.approx(likelihood.pvalue, abs=1e-10)


@given(COUNTS, COUNTS)
@settings(max_examples=80, deadline=None)
def test_pooling_leaves_no_small_expected_cell_and_loses_few_rows(
    reference: list[int], window: list[int]
) -> None:
    from bellbuoy_stream.statistics.chi_square import pooled

    table = np.array([reference, window])
    out = pooled(table, 5.0)
    share = table.sum(axis=1).min() / table.sum()
    assert (table.sum() - out.sum()) * share < 5
    assert out.shape[1] == 1 or (out.sum(axis=0) * share).min() >= 5.0 - 1e-9


@pytest.mark.parametrize(
    ("reference", "window"),
    [
        ([500_000, 500_000, 0], [1_500, 0, 1_500]),
        ([5_000, 5_000, 0], [100, 0, 110]),
        ([10_000, 0], [0, 220]),
        ([1_000, 0], [0, 60]),
    ],
)
def test_what_a_new_category_won_does_not_cancel_what_another_one_lost(
    reference: list[int], window: list[int]
) -> None:
    found = homogeneity(np.array(reference), np.array(window))
    assert found is None or max(found.chi_square_p_value, found.g_p_value) < 1e-20
    p_value = share_p_value(np.array(reference), np.array(window))
    assert p_value is not None
    assert p_value < 1e-60


@given(COUNTS, COUNTS)
@settings(max_examples=40, deadline=None)
def test_share_p_value_is_the_sum_of_exact_tails(reference: list[int], window: list[int]) -> None:
    r, w = np.array(reference), np.array(window)
    n, m = r.sum(), w.sum()
    distance = np.abs(w * n - r * m).max()
    total = 0.0
    for a, b in zip(r, w, strict=True):
        x = np.arange(0, a + b + 1)
        far = np.abs(x * n - (a + b - x) * m) >= distance
        total += stats.hypergeom(n + m, a + b, m).pmf(x)[far].sum()
    found = share_p_value(r, w)
    assert found is not None
    assert min(1.0, total) * (1 - 1e-9) <= found <= min(1.0, total * 1.002)


def test_share_p_value_is_valid_under_the_null() -> None:
    rng = np.random.default_rng(3)
    shares = np.array([0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
    p_values = np.array(
        [share_p_value(rng.multinomial(400, shares), rng.multinomial(60, shares)) for _ in range(600)]
    )
    assert (p_values <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


@given(st.tuples(st.integers(1, 50), st.integers(0, 50)), st.tuples(st.integers(0, 50), st.integers(1, 50)))
def test_two_categories_are_ks(reference: tuple[int, int], window: tuple[int, int]) -> None:
    as_cells = [np.array([0, pair[0], 0, pair[1], 0]) for pair in (reference, window)]
    assert float(share_distance(np.array(reference), np.array(window))) == pytest.approx(
        float(ks_distance(as_cells[0], as_cells[1])), abs=1e-12
    )


def test_empty_samples() -> None:
    nothing, something = np.zeros(3, dtype=np.int64), np.array([1, 2, 3])
    assert np.isnan(share_distance(something, nothing))
    assert share_p_value(nothing, something) is None
    assert homogeneity(something, nothing) is None
    assert share_p_value(something, something) == 1.0


def test_one_category_only_is_no_evidence() -> None:
    found = homogeneity(np.array([9, 0]), np.array([5, 0]))
    assert found is not None
    assert (found.cells, found.chi_square, found.chi_square_p_value, found.g_p_value) == (1, 0.0, 1.0, 1.0)
