"""The two distributions behind an alert, put together from the panes that are still kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.cli import reading
from bellbuoy_consumers.report.cells import WindowCells
from bellbuoy_consumers.report.shapes import BarShape, shape_of
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_stream.events.panes import PaneDelta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy.transports import Transport
    from bellbuoy_consumers.report.shapes import Shape, StepShape
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.specs.monitor import MonitorSpec

BLOCKS = " ▁▂▃▄▅▆▇█"
BAR_SIGNS = 24


def shapes(
    transport: Transport, spec: MonitorSpec, window: WindowReport, columns: Sequence[str]
) -> dict[str, Shape]:
    """Shapes of some columns of a window; those that are not known any more are left out."""
    whole = None if window.reference is None else Library(transport).find(window.reference)
    reference = whole if whole is None or window.segment is None else whole.segments.get(window.segment)
    if reference is None:
        return {}
    cells = WindowCells(spec.window)
    for delta in reading.events(reading.messages(transport, "bellbuoy.panes"), PaneDelta):
        if delta.model == spec.model:
            cells.record(delta)
    counts = cells.counts(window, reference)
    if counts is None:
        return {}
    found: dict[str, Shape] = {}
    for column in reference.columns:
        if column.name in columns:
            place = reference.layout[column.name]
            shape = shape_of(column, counts[place.start : place.stop])
            if shape is not None:
                found[column.name] = shape
    return found


def drawn(shape: Shape) -> list[str]:
    """Lines of text that show a shape.

    Examples
    --------
    >>> import numpy as np
    >>> one, two = np.array([0.5, 0.5]), np.array([0.0, 1.0])
    >>> print(*drawn(BarShape(("a", "b"), one, two, 0)), sep="|")
    a   50.0% ############             ->    0.0%|b   50.0% ############             ->  100.0% ########################
    """
    return _bars(shape) if isinstance(shape, BarShape) else _steps(shape)


def _bars(shape: BarShape) -> list[str]:
    width = max(map(len, shape.names))

    def bar(share: float) -> str:
        return "#" * round(share * BAR_SIGNS)

    return [
        f"{name:<{width}}  {before:>6.1%} {bar(before):<{BAR_SIGNS}} ->  {now:>6.1%} {bar(now)}".rstrip()
        for name, before, now in zip(shape.names, shape.reference, shape.window, strict=True)
    ]


def _steps(shape: StepShape) -> list[str]:
    top = max(float(shape.reference.max()), float(shape.window.max()), 1e-12)

    def line(shares: Sequence[float]) -> str:
        return "".join(BLOCKS[round(share / top * (len(BLOCKS) - 1))] for share in shares)

    ends = f"{shape.edges[0]:.4g} to {shape.edges[-1]:.4g}"
    return [
        f"reference  {line(shape.reference.tolist())}",
        f"now        {line(shape.window.tolist())}   {ends}",
    ]
