"""One batch into a bin: each row in its pane, each stretch of rows against what holds for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.processors.intake import MILLI
from bellbuoy_stream.windows.lateness import DROPPED, IN_WINDOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.processors.bin import Bin
    from bellbuoy_stream.processors.counters import Counters
    from bellbuoy_stream.processors.effective import Effective, Stretch
    from bellbuoy_stream.processors.intake import Intake
    from bellbuoy_stream.processors.tally_state import ModelState

    Groups = NDArray[np.intp]

NOT_HERE = -2
"""Group of rows that are not counted now: rows of the future, or rows for which another spec or reference holds."""


@dataclass(frozen=True, slots=True)
class BatchCount:
    """Counts rows of one version of one model into a bin."""

    name: str
    version: str
    model: ModelState
    counters: Counters
    into: Bin

    def add(self, columns: Mapping[str, Column], intake: Intake) -> None:
        """Count all rows; every column is read before anything is added, so a broken one spoils nothing.

        Raises
        ------
        EventError
            Where a column is broken; nothing has been counted then.
        """
        plans = []
        for effective, rows in self.model.effective(self.version, intake):
            counter = self.counters.of(effective.reference)
            plans.append((effective, rows, counter, counter.read(columns) if counter else {}))
        watermark = self.model.watermark()
        for effective, rows, counter, values in plans:
            stretches, group = effective.stretches(intake.times, watermark)
            group = _without(group, intake, rows)
            if stretches and counter is not None:
                for segment, counts in counter.count(values, intake.times, group, len(stretches)):
                    for stretch, vector in zip(stretches, counts, strict=True):
                        if len(stretches) == 1 or vector.any():
                            self.into.add(self.into.entry(self.name, effective, stretch, segment), vector)
            self._sum(effective, stretches, intake, group)

    def spoil(self, rows: int) -> None:
        """Count rows that go to the dead letters in the pane where the model stands."""
        self.model.dead += rows
        self._at_watermark(unparsable=rows)

    def _sum(
        self, effective: Effective, stretches: list[Stretch], intake: Intake, group: Groups | None
    ) -> None:
        """Rows and weights of each stretch, and the model's own totals."""
        rows, weights, dropped = _totals(intake, group, len(stretches))
        for stretch, row_count, weight in zip(stretches, rows, weights, strict=True):
            if row_count:
                sums = self.into.entry(self.name, effective, stretch).sums
                sums.rows += row_count
                sums.weight_milli += weight
                self.model.rows += row_count
                self.model.late += row_count if stretch.late > IN_WINDOW else 0
        if dropped:
            self.model.dropped += dropped
            self._at_watermark(dropped=dropped)

    def _at_watermark(self, *, dropped: int = 0, unparsable: int = 0) -> None:
        """Add to the pane of the highest event time so far: a place that the partition alone decides."""
        if self.model.highest_us is None:
            return
        effective = self.model.effective_at(self.version, self.model.highest_us)
        at = np.array([self.model.highest_us], dtype=np.int64)
        for stretch in effective.stretches(at, self.model.watermark())[0]:
            sums = self.into.entry(self.name, effective, stretch).sums
            sums.dropped += dropped
            sums.unparsable += unparsable


def _totals(intake: Intake, group: Groups | None, stretches: int) -> tuple[list[int], list[int], int]:
    """Rows and weight (in thousandths) of each stretch, and the rows that came too late for any."""
    if group is None and intake.weights is None:
        return [intake.rows], [intake.rows * MILLI], 0
    places = np.zeros(intake.rows, dtype=np.intp) if group is None else group
    counted = places >= 0
    rows = np.bincount(places[counted], minlength=stretches)
    weights = rows * MILLI
    if intake.weights is not None:
        weights = np.zeros(stretches, dtype=np.int64)
        np.add.at(weights, places[counted], intake.weights[counted])
    return rows.tolist(), weights.tolist(), int((places == DROPPED).sum())


def _without(group: Groups | None, intake: Intake, chosen: Groups | None) -> Groups | None:
    """The groups with the rows left out that are not allowed or not chosen."""
    if intake.allowed is None and chosen is None:
        return group
    group = np.zeros(intake.rows, dtype=np.intp) if group is None else group.copy()
    if intake.allowed is not None:
        group[~intake.allowed] = NOT_HERE
    if chosen is not None:
        outside = np.ones(intake.rows, dtype=bool)
        outside[chosen] = False
        group[outside] = NOT_HERE
    return group
