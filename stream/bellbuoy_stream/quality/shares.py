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


def beyond(count: int, rows: int, usual: float, rise: float, alpha: float) -> bool:
    """Whether a share is surely above the usual one, and at least ``rise`` above it.

    Examples
    --------
    >>> beyond(30, 100, 0.02, 0.1, 1e-9), beyond(8, 100, 0.02, 0.1, 1e-9)
    (True, False)
    """
    return rows > 0 and count / rows >= usual + rise and share_at_least(count, rows, alpha) > usual
