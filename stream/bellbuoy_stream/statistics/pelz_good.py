r"""The Kolmogorov distribution of n values, by the expansion of Pelz and Good, for many distances in one go.

.. math:: P(\sqrt{n} D_n \le z) = K_0(z) + K_1(z) n^{-1/2} + K_2(z) n^{-1} + K_3(z) n^{-3/2} + O(n^{-2})

where each :math:`K_i` is a sum over odd m of polynomials in z and m times :math:`\exp(-m^2 \pi^2 / 8 z^2)`, and two of
them another sum over all k.  scipy uses it in the middle of the distribution, one distance at a time, which took half
of a window's report.

References
----------
W. Pelz and I. J. Good (1976), Approximating the lower tail-areas of the Kolmogorov-Smirnov one-sample statistic, J. R.
Statist. Soc. B 38(2).  R. Simard and P. L'Ecuyer (2011), Computing the two-sided Kolmogorov-Smirnov distribution, J.
Stat. Softw. 39(11): which method is exact enough where.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 141
"""From so many values on the expansion has five digits and more, as Simard and L'Ecuyer found."""
HIGHEST_SQUARE = 2.2
"""z squared from which on twice the one-sided tail is as good."""
TERMS = 8
"""Of each sum: the next one is below 1e-16 for every z in use."""
PI2 = np.pi**2


def middle(sizes: NDArray[np.int64], distances: Floats) -> NDArray[np.bool_]:
    """Where the expansion is what scipy uses: shape of the arguments.

    Examples
    --------
    >>> middle(np.array([1_000, 100, 1_000]), np.array([0.03, 0.1, 0.1])).tolist()
    [True, False, False]
    """
    square = sizes * distances**2
    dense = (sizes <= 100_000) & (sizes * distances**1.5 <= 1.4)
    chosen: NDArray[np.bool_] = (
        (sizes >= FEWEST) & (sizes * distances > 1) & (square < HIGHEST_SQUARE) & ~dense
    )
    return chosen


def pelz_good_tail(sizes: NDArray[np.int64], distances: Floats) -> Floats:
    """P(D_n > d) of each pair of n and d, both of shape (pairs,); only where :func:`middle` says so.

    Examples
    --------
    >>> from scipy.stats import kstwo
    >>> n, d = np.array([1_000, 50_000]), np.array([0.03, 0.006])
    >>> bool(np.allclose(pelz_good_tail(n, d), kstwo.sf(d, n), rtol=1e-12))
    True
    """
    z = np.sqrt(sizes) * distances
    z2, z4, z6 = z**2, z**4, z**6
    k = np.arange(1.0, TERMS + 1)[:, None]
    m2 = (2 * k - 1) ** 2
    odd, every = np.exp(-m2 * PI2 / (8 * z2)), np.exp(-(k**2) * PI2 / (2 * z2))
    of_m2 = (2 * z4 - 5 * z2) * PI2 / 4
    of_m4 = PI2**2 * (1 - 2 * z2) / 16
    second = 6 * z6 + 2 * z4 + of_m2 * m2 + of_m4 * m2**2
    third = (
        -30 * z6 - 90 * z**8
        + PI2 * (135 * z4 - 96 * z6) / 4 * m2
        + PI2**2 * (212 * z4 - 60 * z2) / 16 * m2**2
        + PI2**3 * (5 - 30 * z2) / 64 * m2**3
    )  # fmt: skip
    root = np.sqrt(2 * np.pi)
    k0 = root / z * _sum(odd)
    k1 = root / (6 * z4) * _sum((PI2 / 4 * m2 - z2) * odd)
    k2 = root / (72 * z**7) * _sum(second * odd) - PI2 * root / (36 * z**3) * _sum(k**2 * every)
    k3 = root / (6480 * z**10) * _sum(third * odd)
    k3 += PI2 * root / (216 * z6) * _sum((3 * z2 - k**2 * PI2) * k**2 * every)
    tail: Floats = 1 - (k0 + k1 / np.sqrt(sizes) + k2 / sizes + k3 / sizes**1.5)
    return tail


def _sum(terms: Floats) -> Floats:
    """Sum over the first axis, term by term: numpy's own order depends on how many pairs stand beside each other."""
    total: Floats = reduce(np.add, terms)
    return total
