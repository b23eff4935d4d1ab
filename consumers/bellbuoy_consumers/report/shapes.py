"""Two distributions as something that can be drawn: from the cells alone, no row is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import ABOVE, BELOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import ColumnReference

    Floats = NDArray[np.float64]

BINS = 40
"""Steps of a picture."""
MARGIN = 0.002
"""Share of the rows at either end that does not stretch the picture: they are drawn in its outermost step."""
MOST_BARS = 12
CURVE_POINTS = 160


@dataclass(frozen=True, slots=True)
class StepShape:
    """A numeric column: shares of rows between ``edges``, and both cumulative shares at ``points``.

    ``beyond``: share of the window's rows outside the reference's range, of which only the mean place is known.
    """

    edges: Floats
    reference: Floats
    window: Floats
    points: Floats
    reference_below: Floats
    window_below: Floats
    beyond: float


@dataclass(frozen=True, slots=True)
class BarShape:
    """A categorical column: shares of its categories, the largest change first; ``left_out`` more are not shown."""

    names: tuple[str, ...]
    reference: Floats
    window: Floats
    left_out: int


Shape = StepShape | BarShape


def shape_of(column: ColumnReference, counts: Counts) -> Shape | None:
    """Shape of a column against its reference.

    Parameters
    ----------
    column
        The reference.
    counts
        The window's cells of this column, value cells then extras.

    Returns
    -------
    Shape or None
        None where either side has no values.

    Examples
    --------
    >>> from bellbuoy_stream.building import Rows, build_reference
    >>> from bellbuoy_stream.specs.monitor import MonitorSpec
    >>> column = build_reference("m", "1", MonitorSpec(model="m"), [Rows({"c": ["a", "a", "b"]})]).columns[0]
    >>> shape = shape_of(column, np.array([1, 3, 0, 0, 0, 0, 0, 0, 0, 0]))
    >>> shape.names, shape.window.round(2).tolist()
    (('b', 'a'), [0.75, 0.25])
    """
    cells = column.value_cells
    before, now = column.cell_counts.astype(np.float64), counts.astype(np.float64)
    if not before[:cells].sum() or not now[:cells].sum():
        return None
    return _steps(column, before, now) if column.numeric else _bars(column, before[:cells], now[:cells])


def _bars(column: ColumnReference, before: Floats, now: Floats) -> BarShape:
    names = (*column.categories, "(other)", "(never seen)")
    reference, window = before / before.sum(), now / now.sum()
    there = np.flatnonzero(before + now)
    order = there[np.argsort(-np.abs(window - reference)[there], kind="stable")]
    shown = order[:MOST_BARS]
    return BarShape(tuple(names[i] for i in shown), reference[shown], window[shown], len(order) - len(shown))


def _steps(column: ColumnReference, before: Floats, now: Floats) -> StepShape:
    sides = [_Curve.of(column, cells) for cells in (before, now)]
    edges = _edges(column.cut_points, sides)
    points = np.linspace(edges[0], edges[-1], CURVE_POINTS)
    beyond = float(sides[1].before[0] + 1 - sides[1].after[-1])
    old, new = (side.shares(edges) for side in sides)
    below_old, below_new = (side.below(points) for side in sides)
    return StepShape(edges, old, new, points, below_old, below_new, beyond)


@dataclass(frozen=True, slots=True)
class _Curve:
    """Cumulative shares: at each cut before and after its own value, and where the tails lie."""

    cuts: Floats
    before: Floats
    after: Floats
    low: float
    high: float

    @classmethod
    def of(cls, column: ColumnReference, cells: Floats) -> _Curve:
        count = column.value_cells
        values, extras, cuts = cells[:count], cells[count:], column.cut_points
        running = np.cumsum(values) / values.sum()
        low, high = float(cuts[0]), float(cuts[-1])
        if values[0]:
            low -= 2 * float(extras[BELOW]) * column.unit / float(values[0])
        if values[-1]:
            high += 2 * float(extras[ABOVE]) * column.unit / float(values[-1])
        return cls(cuts, running[0:-1:2], running[1::2], low, high)

    def below(self, points: Floats) -> Floats:
        """Share of rows at or below some points; between cuts, and in the tails, rows lie evenly."""
        x = np.concatenate([[self.low], self.cuts, [self.high]])
        left = np.concatenate([[0.0], self.before, [1.0]])
        right = np.concatenate([[0.0], self.after, [1.0]])
        at = np.clip(np.searchsorted(x, points, "right") - 1, 0, len(x) - 2)
        width = x[at + 1] - x[at]
        part = np.divide(points - x[at], width, out=np.ones_like(points), where=width > 0)
        inside = right[at] + (left[at + 1] - right[at]) * np.clip(part, 0, 1)
        return np.where(points < x[0], 0.0, np.where(points >= x[-1], 1.0, inside))

    def shares(self, edges: Floats) -> Floats:
        """Share of rows in each step; what lies outside is in the first and the last one."""
        inner = self.below(edges[1:-1])
        return np.diff(np.concatenate([[0.0], inner, [1.0]]))

    def range(self) -> tuple[float, float]:
        """Where all but a small share at either end lies."""
        inside = self.cuts[(self.after >= MARGIN) & (self.before <= 1 - MARGIN)]
        if not inside.size:  # all rows lie beyond one of the outer cuts
            inside = self.cuts[-1:] if self.after[-1] < MARGIN else self.cuts[:1]
        low = self.low if self.before[0] > MARGIN else float(inside[0])
        high = self.high if self.after[-1] < 1 - MARGIN else float(inside[-1])
        return low, high


def _edges(cuts: Floats, sides: list[_Curve]) -> Floats:
    low = min(side.range()[0] for side in sides)
    high = max(side.range()[1] for side in sides)
    if np.all(cuts == np.rint(cuts)):
        width = max(int(np.ceil((high - low + 1) / BINS)), 1)
        steps = int(np.ceil((np.rint(high) - np.rint(low) + 1) / width))
        return np.asarray(np.rint(low) - 0.5 + width * np.arange(steps + 1, dtype=np.float64))
    if high <= low:
        pad = max(abs(low), 1.0) / 2
        return np.linspace(low - pad, low + pad, 4)
    return np.linspace(low, high, BINS + 1)
