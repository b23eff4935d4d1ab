"""Whether the reference's rows look independent: the design effect of its blocks."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.references.reference import Calibration

SPREAD = 0.9
"""Standard deviation of the design effect of independent rows, times the root of (blocks - 1).  The effect averages
squares over a Brownian bridge, with weights 1 / (pi j)^2: variance 2 * (1/90) / (1/6)^2 = 0.8, root 0.9."""
CLEARLY = 3.0
"""Standard deviations above 1 from which a design effect is held to be real."""


def independent_limit(blocks: int) -> float:
    """Largest design effect that independent rows would show on so many blocks.

    Examples
    --------
    >>> round(independent_limit(56), 3)
    1.364
    """
    return 1 + CLEARLY * SPREAD / sqrt(max(blocks - 1, 1))


def dependent_columns(calibration: Calibration | None, names: Sequence[str]) -> list[str]:
    """One sentence for each column whose blocks scatter more than independent rows would.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import Calibration
    >>> dependent_columns(Calibration(pane_us=1, design_effect={"x": 7.2}, design_blocks=56), ["x"])
    ["the blocks of column 'x' scatter 7.2 times as much as independent rows would (at most 1.36 is chance)"]
    """
    if calibration is None:
        return []
    limit = independent_limit(calibration.design_blocks)
    found = ((name, calibration.design_effect.get(name, 1.0)) for name in names)
    return [
        f"the blocks of column {name!r} scatter {effect:.2g} times as much as independent rows would"
        f" (at most {limit:.3g} is chance)"
        for name, effect in found
        if effect > limit
    ]
