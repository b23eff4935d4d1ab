"""Vectors of counters add: any order and grouping of rows gives the same one, and no row is lost."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.errors import InputError, SpecError
from bellbuoy_stream.events.columns import pack
from bellbuoy_stream.performance import (
    BinaryLayout,
    MulticlassLayout,
    RegressionLayout,
    codes_of,
    numbers_of,
)
from bellbuoy_stream.performance.fixed_point import FixedPoint
from bellbuoy_stream.performance.probabilities import EPSILON, minus_log

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellbuoy_stream.counting.layout import Counts

    Row = tuple[Any, ...]

ANY = st.one_of(st.none(), st.floats())
SCORES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.5, 1.0]), ANY)
LABELS = st.one_of(st.sampled_from([0, 1]), ANY)
BINARY_ROWS = st.lists(st.tuples(SCORES, LABELS, LABELS), max_size=30)
CODES = st.integers(-1, 5)
MULTICLASS_ROWS = st.lists(st.tuples(CODES, CODES, SCORES, SCORES, SCORES), max_size=30)
NUMBERS = st.one_of(st.floats(-100, 100), ANY)
REGRESSION_ROWS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30)

BINARY = BinaryLayout([0.1, 0.25, 0.5, 0.9])
MULTICLASS = MulticlassLayout(["a", "b", "c"])
REGRESSION = RegressionLayout([-3.0, -1.0, 0.0, 0.5], scale=3.0)


def binary(rows: Sequence[Row]) -> Counts:
    return BINARY.count(*([row[at] for row in rows] for at in range(3)))


def multiclass(rows: Sequence[Row]) -> Counts:
    scores = np.array([row[2:] for row in rows], dtype=np.float64).reshape(len(rows), 3)
    return MULTICLASS.count([row[0] for row in rows], [row[1] for row in rows], scores)


def regression(rows: Sequence[Row]) -> Counts:
    return REGRESSION.count([row[0] for row in rows], [row[1] for row in rows])


def assert_adds(count: Callable[[Sequence[Row]], Counts], rows: list[Row], data: st.DataObject) -> None:
    whole = count(rows)
    assert whole.dtype == np.int64
    order = data.draw(st.permutations(rows))
    ends = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    parts = [order[a:b] for a, b in zip([0, *ends], [*ends, len(rows)], strict=True)]
    total = sum((count(part) for part in parts), start=np.zeros_like(whole))
    assert total.tolist() == whole.tolist()


@given(BINARY_ROWS, st.data())
@settings(max_examples=60)
def test_binary_vectors_add(rows: list[Row], data: st.DataObject) -> None:
    assert_adds(binary, rows, data)


@given(MULTICLASS_ROWS, st.data())
@settings(max_examples=60)
def test_multiclass_vectors_add(rows: list[Row], data: st.DataObject) -> None:
    assert_adds(multiclass, rows, data)


@given(REGRESSION_ROWS, st.data())
@settings(max_examples=60)
def test_regression_vectors_add(rows: list[Row], data: st.DataObject) -> None:
    assert_adds(regression, rows, data)


@given(BINARY_ROWS)
@settings(max_examples=60)
def test_every_binary_row_is_counted_once(rows: list[Row]) -> None:
    view = BINARY.view(binary(rows))
    lost = view.counter("unlabelled") + view.counter("wrong_label")
    unscored = sum(view.counter(name) for name in ("no_score", "infinite", "outside"))
    assert view.rows + unscored + lost == len(rows)
    assert view.decided + view.counter("undecided") + lost == len(rows)
    assert view.block("bin_rows").sum() == view.rows


@given(MULTICLASS_ROWS)
@settings(max_examples=60)
def test_every_multiclass_row_is_counted_once(rows: list[Row]) -> None:
    view = MULTICLASS.view(multiclass(rows))
    assert view.decided + view.counter("undecided") + view.counter("unlabelled") == len(rows)
    known = [row for row in rows if 0 <= row[0] < 3]
    own = [row[2 + row[0]] for row in known]
    assert view.rows == sum(p is not None and 0 <= p <= 1 for p in own)
    assert view.counter("foreign") == sum(row[0] >= 3 for row in rows)


@given(REGRESSION_ROWS)
@settings(max_examples=60)
def test_every_regression_row_is_counted_once(rows: list[Row]) -> None:
    view = REGRESSION.view(regression(rows))
    apart = ("unlabelled", "infinite_label", "no_prediction", "infinite_prediction")
    assert view.rows + sum(view.counter(name) for name in apart) == len(rows)


def test_rows_that_cannot_be_used_have_counters_of_their_own() -> None:
    scores = [0.5, None, math.inf, 1.5, 0.5, 0.5, math.nan, 0.5]
    labels = [1, 1, 0, 1, None, 2, 0, math.inf]
    predictions = [None, 1, None, None, 1, 1, 0, 1]
    view = BINARY.view(BINARY.count(scores, labels, predictions))
    names = ("unlabelled", "wrong_label", "no_score", "infinite", "outside", "undecided")
    assert [view.counter(name) for name in names] == [1, 2, 2, 1, 1, 2]
    assert view.confusion.tolist() == [[1, 0], [0, 2]]
    assert view.rows == 1
    errors = REGRESSION.view(
        REGRESSION.count([1.0, None, math.inf, 1.0, 1.0], [1.0, 1.0, 1.0, None, -math.inf])
    )
    apart = ("unlabelled", "infinite_label", "no_prediction", "infinite_prediction")
    assert [errors.counter(name) for name in apart] == [1, 1, 1, 1]


def test_another_other_class_is_no_match() -> None:
    view = MULTICLASS.view(MULTICLASS.count([3, 3, 0], [3, 4, 4]))
    assert view.confusion[3].tolist() == [0, 0, 0, 1, 1]
    assert view.confusion[0].tolist() == [0, 0, 0, 1, 0]
    assert view.correct == 1


def test_a_row_without_prediction_is_decided_by_its_scores() -> None:
    scores = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.4, math.nan, 0.2]]
    view = MULTICLASS.view(MULTICLASS.count([1, 1, 0], scores=scores))
    assert view.confusion[:2, :2].tolist() == [[0, 0], [1, 1]]
    assert view.counter("undecided") == 1
    at = BinaryLayout([], threshold=0.3)
    assert at.view(at.count([0.3, 0.29], [1, 1])).confusion.tolist() == [[0, 0], [1, 1]]


@given(st.lists(st.floats(-(2.0**60), 2.0**60), max_size=20), st.sampled_from([2.0**-8, 2.0**-4, 1.0]))
def test_fixed_point_sums_are_exact_up_to_half_a_unit_a_row(values: list[float], unit: float) -> None:
    point = FixedPoint(unit)
    words = point.words(np.array(values, dtype=np.float64))
    rounded = sum(Fraction(round(Fraction(value) / Fraction(unit))) for value in values) * Fraction(unit)
    assert point.total(words.sum(axis=1)) == float(rounded)
    assert np.all((words[1] >= 0) & (words[1] < 2**32))


def test_no_sum_of_the_most_rows_overflows() -> None:
    point = FixedPoint(2.0**-40)
    most = np.array([np.finfo(np.float64).max, -np.finfo(np.float64).max])
    for words in point.words(most).T.tolist():
        assert all(abs(word) * 2**26 < 2**63 for word in words)


@given(st.lists(st.floats(EPSILON, 1 - EPSILON), min_size=1, max_size=30))
@example([math.sqrt(0.5), math.nextafter(math.sqrt(0.5), 0), EPSILON, 0.5, 1 - EPSILON])
def test_the_logarithm_is_the_logarithm(values: list[float]) -> None:
    own = minus_log(np.array(values))
    assert own.tolist() == pytest.approx([-math.log(value) for value in values], rel=1e-15, abs=0)
    alone = [float(minus_log(np.array([value]))[0]) for value in values]
    assert own.tolist() == alone


def test_wire_columns_become_numbers_and_codes() -> None:
    column = [1, 0.0, True, False, None, "late", "true"]
    for form in (list, pack):
        numbers = numbers_of(values_of(form(column)))
        assert numbers[:4].tolist() == [1, 0, 1, 0]
        assert np.isnan(numbers[4])
        assert numbers[5:].tolist() == [math.inf, 1]
        (codes,) = codes_of(["true", "1"], values_of(form([True, 1, 1.0, None, "x", 2, "x", math.nan])))
        assert codes[:4].tolist() == [0, 1, 1, -1]
        assert codes[4] == codes[6] >= 2
        assert codes[5] >= 2
        assert codes[5] != codes[4]
        assert codes[7] == -1
    assert numbers_of(values_of([[1.0, 2.0], [3.0, 4.0]])).tolist() == [math.inf, math.inf]
    assert codes_of([], values_of([[1.0, 2.0], [3.0, 4.0]]))[0].tolist() == [-1, -1]


def test_what_cannot_be_is_refused() -> None:
    for cuts in ([0.5, 0.5], [0.5, 0.1], [math.nan], [[0.1, 0.2]]):
        with pytest.raises(InputError, match="rising"):
            BinaryLayout(cuts)
    with pytest.raises(SpecError, match="bin"):
        BinaryLayout([], bins=0)
    with pytest.raises(SpecError, match="threshold"):
        BinaryLayout([], threshold=1.2)
    with pytest.raises(SpecError, match="classes"):
        MulticlassLayout(["a", "a"])
    for scale in (0.0, math.nan, math.inf, -1.0):
        with pytest.raises(InputError, match="scale"):
            RegressionLayout([], scale=scale)
    with pytest.raises(InputError, match="length"):
        BINARY.count([0.5], [1, 0])
    with pytest.raises(InputError, match="agree"):
        MULTICLASS.count([0], [0], [[0.5, 0.5]])
    with pytest.raises(InputError, match="layout"):
        BINARY.view([1, 2, 3])
