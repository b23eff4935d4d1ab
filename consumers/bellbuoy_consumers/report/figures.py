"""Two distributions beside each other: steps and cumulative shares, or bars."""

# ruff: noqa: E501  # markup reads best as it will stand

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_consumers.report.shapes import MARGIN, BarShape
from bellbuoy_consumers.report.values import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_consumers.report.shapes import Shape, StepShape

    Floats = NDArray[np.float64]

WIDTH, HEIGHT = 320.0, 120.0
HEADROOM = 0.94


def figure(shape: Shape, column: str) -> str:
    """HTML of a column's picture."""
    if isinstance(shape, BarShape):
        return _bars(shape)
    return f"{_steps(shape, column)}{_curves(shape, column)}"


def beyond(shape: Shape) -> str:
    """HTML of what is not known: where exactly rows outside the reference's range lie."""
    if isinstance(shape, BarShape) or shape.beyond < MARGIN:
        return ""
    return f'<p class="quiet beyond">{shape.beyond:.0%} of the rows lie outside the reference\'s range: of these only the mean is known, so they are drawn evenly about it.</p>'


def _steps(shape: StepShape, column: str) -> str:
    top = max(float(shape.reference.max()), float(shape.window.max()), 1e-12)
    x = _x(shape.edges, shape)
    old = _stairs(x, shape.reference / top)
    new = _stairs(x, shape.window / top)
    hovers = "".join(
        f'<rect class="hit" x="{left:.1f}" y="0" width="{right - left:.1f}" height="{HEIGHT:g}"><title>'
        f"{number(float(a))} to {number(float(b))}: reference {r:.1%}, now {w:.1%}</title></rect>"
        for left, right, a, b, r, w in zip(
            x[:-1], x[1:], shape.edges[:-1], shape.edges[1:], shape.reference, shape.window, strict=True
        )
    )
    return (
        f'<figure><figcaption>How often each value</figcaption><svg class="shape" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(column, quote=True)}: shares of rows by value, reference and window">'
        f'<path class="old" d="{old}"/><path class="new" d="{new}"/>{hovers}</svg>{_ends(shape)}</figure>'
    )


def _curves(shape: StepShape, column: str) -> str:
    x = _x(shape.points, shape)
    gap = int(np.argmax(np.abs(shape.reference_below - shape.window_below)))
    ends = [HEIGHT * (1 - side[gap]) for side in (shape.reference_below, shape.window_below)]
    return (
        f'<figure><figcaption>Share of rows up to each value; the bar is the distance</figcaption><svg class="shape" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(column, quote=True)}: cumulative shares, reference and window">'
        f'<path class="old-line" d="{_line(x, shape.reference_below)}"/><path class="new-line" d="{_line(x, shape.window_below)}"/>'
        f'<line class="gap" x1="{x[gap]:.1f}" x2="{x[gap]:.1f}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/></svg>{_ends(shape)}</figure>'
    )


def _ends(shape: StepShape) -> str:
    return f'<div class="ends"><span>{number(float(shape.edges[0]))}</span><span>{number(float(shape.edges[-1]))}</span></div>'


def _x(values: Floats, shape: StepShape) -> Floats:
    low, high = shape.edges[0], shape.edges[-1]
    return np.asarray((values - low) / (high - low) * WIDTH)


def _stairs(x: Floats, heights: Floats) -> str:
    """Closed outline of steps; heights from 0 to 1."""
    parts = [f"M{x[0]:.1f} {HEIGHT:g}"]
    for left, right, height in zip(x[:-1], x[1:], heights, strict=True):
        y = HEIGHT * (1 - HEADROOM * height)
        parts.append(f"L{left:.1f} {y:.1f}L{right:.1f} {y:.1f}")
    return "".join([*parts, f"L{x[-1]:.1f} {HEIGHT:g}Z"])


def _line(x: Floats, shares: Floats) -> str:
    points = zip(x, shares, strict=True)
    return "M" + "L".join(f"{at:.1f} {HEIGHT * (1 - share):.1f}" for at, share in points)


def _bars(shape: BarShape) -> str:
    top = max(float(shape.reference.max()), float(shape.window.max()), 1e-12)
    rows = "".join(
        f'<div class="bar"><span class="name" title="{escape(name, quote=True)}">{escape(name)}</span>'
        f'<span class="pair"><i class="old" style="width:{before / top:.1%}"></i><i class="new" style="width:{now / top:.1%}"></i></span>'
        f'<span class="share">{before:.1%} &rarr; {now:.1%}</span></div>'
        for name, before, now in zip(shape.names, shape.reference, shape.window, strict=True)
    )
    more = f"<p class=quiet>{shape.left_out} more categories changed less.</p>" if shape.left_out else ""
    return f'<figure class="wide"><figcaption>Categories that changed most</figcaption>{rows}{more}</figure>'
