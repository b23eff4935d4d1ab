r"""Population stability index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

PSEUDO_COUNT = 0.5
"""Added to every bin of both samples, so that empty bins give a finite value: half a row, by Jeffreys."""


def psi(
    reference_bins: Counts, window_bins: Counts, pseudo_count: float = PSEUDO_COUNT
) -> NDArray[np.float64]:
    r"""Measure the population stability index of binned counts.

    .. math:: \sum_b (q_b - p_b) \ln (q_b / p_b)

    with shares p of the reference and q of the window after ``pseudo_count`` is added to every bin (bins
    that are empty in both samples are left out).  It is the symmetrised Kullback-Leibler divergence
    (Jeffreys).

    Parameters
    ----------
    reference_bins, window_bins
        Rows in each bin, shapes (..., bins), broadcast against each other.
    pseudo_count
        Rows added to every bin, above 0.

    Returns
    -------
    Shape (...,), at least 0; nan where either sample is empty.

    References
    ----------
    H. Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proc. R. Soc. A
    186.

    Examples
    --------
    >>> float(psi(np.array([50, 50]), np.array([50, 50]))), round(float(psi(np.array([50, 50]), np.array([90, 10]))), 3)
    (0.0, 0.853)
    """
    reference, window = np.broadcast_arrays(reference_bins, window_bins)
    used = (reference > 0) | (window > 0)
    some = (reference.sum(axis=-1) > 0) & (window.sum(axis=-1) > 0)
    p = np.where(used, reference + pseudo_count, 0.0)
    q = np.where(used, window + pseudo_count, 0.0)
    p = p / np.where(some, p.sum(axis=-1), 1.0)[..., None]
    q = q / np.where(some, q.sum(axis=-1), 1.0)[..., None]
    terms = (q - p) * (np.log(np.where(used, q, 1.0)) - np.log(np.where(used, p, 1.0)))
    total: NDArray[np.float64] = np.where(some, terms.sum(axis=-1), np.nan)
    return total
