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
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

MAX_PANES = 512
"""Longest stretch waited for: three weeks of hours."""


class KeptPane(msgspec.Struct):
    """A pane's counters, kept until its stretch is stable or given up."""

    index: int
    start_us: int
    end_us: int
    cells: Cells


class RenewalState(msgspec.Struct):
    """What is remembered while waiting."""

    waiting: bytes | None = None
    panes: list[KeptPane] = []


class Renewal:
    """Waits for a stable stretch after an alarm, and makes it the reference."""

    def __init__(
        self, spec: MonitorSpec, reference: Reference, columns: list[str], share: float, state: RenewalState
    ) -> None:
        self.spec = spec
        self.reference = reference
        self.state = state
        plan = multiscale_plan(spec, reference, columns, share)
        self._waiting = Rebaseline(plan, spec, _panes_wanted(reference), share, state.waiting)

    def update(self, pane: PaneCounts) -> tuple[Progress, Reference | None]:
        """Consume the next pane; the new reference where the stretch is long enough and stable."""
        progress = self._waiting.update(pane)
        kept = [known for known in self.state.panes if known.index >= progress.start]
        kept.append(KeptPane(pane.index, pane.start_us, pane.end_us, to_cells(pane.counts)))
        self.state.panes = kept
        return progress, self._renewed() if progress.state == "stable" else None

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
        calibration = None
        if old is not None:
            index = np.array([pane.index for pane in self.state.panes], dtype=np.int64)
            season = None if self.spec.drift.season is None else duration_us(self.spec.drift.season)
            fresh = calibrate(counts, index, layout, old.pane_us, season, old.report_panes)
            calibration = carried(old, fresh)
        return msgspec.structs.replace(
            self.reference,
            columns=columns,
            rows=int(layout.places[0].rows(total)) if layout.places else 0,
            start_us=self.state.panes[0].start_us,
            end_us=self.state.panes[-1].end_us,
            calibration=calibration,
            segments={},
            notes=["taken from the stream after an alarm"],
        )


def _panes_wanted(reference: Reference) -> int:
    panes = reference.calibration.panes if reference.calibration else MAX_PANES
    return max(min(panes, MAX_PANES), 1)
