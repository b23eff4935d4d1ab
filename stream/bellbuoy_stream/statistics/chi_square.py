r"""Chi-square and G tests of homogeneity: whether reference and window have the same shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy.special import gammaincc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

MIN_EXPECTED = 5.0
"""Smallest expected count of a cell that stands alone (Cochran's rule)."""


class Homogeneity(msgspec.Struct, frozen=True):
    """Both tests of a 2 x C table; ``cells`` is C after pooling, degrees of freedom C - 1."""

    chi_square: float
    chi_square_p_value: float
    g: float
    g_p_value: float
    cells: int


def homogeneity(
    reference_cells: Counts, window_cells: Counts, min_expected: float = MIN_EXPECTED
) -> Homogeneity | None:
    r"""Pearson's chi-square and the likelihood-ratio statistic G of the 2 x C table.

    .. math:: X^2 = \sum (O - E)^2 / E, \qquad G = 2 \sum O \ln (O / E)

    with expected counts E from the table's margins, both against the chi-square distribution with C - 1
    degrees of freedom, without a continuity correction.

    Cells whose expected count is below ``min_expected`` in either row are pooled into one; if the pool is
    still too small, it is left out: were a larger cell to join it, what that one lost could cancel what the pool won.

    Parameters
    ----------
    reference_cells, window_cells
        Rows in each category's cell, shape (cells,).
    min_expected
        See above.

    Returns
    -------
    None where either sample is empty, or where what is left out leaves nothing to compare; statistics 0 and p-values 1
    where all rows are in one cell.

    References
    ----------
    W. G. Cochran (1954), Some methods for strengthening the common chi-square tests, Biometrics 10(4).

    Examples
    --------
    >>> result = homogeneity(np.array([50, 50]), np.array([70, 30]))
    >>> round(result.chi_square, 4), round(result.chi_square_p_value, 5), round(result.g, 4), result.cells
    (8.3333, 0.00389, 8.4024, 2)
    """
    table = np.array([reference_cells, window_cells], dtype=np.int64)
    if not table.sum(axis=1).all():
        return None
    observed = pooled(table, min_expected).astype(np.float64)
    cells = observed.shape[1]
    whole = observed.sum() == table.sum()
    if not whole and (cells < 2 or not observed.sum(axis=1).all()):
        return None
    if cells == 1:
        return Homogeneity(0.0, 1.0, 0.0, 1.0, 1)
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    chi_square = float(((observed - expected) ** 2 / expected).sum())
    ratio = np.where(observed > 0, observed, expected) / expected
    g = max(0.0, float(2 * (observed * np.log(ratio)).sum()))
    return Homogeneity(chi_square, _tail(chi_square, cells - 1), g, _tail(g, cells - 1), cells)


def pooled(table: NDArray[np.int64], min_expected: float) -> NDArray[np.int64]:
    """Pool small columns of the 2 x C table into a last one; it, and empty columns, are left out where too small.

    Examples
    --------
    >>> pooled(np.array([[50, 1, 1, 0], [50, 1, 2, 0]]), 2.0).tolist()
    [[50, 2], [50, 3]]
    >>> pooled(np.array([[50, 40, 1], [50, 60, 0]]), 5.0).tolist()
    [[50, 40], [50, 60]]
    """
    totals = table.sum(axis=0)
    table, totals = table[:, totals > 0], totals[totals > 0]
    # a column's smaller expected count is its total times the smaller row's share
    expected = totals * (table.sum(axis=1).min() / table.sum())
    order = np.argsort(-expected, kind="stable")
    table, expected = table[:, order], expected[order]
    kept = int((expected >= min_expected).sum())
    if kept == len(expected) or (kept and expected[kept:].sum() < min_expected):
        return table[:, :kept]
    return np.concatenate([table[:, :kept], table[:, kept:].sum(axis=1, keepdims=True)], axis=1)


def _tail(statistic: float, freedom: int) -> float:
    """Upper tail of the chi-square distribution."""
    return float(gammaincc(freedom / 2, statistic / 2))
