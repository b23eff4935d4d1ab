r"""Jensen-Shannon distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts


def jensen_shannon(reference_bins: Counts, window_bins: Counts) -> NDArray[np.float64]:
    r"""Jensen-Shannon *distance* in base 2: the square root of the divergence, a metric in [0, 1].

    .. math:: \sqrt{\tfrac12 \sum_b p_b \log_2 \frac{2 p_b}{p_b + q_b}
                    + \tfrac12 \sum_b q_b \log_2 \frac{2 q_b}{p_b + q_b}}

    Equal to ``scipy.spatial.distance.jensenshannon(p, q, base=2)``; empty bins need no treatment.

    Parameters
    ----------
    reference_bins, window_bins
        Rows in each bin, shapes (..., bins), broadcast against each other.

    Returns
    -------
    Shape (...,); nan where either sample is empty.

    References
    ----------
    D. Endres, J. Schindelin (2003), A new metric for probability distributions, IEEE Trans. Inf. Theory
    49(7).

    Examples
    --------
    >>> float(jensen_shannon(np.array([5, 0]), np.array([0, 7])))
    1.0
    >>> round(float(jensen_shannon(np.array([50, 50]), np.array([90, 10]))), 4)
    0.3831
    """
    reference, window = np.broadcast_arrays(reference_bins, window_bins)
    reference_rows, window_rows = reference.sum(axis=-1), window.sum(axis=-1)
    some = (reference_rows > 0) & (window_rows > 0)
    p = reference / np.maximum(reference_rows, 1)[..., None]
    q = window / np.maximum(window_rows, 1)[..., None]
    middle = (p + q) / 2
    divergence = (_entropy(middle) - (_entropy(p) + _entropy(q)) / 2).sum(axis=-1)
    distance: NDArray[np.float64] = np.where(some, np.sqrt(np.clip(divergence, 0.0, 1.0)), np.nan)
    return distance


def _entropy(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Terms -p log2 p, 0 for p = 0."""
    terms: NDArray[np.float64] = -shares * np.log2(np.where(shares > 0, shares, 1.0))
    return terms
