"""Exact bounds of a share, from counts."""

from __future__ import annotations

from scipy.special import betaincinv


def share_at_least(count: int, rows: int, alpha: float) -> float:
    """Lower Clopper-Pearson bound: the true share lies below it with probability at most ``alpha``.

    References
    ----------
    C. Clopper, E. Pearson (1934), The use of confidence or fiducial limits, Biometrika 26(4).

    Examples
    --------
    >>> share_at_least(0, 50, 0.05), round(share_at_least(50, 50, 0.05), 4)
    (0.0, 0.9418)
    """
    return float(betaincinv(count, rows - count + 1, alpha)) if count else 0.0


def share_at_most(count: int, rows: int, alpha: float) -> float:
    """Upper Clopper-Pearson bound: the true share lies above it with probability at most ``alpha``.

    Examples
    --------
    >>> share_at_most(50, 50, 0.05), round(share_at_most(0, 50, 0.05), 4)
    (1.0, 0.0582)
    """
    return float(betaincinv(count + 1, rows - count, 1 - alpha)) if count < rows else 1.0


def beyond(count: int, rows: int, usual: float, rise: float, alpha: float, doubt: float) -> bool:
    """Whether a share is surely above the usual one, and in all likelihood at least ``rise`` above it.

    A share of few rows is an estimate.  Its lower bound at ``alpha`` must lie above the usual share, so that chance
    does not call a fault; and that at ``doubt`` at least ``rise`` above, so that few rows do not make it look large.

    Examples
    --------
    >>> [beyond(count, 100, 0.02, 0.1, 1e-9, 0.01) for count in (30, 8)]
    [True, False]

    Four rows of twenty are no proof of 5 %, though they hardly come from a share of nearly nothing:

    >>> [beyond(4 * scale, 20 * scale, 1e-4, 0.05, 1e-9, 0.01) for scale in (1, 2)]
    [False, True]
    """
    if rows == 0 or count < rows * (usual + rise):
        return False
    return share_at_least(count, rows, doubt) >= usual + rise and share_at_least(count, rows, alpha) > usual
