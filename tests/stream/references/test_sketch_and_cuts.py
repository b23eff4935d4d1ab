from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.references import RankSketch, choose_cuts, tail_unit

CHUNKS = st.lists(
    st.one_of(
        st.lists(st.integers(0, 5).map(float), max_size=40),
        st.lists(st.floats(-1e6, 1e6), max_size=40),
    ),
    min_size=1,
    max_size=12,
)


@given(CHUNKS, st.sampled_from([2, 4, 16]))
@settings(max_examples=80, deadline=None)
def test_no_rank_is_wrong_by_more_than_the_sketch_says(chunks: list[list[float]], capacity: int) -> None:
    sketch = RankSketch(capacity)
    for chunk in chunks:
        sketch.add(np.array(chunk, dtype=np.float64))
    rows = np.sort(np.concatenate([np.array(chunk, dtype=np.float64) for chunk in chunks]))
    values, weights = sketch.summary()
    assert weights.sum() == len(rows)
    for cut in np.unique(rows):
        estimate = weights[values <= cut].sum()
        assert abs(estimate - np.searchsorted(rows, cut, "right")) <= sketch.error


def test_the_error_of_a_long_column_is_within_its_bound() -> None:
    sketch = RankSketch(capacity=256)
    rng = np.random.default_rng(0)
    for _ in range(64):
        sketch.add(rng.normal(size=1000))
    assert 0 < sketch.error <= 64_000 * np.log2(64_000 / 256) / (2 * 256)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 30)), min_size=1, max_size=60), st.integers(1, 40)
)
@settings(max_examples=100, deadline=None)
def test_no_open_gap_holds_more_than_its_share_and_no_cut_could_be_left_out(
    pairs: list[tuple[int, int]], cuts: int
) -> None:
    counts = dict(pairs)
    values = np.array(sorted(counts), dtype=np.float64)
    weights = np.array([counts[value] for value in sorted(counts)])
    chosen = choose_cuts(values, weights, cuts=cuts)
    assert (chosen[0], chosen[-1]) == (values[0], values[-1])

    def inside(low: float, high: float) -> int:
        return int(weights[(values > low) & (values < high)].sum())

    allowed = weights.sum() // cuts
    assert all(inside(low, high) <= allowed for low, high in pairwise(chosen))
    before = [inside(low, high) for low, high in zip(chosen[:-2], chosen[2:-1], strict=False)]
    assert all(rows > allowed for rows in before)


def test_ranks_that_are_too_coarse_are_refused() -> None:
    with pytest.raises(InputError, match="too coarse"):
        choose_cuts(np.arange(100.0), np.ones(100, dtype=np.int64), error=10, cuts=50)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_the_tail_unit_is_a_finite_power_of_two(values: list[float]) -> None:
    unit = tail_unit(np.unique(values))
    assert np.frexp(unit)[0] == 0.5
    assert np.isfinite(unit)


def test_the_tail_unit_resolves_the_range() -> None:
    assert tail_unit(np.array([0.0, 100.0])) == pytest.approx(100 / 2**16, rel=0.5)
    assert tail_unit(np.zeros(0)) == 1.0
