"""What is counted where the logged value itself is not: a text's length, a time's lag, an embedding's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.counting.values import MISSING, NUMBER, OTHER, TEXT, Values, number_text
from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.references.reference import ColumnReference


def derive(values: Values, reference: ColumnReference, times: NDArray[np.int64] | None) -> Values:
    """The rows as the reference counts them (see ``Derivation`` there).

    Examples
    --------
    >>> from bellbuoy_stream.counting.values import values_of
    >>> from bellbuoy_stream.references.reference import ColumnReference
    >>> length = ColumnReference(name="t", source="t", derivation="length")
    >>> derive(values_of(["ab", "c", None]), length, None).numbers.tolist()
    [2.0, 1.0, 0.0]
    """
    match reference.derivation:
        case "value":
            return values
        case "length":
            return _of_texts(values, lambda text: float(len(text)))
        case "present":
            return _present(values)
        case "lag":
            return _lag(values, times)
        case "norm" | "cosine":
            return _vector(values, reference)


def _of_texts(values: Values, measure: Any) -> Values:
    """A number for each text; numbers are measured as the text they would be."""
    states = values.state().copy()
    numbers = np.zeros(values.rows)
    if values.codes is not None:
        is_text = states == TEXT
        table = np.array([measure(text) for text in values.texts], dtype=np.float64)
        numbers[is_text] = table[values.codes[is_text]]
        states[is_text] = NUMBER
    if values.numbers is not None and values.numbers.ndim == 1:
        is_number = values.state() == NUMBER
        numbers[is_number] = [measure(number_text(float(number))) for number in values.numbers[is_number]]
    return Values(values.rows, numbers, states=states)


def _present(values: Values) -> Values:
    """1 for whatever is there: only nulls are counted apart."""
    states = np.where(values.state() == MISSING, MISSING, NUMBER).astype(np.uint8)
    return Values(values.rows, np.ones(values.rows), states=states)


def _seconds(text: str) -> float:
    try:
        return parse_time_us(text) / 1e6
    except ValueError:
        return np.nan


def _lag(values: Values, times: NDArray[np.int64] | None) -> Values:
    """Seconds from the value (a time: text, or Unix seconds) to the event time."""
    states = values.state().copy()
    moments = np.full(values.rows, np.nan)
    if values.codes is not None:
        is_text = states == TEXT
        table = np.array([_seconds(text) for text in values.texts], dtype=np.float64)
        moments[is_text] = table[values.codes[is_text]]
        states[is_text] = np.where(np.isnan(moments[is_text]), OTHER, NUMBER)
    if values.numbers is not None and values.numbers.ndim == 1:
        is_number = values.state() == NUMBER
        moments[is_number] = values.numbers[is_number]
    if times is None:
        return Values(
            values.rows, np.zeros(values.rows), states=np.full(values.rows, MISSING, dtype=np.uint8)
        )
    return Values(values.rows, times / 1e6 - moments, states=states)


def _vector(values: Values, reference: ColumnReference) -> Values:
    """Euclidean norm, or cosine with the reference's mean vector; a vector of another width is of the wrong type."""
    numbers = values.numbers
    centroid = np.frombuffer(reference.centroid, dtype="<f8")
    if numbers is None or numbers.ndim != 2 or numbers.shape[1] != centroid.size:
        states = np.where(values.state() == MISSING, MISSING, OTHER).astype(np.uint8)
        return Values(values.rows, states=states)
    vectors = np.ascontiguousarray(numbers, dtype=np.float64)
    # sums along a row of fixed length do not depend on the other rows: no matrix product here (law 2)
    norm = np.sqrt((vectors * vectors).sum(axis=1))
    if reference.derivation == "norm":
        return Values(values.rows, norm, states=values.states)
    scale = norm * np.sqrt((centroid * centroid).sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (vectors * centroid).sum(axis=1) / scale
    return Values(values.rows, cosine, states=values.states)
