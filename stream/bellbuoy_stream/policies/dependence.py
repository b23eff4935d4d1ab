"""Whether the reference's rows look independent: the design effect of its blocks."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.references.reference import Calibration

SPREAD = 0.9
"""Standard deviation of the design effect of independent rows without ties, times the root of (blocks - 1).  The
effect averages squares over a Brownian bridge, with weights 1 / (pi j)^2: variance 2 * (1/90) / (1/6)^2 = 0.8, root
0.9.  Of few values it is larger: :func:`bellbuoy_stream.policies.scatter.spread`."""
CLEARLY = 4.0
"""Standard deviations above 1 from which a design effect is held to be real: it is looked for in every column and at
several block lengths, and its law has a long right tail."""


def excess(effect: float, blocks: int, spread: float = SPREAD) -> float:
    """Standard deviations of independent rows by which a design effect exceeds 1; 0 where nothing varies.

    Examples
    --------
    >>> round(excess(1.36, 57), 2)
    2.99
    """
    return (effect - 1) * sqrt(max(blocks - 1, 0)) / spread if spread > 0 else 0.0


def independent_limit(blocks: int, spread: float = SPREAD) -> float:
    """Largest design effect that independent rows would show on so many blocks.

    Examples
    --------
    >>> round(independent_limit(57), 3)
    1.481
    """
    return 1 + CLEARLY * spread / sqrt(max(blocks - 1, 1))


def scattered_windows(calibration: Calibration | None, names: Sequence[str]) -> list[str]:
    """One sentence for each column whose windows scatter more than those of independent rows would.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import Calibration
    >>> scattered_windows(Calibration(pane_us=1, design_effect={"x": 7.2}, design_blocks=57), ["x"])
    ["the windows of column 'x' scatter 7.2 times as much as those of independent rows (up to 1.48 is chance)"]
    """
    if calibration is None:
        return []
    found = (
        (
            name,
            calibration.design_effect.get(name, 1.0),
            independent_limit(calibration.design_blocks, calibration.spread.get(name, SPREAD)),
        )
        for name in names
    )
    return [
        f"the windows of column {name!r} scatter {effect:.2g} times as much as those of independent rows"
        f" (up to {limit:.3g} is chance)"
        for name, effect, limit in found
        if effect > limit
    ]


def dependent_columns(calibration: Calibration | None, names: Sequence[str]) -> list[str]:
    """One sentence for each column whose rows look dependent at any block length, from one pane to a window.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import Calibration
    >>> dependent_columns(Calibration(pane_us=1, dependence={"x": 9.3, "y": 1.2}), ["x", "y"])
    ["the blocks of column 'x' scatter 9.3 standard deviations more than those of independent rows"]
    """
    found = ((name, calibration.dependence.get(name, 0.0) if calibration else 0.0) for name in names)
    return [
        f"the blocks of column {name!r} scatter {deviations:.3g} standard deviations more than those of"
        " independent rows"
        for name, deviations in found
        if deviations > CLEARLY
    ]
