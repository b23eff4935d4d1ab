"""The expansion for many distances is scipy's for each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstwo

from bellbuoy_stream.statistics.ks import ks_p_values
from bellbuoy_stream.statistics.pelz_good import middle, pelz_good_tail


@given(st.integers(141, 10**7), st.floats(0.05, 1.48))
def test_a_tail_is_that_of_scipy(size: int, root_distance: float) -> None:
    sizes, distances = np.array([size]), np.array([root_distance / np.sqrt(size)])
    if middle(sizes, distances)[0]:
        found = float(pelz_good_tail(sizes, distances)[0])
        assert found == pytest.approx(float(kstwo.sf(distances[0], size)), abs=1e-13)


def test_all_ranges_of_the_distribution_are_joined() -> None:
    rng = np.random.default_rng(3)
    reference, window = rng.integers(1, 100_000, 2_000), rng.integers(1, 100_000, 2_000)
    sizes = np.maximum(1, np.rint(reference / (reference + window) * window))
    distances = np.minimum(1, rng.gamma(2, 0.5, 2_000) / np.sqrt(sizes))
    assert 200 < middle(sizes.astype(np.int64), distances).sum() < 1_900
    found = ks_p_values(distances.tolist(), reference.tolist(), window.tolist())
    assert found == pytest.approx(np.clip(kstwo.sf(distances, sizes), 0, 1).tolist(), abs=1e-13)
