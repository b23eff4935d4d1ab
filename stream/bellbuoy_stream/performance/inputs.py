"""Wire columns as what layouts count: numbers, and codes of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.values import MISSING, NUMBER, TEXT, number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.values import Values

BOOLEANS = {"false": 0.0, "true": 1.0}


def numbers_of(values: Values) -> NDArray[np.float64]:
    """A label, score or prediction as numbers: booleans as 0 and 1, missing as nan, what is no number as infinite.

    Layouts count each of these apart.

    Examples
    --------
    >>> from bellbuoy_stream.counting.values import values_of
    >>> numbers_of(values_of([1, True, None, "late"])).tolist()
    [1.0, 1.0, nan, inf]
    """
    states = values.state()
    numbers = np.full(values.rows, np.inf)
    numbers[states == MISSING] = np.nan
    if values.numbers is not None and values.numbers.ndim == 1:
        is_number = states == NUMBER
        numbers[is_number] = values.numbers[is_number]
    if values.codes is not None:
        is_text = states == TEXT
        table = np.array([BOOLEANS.get(text, np.inf) for text in values.texts])
        numbers[is_text] = table[values.codes[is_text]]
    return numbers


def codes_of(classes: Sequence[str], *columns: Values) -> list[NDArray[np.int64]]:
    """Class codes of columns of the same rows: the place in ``classes``, then other classes as they are met.

    Missing values, nan and what is neither number nor text are -1; a number is the class that it is written as.

    Examples
    --------
    >>> from bellbuoy_stream.counting.values import values_of
    >>> codes_of(["a", "3"], values_of(["a", None, "b", 3]), values_of(["b", "a", "c", "b"]))
    [array([ 0, -1,  2,  1]), array([2, 0, 3, 2])]
    """
    known = {name: code for code, name in enumerate(classes)}
    return [_codes(values, known) for values in columns]


def _codes(values: Values, known: dict[str, int]) -> NDArray[np.int64]:
    """Codes of one column; classes that are met first are added to the known ones."""
    states = values.state()
    codes = np.full(values.rows, -1, dtype=np.int64)
    is_text = states == TEXT
    if values.codes is not None and is_text.any():
        used, inverse = np.unique(values.codes[is_text], return_inverse=True)
        codes[is_text] = np.array([known.setdefault(values.texts[code], len(known)) for code in used])[
            inverse
        ]
    is_number = states == NUMBER
    if values.numbers is not None and values.numbers.ndim == 1:
        is_number &= ~np.isnan(values.numbers.astype(np.float64))
        used, inverse = np.unique(values.numbers[is_number], return_inverse=True)
        table = [known.setdefault(number_text(float(number)), len(known)) for number in used]
        codes[is_number] = np.array(table, dtype=np.int64)[inverse]
    return codes
