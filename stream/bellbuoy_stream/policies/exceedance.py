r"""How often a future block is expected to lie beyond a threshold that was set by the largest of the past blocks.

Let the distances of blocks scatter as :math:`|Z|`, Z normal, in whatever unit, and let the largest of N independent
ones be M.  Another one exceeds r times that largest with probability

.. math:: E\,[2 \bar\Phi(r M)] , \quad P(M \le x) = (2 \Phi(x) - 1)^N .

For r = 1 that is 1 / (N + 1), whatever the law.  Only the tail beyond the largest is assumed: it is the one that
Kolmogorov's law has for independent rows, and distances have for moods that are normal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.references.reference import Calibration
    from bellbuoy_stream.specs.monitor import Budget

NODES = 128
"""Points of the midpoint rule over the law of the largest; twice as many change results by less than a percent."""

MANY_SCALES = 2.0
"""By how much more often any scale of a column may ring than the one that rings most: stretches lie within each other.
Simulated on autoregressive moods, where it was between 1 and 2.7 (docs/validity.md)."""
FARTHEST = 100.0
"""A threshold this many times the largest distance is not reached; it bounds what is computed."""


def chance_beyond(ratio: NDArray[np.float64], blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a block lies beyond ``ratio`` times the largest of so many blocks, shapes as broadcast.

    Examples
    --------
    >>> chance_beyond(np.array([1.0, 1.25, 2.0]), np.array([20.0])).round(4).tolist()
    [0.0475, 0.0169, 0.0006]
    """
    level = (np.arange(NODES) + 0.5) / NODES
    count = np.maximum(blocks, 1.0)[..., None]
    largest = ndtri((1 + level ** (1 / count)) / 2)
    chance: NDArray[np.float64] = 2 * ndtr(-ratio[..., None] * largest).mean(axis=-1)
    return chance


def expected_by_scatter(
    known: Calibration,
    names: Sequence[str],
    scatter: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    budget: Budget,
) -> NDArray[np.float64]:
    r"""False alarms that a column's own scatter lets expect in the budget's period, shape (columns,).

    The distances of a scale are as many as fit into the reference, and no more than the column's effective windows N.
    Beyond a scale that lasts as long as one of these the scatter is taken to shrink with the root of the length, and to
    be no less than what was measured: few long blocks say little.

    Parameters
    ----------
    known
        The reference's calibration.
    names
        Columns.
    scatter
        Largest leave-one-out distances, shape (scales, columns).
    thresholds
        What a distance must exceed, at the reference's own rate of rows, same shape.
    budget
        For its period.

    Examples
    --------
    Of 50 days with a largest distance of .16, held against .2 for 30 days; and as well, were they worth 12 only:

    >>> from bellbuoy_stream.references.reference import Calibration
    >>> from bellbuoy_stream.specs.monitor import false_alarm_budget
    >>> day, budget = 86_400_000_000, false_alarm_budget("1 per 30d")
    >>> known = Calibration(pane_us=day, panes=50, filled=50, effective={"x": 50.0, "y": 12.0})
    >>> scatter, thresholds = np.full((1, 2), 0.16), np.full((1, 2), 0.2)
    >>> expected_by_scatter(known, ["x", "y"], scatter, thresholds, budget).round(2).tolist()
    [0.28, 0.49]
    """
    panes, scales = known.filled or known.panes, 1 << np.arange(len(scatter))[:, None]
    effective = np.array([max(known.effective.get(name, 0.0), 1.0) for name in names], dtype=np.float64)
    told = np.ceil(np.log2(np.maximum(panes / effective, 1))).astype(np.intp).clip(max=len(scatter) - 1)
    longest = 1 << told
    shrunk = scatter[told, np.arange(len(names))] * np.sqrt(longest / np.maximum(scales, longest))
    largest = np.where(scales > longest, np.maximum(scatter, shrunk), scatter)
    ratio = np.minimum(thresholds / np.maximum(largest, 1 / FARTHEST**2), FARTHEST)
    periods = budget.per_us / (known.pane_us * max(known.panes, 1))
    blocks = periods * np.maximum(np.minimum(panes / scales, effective), 1.0)
    expected = np.where(thresholds < 1, blocks * chance_beyond(ratio, effective), 0.0)
    result: NDArray[np.float64] = MANY_SCALES * expected.max(axis=0, initial=0.0)
    return result
