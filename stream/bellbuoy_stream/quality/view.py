"""One column of one pane beside its reference, as the rules read it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW, COUNTED_EXTRAS, INFINITE, NAN, NULL, WRONG
from bellbuoy_stream.quality.shares import share_at_most

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import Calibration, ColumnReference

BOUND_ALPHA = 1e-4
"""How sure the upper bound of the reference's own share is: a short reference with none says little."""
DISTANCE_PER_DEVIATION = 0.4
"""KS distance of a shift by one standard deviation, for a normal shape: turns distances of blocks into shifts."""
UNKNOWN_SCATTER = 0.1
"""Scatter of block means, in deviations, where rows have no times and it is not known."""
PANE_NOISE = 1.5
"""KS distance of n independent rows, times sqrt(n), that about one pane in fifty exceeds."""
ALL_OUT = 0.99
"""A KS distance of (nearly) 1: no row lies where the reference does."""


class Side:
    """Counts of one column, in words."""

    def __init__(self, column: ColumnReference, counts: Counts) -> None:
        cells = column.value_cells
        self.cells = counts[:cells]
        self._extras = counts[cells:]
        self.present = int(self.cells.sum())
        self.rows = self.present + int(self._extras[:COUNTED_EXTRAS].sum())
        self.missing = int(self._extras[NULL] + self._extras[NAN])
        self.infinite = int(self._extras[INFINITE])
        self.wrong = int(self._extras[WRONG])
        self.below = float(self._extras[BELOW]) * column.unit
        self.above = float(self._extras[ABOVE]) * column.unit


class ColumnView:
    """A pane's column, and the reference's with what is worked out of it once."""

    def __init__(self, baseline: Baseline, counts: Counts) -> None:
        self.baseline = baseline
        self.column = baseline.column
        self.window = Side(baseline.column, counts)


class Baseline:
    """What the rules need to know of a column's reference, worked out once."""

    def __init__(self, column: ColumnReference, calibration: Calibration | None) -> None:
        self.column = column
        self.reference = Side(column, column.cell_counts)
        self.farthest = 0.0
        self.scatter = UNKNOWN_SCATTER
        if calibration is not None and calibration.allowance.get(column.name):
            self.farthest = _farthest(self.reference, calibration, column.name)
            self.scatter = _scatter(self.reference, self.farthest, calibration, column.name)

    @cached_property
    def missing(self) -> float:
        """Usual share of missing values: the worst pane's, or a bound of the mean where that is higher."""
        highest = self.column.highest
        return max(self._bound(self.reference.missing), highest.missing if highest else 0.0)

    @cached_property
    def window_missing(self) -> float | None:
        """The same for stretches as long as a report window; None where the reference does not say."""
        highest = self.column.highest
        if highest is None or highest.window_missing is None:
            return None
        return max(self._bound(self.reference.missing), highest.window_missing)

    @cached_property
    def infinite(self) -> float:
        """Usual share of infinite values."""
        highest = self.column.highest
        return max(self._bound(self.reference.infinite), highest.infinite if highest else 0.0)

    @cached_property
    def wrong(self) -> float:
        """Usual share of values of the wrong type."""
        highest = self.column.highest
        return max(self._bound(self.reference.wrong), highest.wrong if highest else 0.0)

    @cached_property
    def novel(self) -> float:
        """Usual share of values never seen before.

        What the worst pane of the reference's later half would have shown beside its earlier half, and at least the
        chance that the next row is of a new category (Good-Turing: categories seen once, over rows).
        """
        highest, cells = self.column.highest, self.reference.cells
        kept = cells[:-2]
        once = int((kept == 1).sum()) + min(len(self.column.others), int(cells[-2])) + int(cells[-1])
        rows = max(self.reference.present, 1)
        return max(share_at_most(min(once, rows), rows, BOUND_ALPHA), highest.novel if highest else 0.0)

    @cached_property
    def fullest(self) -> float:
        """Usual share of the fullest cell: the worst pane's, else the whole reference's."""
        highest = self.column.highest
        whole = float(self.reference.cells.max(initial=0)) / max(self.reference.present, 1)
        return max(whole, highest.cell if highest else 0.0)

    @cached_property
    def cumulative(self) -> NDArray[np.float64]:
        """Reference distribution function at the end of each value cell."""
        total: NDArray[np.float64] = np.cumsum(self.reference.cells) / max(self.reference.present, 1)
        return total

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """A value for each value cell: the cut, or the middle of a gap; the outer cuts for the outer cells."""
        cuts = self.column.cut_points
        padded = np.concatenate([cuts[:1], cuts, cuts[-1:]])
        places = np.empty(2 * len(cuts) + 1)
        places[0::2] = padded[:-1] / 2 + padded[1:] / 2
        places[1::2] = cuts
        return places

    @cached_property
    def mean(self) -> float:
        """Mean of the reference's values, gaps taken in the middle."""
        return self.mean_of(self.reference)

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of the reference's values, gaps taken in the middle."""
        squares = self.reference.cells @ np.square(self.centres - self.mean)
        return float(np.sqrt(squares / max(self.reference.present, 1)))

    def moved_threshold(self, least: float, rows: int) -> float:
        """Distance from which so many rows lie beyond what panes do; those that are all out always do."""
        return min(least + self.farthest + PANE_NOISE / math.sqrt(rows), ALL_OUT)

    @property
    def span(self) -> float:
        """Largest less smallest cut."""
        cuts = self.column.cut_points
        return float(cuts[-1] - cuts[0]) if len(cuts) else 0.0

    def mean_of(self, side: Side) -> float:
        """Mean of a sample's values: exact beyond the cuts, gaps taken in the middle."""
        return float((side.cells @ self.centres + side.above - side.below) / max(side.present, 1))

    def _bound(self, count: int) -> float:
        rows = self.reference.rows
        return share_at_most(count, rows, BOUND_ALPHA) if rows else 1.0


def _farthest(reference: Side, calibration: Calibration, name: str) -> float:
    """KS distance of the farthest pane of the reference, less what so few independent rows would show."""
    pane_rows = max(reference.present / max(calibration.filled, 1), 1.0)
    return max(calibration.allowance[name][0] - PANE_NOISE / math.sqrt(pane_rows), 0.0)


def _scatter(reference: Side, farthest: float, calibration: Calibration, name: str) -> float:
    """How far means of blocks scatter beyond what independent rows would, in standard deviations.

    The larger of two estimates: from the variance between report windows, and from the farthest pane.
    """
    block_rows = max(reference.present / max(calibration.design_blocks, 1), 1.0)
    between = math.sqrt(max(calibration.design_effect.get(name, 1.0) - 1, 0.0) / block_rows)
    return max(between, farthest / DISTANCE_PER_DEVIATION / MEAN_ERRORS)


MEAN_ERRORS = 3.0
"""The farthest of many panes is taken to lie three standard errors out."""
