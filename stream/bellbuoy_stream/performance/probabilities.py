"""Losses of probabilities, row by row, the same to the last bit on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.performance.fixed_point import FixedPoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.performance.blocks import Blocks

EPSILON = 2.0**-52
"""Log loss sees a probability of at least this: a certain miss costs 36.04 nats.  The same as scikit-learn's."""

PROBABILITY = FixedPoint(2.0**-40)
"""Scores, losses and their squares: a mean is at most 5e-13 wrong.  Squares reach 1,300, far below the limit."""

SCORE_EXTRAS: dict[str, tuple[int, ...]] = {"no_score": (), "infinite": (), "outside": ()}
"""Counters of labelled rows whose score is missing (or nan), infinite, or not in [0, 1]."""

LN_2 = 0.6931471805599453
SERIES_TERMS = 12
"""Terms of the logarithm's series: the first one left out is below 2**-65."""


def minus_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Minus the natural logarithm, by the four operations that IEEE 754 rounds exactly.

    A library's logarithm may differ in the last bit from machine to machine, and from a vector's body to its rest;
    a sum that is rounded to a unit would show it.  With :math:`x = m 2^e`, m in :math:`[\sqrt{1/2}, \sqrt 2)`:

    .. math:: \ln x = e \ln 2 + 2 \operatorname{artanh} s, \quad s = (m - 1) / (m + 1)

    Parameters
    ----------
    values
        Positive, finite.

    References
    ----------
    J.-M. Muller (2016), Elementary Functions, 3rd ed., section 3.

    Examples
    --------
    >>> minus_log(np.array([1.0, 0.5, 0.25])).round(6).tolist()
    [0.0, 0.693147, 1.386294]
    """
    mantissa, exponent = np.frexp(values)
    small = mantissa < np.sqrt(0.5)
    mantissa = np.where(small, 2 * mantissa, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    s = (mantissa - 1) / (mantissa + 1)
    square = s * s
    series = np.zeros_like(s)
    for term in range(SERIES_TERMS, -1, -1):
        series = series * square + 1 / (2 * term + 1)
    logarithm: NDArray[np.float64] = exponent * LN_2 + 2 * s * series
    return 0.0 - logarithm


def log_losses(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the logarithm of the probability that each row's own class was given, clipped to [epsilon, 1 - epsilon].

    Examples
    --------
    >>> log_losses(np.array([0.5, 0.0])).round(4).tolist()
    [0.6931, 36.0437]
    """
    return minus_log(np.clip(probabilities, EPSILON, 1 - EPSILON))


def usable_scores(
    scores: NDArray[np.float64], labelled: NDArray[np.bool_], blocks: Blocks, counts: Counts
) -> NDArray[np.bool_]:
    """Which labelled rows have a probability; the others are counted apart, in place.

    Parameters
    ----------
    scores, labelled
        Shapes (rows,).
    blocks, counts
        With the counters of ``SCORE_EXTRAS``.
    """
    inside: NDArray[np.bool_] = (scores >= 0) & (scores <= 1)
    missing, infinite = np.isnan(scores), np.isinf(scores)
    for name, rows in (
        ("no_score", missing),
        ("infinite", infinite),
        ("outside", ~(missing | infinite | inside)),
    ):
        blocks.of(counts, name)[...] = np.count_nonzero(labelled & rows)
    return labelled & inside
