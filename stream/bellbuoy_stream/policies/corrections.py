"""Many columns, one window: the level below which a p-value counts, by Bonferroni, Holm or Benjamini-Hochberg."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.specs.monitor import Correction


def rejection_level(p_values: NDArray[np.float64], alpha: float, correction: Correction) -> float:
    """Level t such that exactly the columns with p <= t are rejected.

    Bonferroni and Holm bound the probability of any false rejection in the window by alpha, Benjamini-Hochberg the
    expected share of false ones among the rejected of this window (not over an endless stream of windows).

    Parameters
    ----------
    p_values
        One a column, shape (columns,).
    alpha
        Level of the window.
    correction
        ``bonferroni``, ``holm`` or ``bh``.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([.001, .015, .03])
    >>> [round(rejection_level(p, .03, c), 3) for c in ("bonferroni", "holm", "bh")]
    [0.01, 0.03, 0.03]

    References
    ----------
    Holm, S. (1979), Scandinavian Journal of Statistics 6.  Benjamini, Y., Hochberg, Y. (1995), Journal of the Royal
    Statistical Society B 57.
    """
    count = len(p_values)
    if correction == "bonferroni" or count == 0:
        return alpha / max(count, 1)
    ordered, ranks = np.sort(p_values), np.arange(1, count + 1)
    if correction == "holm":
        passed = ordered <= alpha / (count - ranks + 1)
        rejected = count if passed.all() else int(passed.argmin())
        return alpha / (count - max(rejected, 1) + 1)
    passing = np.flatnonzero(ordered <= alpha * ranks / count)
    return alpha * (int(passing[-1]) + 1 if len(passing) else 1) / count
