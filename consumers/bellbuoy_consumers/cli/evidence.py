"""What lies behind a window's numbers, put together from the panes that are still kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_consumers.cli import reading
from bellbuoy_consumers.report.cells import WindowCells
from bellbuoy_consumers.report.shapes import BarShape, shape_of
from bellbuoy_consumers.report.values import median_text, number
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_stream.events.panes import PaneDelta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy.transports import Transport
    from bellbuoy_consumers.report.shapes import Shape, StepShape
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.references.reference import ColumnReference, Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

BLOCKS = " ▁▂▃▄▅▆▇█"
BAR_SIGNS = 24


@dataclass(frozen=True)
class Evidence:
    """What is still known of a window: its reference, and its cells where the panes are kept.

    Attributes
    ----------
    reference
        None where the log has it no more.
    counts
        Cells, shape (reference.layout.width,); None where no pane of the window is kept.
    """

    reference: Reference | None
    counts: Counts | None

    @classmethod
    def of(cls, transport: Transport, spec: MonitorSpec, window: WindowReport) -> Evidence:
        """Look it up in the log."""
        whole = None if window.reference is None else Library(transport).find(window.reference)
        reference = whole if whole is None or window.segment is None else whole.segments.get(window.segment)
        if reference is None:
            return cls(None, None)
        cells = WindowCells(spec.window)
        for delta in reading.events(reading.messages(transport, "bellbuoy.panes"), PaneDelta):
            if delta.model == spec.model:
                cells.record(delta)
        return cls(reference, cells.counts(window, reference))

    def shape(self, name: str) -> Shape | None:
        """What a column looks like beside its reference; None where that is not known any more."""
        column, counts = self._column(name)
        return None if column is None or counts is None else shape_of(column, counts)

    def median(self, name: str, said: float) -> str:
        """A column's median in words; ``said``: as the window's report has it."""
        column, counts = self._column(name)
        return number(said) if column is None else median_text(said, column, counts)

    def _column(self, name: str) -> tuple[ColumnReference | None, Counts | None]:
        """A column's reference and its cells."""
        reference = self.reference
        column = next((one for one in reference.columns if one.name == name), None) if reference else None
        if reference is None or column is None or self.counts is None:
            return column, None
        place = reference.layout[name]
        return column, self.counts[place.start : place.stop]


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
