r"""A column is logged in another unit.

If the window is the reference in another unit, new = a old + b, then its distribution function is the reference's
with the argument moved back, :math:`G(x) = F((x - b) / a)`, and its mean is the converted mean.  Both sides are known
at the cuts, means beyond them too.  A unit is named only where the mean agrees within what rows and blocks scatter,
and where the converted distribution fits much better than the unconverted *and* than the plain shift that a genuine
drift would be.

Factors of a few (miles and kilometres) are also reached by genuine growth, and are left to drift.  Where (nearly) all
rows lie beyond the cuts only the mean is known: then a chance agreement must be unlikely.
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
"""Smallest KS distance beyond that of the reference's own panes at which a change of unit is looked for."""
MUCH_BETTER = 0.4
"""The converted distance is at most this part of the unconverted one, and of the shifted one."""
INSIDE = 0.05
"""With a smaller share of rows between the outer cuts, shapes cannot be compared: only means are."""
MEAN_ERRORS = 3.0
"""Means agree within 3 standard errors, blocks' scatter included."""
CHANCE_MEAN, CHANCE_SHAPE = 0.05, 0.3
"""Largest width of the means' agreement, as a part of the whole shift: how likely a chance agreement is, where the
mean is all there is, and where the shape has to agree too."""
KNOWN_MEAN = 1.0
"""Of a factor alone the converted mean must be known within a half of itself: a column that spreads widely around zero
(a temperature) agrees with many factors."""
MOST_NAMED = 3
"""Conversions named where several fit, the best first."""

FACTORS = np.array([(conversion.factor, conversion.offset) for conversion in CONVERSIONS])


class Fit(NamedTuple):
    """How well a conversion explains a window; smaller is better."""

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
    if distance < baseline.moved_threshold(MIN_DISTANCE, window.present):
        return None
    fits = _agreeing_means(view)
    if (window.cells[0] + window.cells[-1]) / window.present <= 1 - INSIDE:
        fits = _agreeing_shapes(view, fits, at_cuts, distance)
    else:
        fits = [fit for fit in fits if _unlikely_by_chance(view, fit.conversion, CHANCE_MEAN)]
    if not fits:
        return None
    named = sorted(fits, key=lambda fit: fit.misfit)[:MOST_NAMED]
    return QualityFinding(
        column=column.name,
        rule="unit",
        effect=distance,
        threshold=MIN_DISTANCE,
        summary=f"{column.name}: {_where(view)}; matches {' or '.join(fit.conversion.words for fit in named)}",
    )


def _where(view: ColumnView) -> str:
    window, cuts = view.window, view.column.cut_points
    if window.cells[0] == window.present:
        return f"all {window.present} rows lie below the reference's smallest value {cuts[0]:g}"
    if window.cells[-1] == window.present:
        return f"all {window.present} rows lie above the reference's largest value {cuts[-1]:g}"
    means = view.baseline.mean, view.baseline.mean_of(window)
    return f"the mean of {window.present} rows is {means[1]:.4g}, in the reference {means[0]:.4g}"


def _within(view: ColumnView) -> float:
    """How far means may differ, in deviations."""
    return MEAN_ERRORS * math.sqrt(view.baseline.scatter**2 + 1 / view.window.present)


def _agreeing_means(view: ColumnView) -> list[Fit]:
    """Conversions under which the means agree; the misfit is their distance over the allowed one."""
    baseline = view.baseline
    moved = baseline.mean_of(view.window)
    factors, offsets = FACTORS[:, 0], FACTORS[:, 1]
    off = np.abs(moved - factors * baseline.mean - offsets)
    width = _within(view) * factors * baseline.deviation
    return [
        Fit(float(off[at] / width[at]), CONVERSIONS[at])
        for at in np.flatnonzero((off <= width) & (width > 0))
    ]


def _unlikely_by_chance(view: ColumnView, conversion: Conversion, chance: float) -> bool:
    """Whether agreeing means say something by themselves."""
    shift = abs(view.baseline.mean_of(view.window) - view.baseline.mean)
    width = 2 * _within(view) * conversion.factor * view.baseline.deviation
    known = width <= KNOWN_MEAN * conversion.factor * abs(view.baseline.mean)
    return (conversion.offset == 0 and known) or width <= chance * shift


def _agreeing_shapes(
    view: ColumnView, candidates: list[Fit], at_cuts: NDArray[np.float64], distance: float
) -> list[Fit]:
    """Those conversions under which the distributions agree, too; the misfit is their distance."""
    baseline = view.baseline
    shift = baseline.mean_of(view.window) - baseline.mean
    most = MUCH_BETTER * min(distance, _moved_distance(baseline, at_cuts, 1.0, shift))
    fits = [
        Fit(_moved_distance(baseline, at_cuts, conversion.factor, conversion.offset), conversion)
        for _, conversion in candidates
        if _unlikely_by_chance(view, conversion, CHANCE_SHAPE)
    ]
    return [fit for fit in fits if fit.misfit <= most]


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
