"""A new reference from the stream itself: after an alarm, the next stable stretch of panes takes the place of the old.

The cells stay as they are, so nothing has to be counted again; only the reference's counts and its calibration are
made anew from the panes of the stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.counting.sparse import add_cells, to_cells
from bellbuoy_stream.events.panes import Cells
from bellbuoy_stream.policies.calibration import calibrate, carried
from bellbuoy_stream.policies.plan import multiscale_plan
from bellbuoy_stream.policies.rebaseline import Rebaseline
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from bellbuoy_stream.policies.protocol import PaneCounts
    from bellbuoy_stream.policies.rebaseline import Progress
    from bellbuoy_stream.references.reference import Calibration, Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

LONGEST = 512
"""Longest stretch waited for, in panes: three weeks of hours.  With a season it is at least two whole ones and a
window, whatever their number of panes."""
MOST_KEPT = 2048
"""Most sums of panes kept meanwhile: of a longer stretch some neighbouring panes are added up, lest snapshots grow."""


class KeptPanes(msgspec.Struct):
    """Counters of one pane, or of a few neighbouring ones, kept until their stretch is stable or given up.

    ``index`` counts as many panes as are added up together; ``first`` is the first pane that has rows.
    """

    index: int
    first: int
    start_us: int
    end_us: int
    cells: Cells


class RenewalState(msgspec.Struct):
    """What is remembered while waiting."""

    waiting: bytes | None = None
    panes: list[KeptPanes] = []


class Renewal:
    """Waits for a stable stretch after an alarm, and makes it the reference."""

    def __init__(
        self, spec: MonitorSpec, reference: Reference, columns: list[str], share: float, state: RenewalState
    ) -> None:
        self.spec = spec
        self.reference = reference
        self.state = state
        plan = multiscale_plan(spec, reference, columns, share)
        panes, self._together = stretch_wanted(reference.calibration)
        self._waiting = Rebaseline(plan, spec, panes, share, state.waiting)

    def update(self, pane: PaneCounts) -> tuple[Progress, Reference | None]:
        """Consume the next pane; the new reference where the stretch is long enough and stable."""
        progress = self._waiting.update(pane)
        self._keep(pane)
        kept = self.state.panes
        gone = next((at for at, known in enumerate(kept) if known.first >= progress.start), len(kept))
        del kept[:gone]
        return progress, self._renewed() if progress.state == "stable" else None

    def _keep(self, pane: PaneCounts) -> None:
        index, kept, cells = pane.index // self._together, self.state.panes, to_cells(pane.counts)
        if not kept or kept[-1].index != index:
            kept.append(KeptPanes(index, pane.index, pane.start_us, pane.end_us, cells))
            return
        counts = pane.counts.copy()
        add_cells(kept[-1].cells, counts)
        kept[-1].cells, kept[-1].end_us = to_cells(counts), pane.end_us

    def saved(self) -> RenewalState:
        """State with the waiting detector's snapshot in it."""
        self.state.waiting = self._waiting.snapshot()
        return self.state

    def _renewed(self) -> Reference:
        layout = self.reference.layout
        counts = np.zeros((len(self.state.panes), layout.width), dtype=np.int64)
        for row, pane in zip(counts, self.state.panes, strict=True):
            add_cells(pane.cells, row)
        total = counts.sum(axis=0)
        columns = [
            msgspec.structs.replace(
                column,
                counts=total[layout[column.name].start : layout[column.name].stop].astype("<i8").tobytes(),
            )
            for column in self.reference.columns
        ]
        old = self.reference.calibration
        window, pane_us = self.spec.window, duration_us(self.spec.window.pane)
        season = None if self.spec.drift.season is None else duration_us(self.spec.drift.season)
        fresh = calibrate(
            counts,
            np.array([pane.index for pane in self.state.panes], dtype=np.int64),
            layout,
            pane_us,
            season,
            duration_us(window.size) // pane_us,
            window.timezone,
            self._together,
        )
        return msgspec.structs.replace(
            self.reference,
            columns=columns,
            rows=int(layout.places[0].rows(total)) if layout.places else 0,
            start_us=self.state.panes[0].start_us,
            end_us=self.state.panes[-1].end_us,
            calibration=fresh if old is None else carried(old, fresh),
            segments={},
            notes=["taken from the stream after an alarm"],
        )


def stretch_wanted(calibration: Calibration | None) -> tuple[int, int]:
    """Panes of the stretch that may become the reference, and how many neighbouring ones are kept as their sum.

    As many as are added up divide a season, so that its phases come round.

    Examples
    --------
    A year of hours; weeks of hours; days and weeks of five minutes, of which three are kept together:

    >>> from bellbuoy_stream.references.reference import Calibration
    >>> def wanted(panes, season=None, window=24):
    ...     return stretch_wanted(Calibration(pane_us=1, panes=panes, season_us=season, report_panes=window))
    >>> wanted(8760), wanted(8760, 168), wanted(8064, 288, 288), wanted(8064, 2016, 288)
    ((512, 1), (512, 1), (864, 1), (4320, 3))
    """
    if calibration is None:
        return LONGEST, 1
    panes = max(min(calibration.panes, LONGEST), 1)
    if calibration.season_us is None:
        return panes, 1
    season = max(calibration.season_us // calibration.pane_us, 1)
    panes = max(panes, 2 * season + calibration.report_panes)
    least = -(-panes // MOST_KEPT)
    return panes, next(
        number for number in range(least, season + least) if season % number == 0 or number >= season
    )
