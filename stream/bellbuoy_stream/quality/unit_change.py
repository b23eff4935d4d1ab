r"""A column is logged in another unit.

If the window is the reference in another unit, new = a old + b, then its distribution function is the reference's
with the argument moved back, :math:`G(x) = F((x - b) / a)`.  Both sides are known at the cuts.  A unit is named only
where that fits much better than no change *and* much better than the plain shift that a genuine drift would be.

Where (nearly) all rows lie beyond the cuts, only their mean is known.  It must then agree with the converted mean so
closely that a chance agreement is unlikely.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.quality.conversions import CONVERSIONS, Conversion
from bellbuoy_stream.quality.finding import QualityFinding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.quality.finding import Limits
    from bellbuoy_stream.quality.view import Baseline, ColumnView

MIN_CUTS = 10
"""Columns of fewer distinct values have no unit to speak of."""
MIN_DISTANCE = 0.2
"""Smallest KS distance, unconverted, at which a change of unit is looked for."""
MUCH_BETTER = 0.4
"""The converted distance is at most this part of the unconverted one, and of the shifted one."""
INSIDE = 0.05
"""With a smaller share of rows between the outer cuts, shapes cannot be compared: only means are."""
MEAN_FLOOR, MEAN_ROWS, MEAN_MOST = 0.25, 4.0, 1.5
"""Means agree within floor + rows / sqrt(n) + what blocks scatter, at most the last, in converted deviations."""
DISTANCE_PER_DEVIATION = 0.4
"""KS distance of a shift by one standard deviation, for a normal shape: turns blocks' distances into shifts."""
CHANCE = 0.05
"""Largest width of the agreement, as a part of the whole shift: how likely a chance agreement is."""
LARGE_FACTOR = 20.0
"""Factors so large (or small) are not reached by drift: the width of the agreement does not matter."""


class Fit(NamedTuple):
    """How well a conversion explains a window; smaller is better, below 1 it is accepted."""

    misfit: float
    conversion: Conversion


def unit_change(view: ColumnView, limits: Limits) -> QualityFinding | None:
    """Find the known change of unit that explains the window, if one does.

    ``effect`` is the KS distance without conversion, ``threshold`` the smallest at which the rule looks.
    """
    column, window, baseline = view.column, view.window, view.baseline
    if not column.numeric or column.derivation != "value" or len(column.cut_points) < MIN_CUTS:
        return None
    if window.present < limits.min_rows:
        return None
    at_cuts = np.cumsum(window.cells) / window.present
    distance = float(np.abs(at_cuts - baseline.cumulative).max())
    if distance < MIN_DISTANCE:
        return None
    outside = (window.cells[0] + window.cells[-1]) / window.present
    fits = _by_mean(view) if outside > 1 - INSIDE else _by_shape(view, at_cuts, distance)
    if not fits:
        return None
    best = min(fits, key=lambda fit: fit.misfit)
    return QualityFinding(
        column=column.name,
        rule="unit",
        effect=distance,
        threshold=MIN_DISTANCE,
        summary=f"{column.name}: {_where(view)}; matches {best.conversion.words}",
    )


def _where(view: ColumnView) -> str:
    window, cuts = view.window, view.column.cut_points
    if window.cells[0] == window.present:
        return f"all {window.present} rows lie below the reference's smallest value {cuts[0]:g}"
    if window.cells[-1] == window.present:
        return f"all {window.present} rows lie above the reference's largest value {cuts[-1]:g}"
    means = view.baseline.mean, view.baseline.mean_of(window)
    return f"the mean of {window.present} rows is {means[1]:.4g}, in the reference {means[0]:.4g}"


def _by_mean(view: ColumnView) -> list[Fit]:
    """Conversions whose mean agrees, where all that is known is the mean."""
    baseline, rows = view.baseline, view.window.present
    mean, moved = baseline.mean, baseline.mean_of(view.window)
    within = MEAN_FLOOR + MEAN_ROWS / math.sqrt(rows) + (baseline.allowance or 0.0) / DISTANCE_PER_DEVIATION
    within = min(within, MEAN_MOST)
    fits = []
    for conversion in CONVERSIONS:
        width = within * conversion.factor * baseline.deviation
        off = abs(moved - conversion.factor * mean - conversion.offset)
        likely = conversion.offset == 0 and abs(math.log(conversion.factor)) >= math.log(LARGE_FACTOR)
        if width > 0 and off <= width and (likely or 2 * width <= CHANCE * abs(moved - mean)):
            fits.append(Fit(off / width, conversion))
    return fits


def _by_shape(view: ColumnView, at_cuts: NDArray[np.float64], distance: float) -> list[Fit]:
    """Conversions under which the distributions agree much better than under no change or a plain shift."""
    baseline = view.baseline
    shift = baseline.mean_of(view.window) - baseline.mean
    shifted = _moved_distance(baseline, at_cuts, 1.0, shift)
    most = MUCH_BETTER * min(distance, shifted)
    fits = []
    for conversion in CONVERSIONS:
        moved = _moved_distance(baseline, at_cuts, conversion.factor, conversion.offset)
        if moved <= most:
            fits.append(Fit(moved, conversion))
    return fits


def _moved_distance(baseline: Baseline, at_cuts: NDArray[np.float64], factor: float, offset: float) -> float:
    """Least KS distance of the window from the reference moved by x -> factor x + offset, looked at in the cuts."""
    cuts, ends = baseline.column.cut_points, baseline.cumulative
    points = (cuts - offset) / factor
    # the reference's function at a point is known up to the open gap the point lies in
    low = ends[2 * np.searchsorted(cuts, points, side="right") - 1] * (points >= cuts[0])
    high = ends[2 * np.searchsorted(cuts, points, side="right")]
    at, before = at_cuts[1::2], at_cuts[0:-1:2]
    # values that fall on a cut exactly in one unit need not in the other: the cut's own rows count either way
    below, above = low - at, before - high
    return float(max(below.max(), above.max(), 0.0))
