"""Tally: folds a partition of events into cumulative counters of panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import Prediction, PredictionBatch
from bellbuoy_stream.processors.bin import Bin
from bellbuoy_stream.processors.effective import Stretch
from bellbuoy_stream.processors.intake import MILLI, Intake, read_batch
from bellbuoy_stream.processors.protocol import Emit, Reject, Snapshot
from bellbuoy_stream.processors.tally_state import ModelState, TallyState, decode_state, encode_state
from bellbuoy_stream.windows.lateness import DROPPED, IN_WINDOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.panes import Progress
    from bellbuoy_stream.processors.counters import Counters
    from bellbuoy_stream.processors.effective import Effective
    from bellbuoy_stream.processors.protocol import Output, Position

    Groups = NDArray[np.intp] | None


class Tally:
    """Counts each row in the pane of its event time, classed by how late it is for its own partition.

    Parameters
    ----------
    partition, partitions
        Which partition of how many.
    counters
        Compiled references; one for all tallies of a process.
    saved
        What an earlier :meth:`snapshot` returned.
    """

    def __init__(
        self, partition: int, partitions: int, counters: Counters, saved: Snapshot | None = None
    ) -> None:
        self.partition = partition
        self.partitions = partitions
        self.counters = counters
        self.state = decode_state(saved.state) if saved else TallyState()
        self._saved = saved or Snapshot(0, encode_state(self.state))
        self._next = self._saved.position
        self._bin: Bin | None = None
        self._said: dict[str, Progress] = {}

    def on_event(self, event: Event, at: Position) -> list[Output]:
        """Fold one event of the partition."""
        out: list[Output] = []
        if self._bin is None or self._bin.ends_before(at):
            out += self.flush()
            self._saved = Snapshot(at.offset, encode_state(self.state))
            self._bin = Bin(self.partition, at)
        self._next = at.offset + 1
        if at.append_us is not None:
            self.state.append_us = max(at.append_us, self.state.append_us or at.append_us)
        if isinstance(event, Prediction):
            event = event.as_batch()
        if isinstance(event, PredictionBatch):
            out += self._predictions(event, at, self._bin)
        elif isinstance(event, SpecEffective | ReferenceEffective):
            out += self._marker(event, at)
        return out

    def flush(self, *, idle: bool = False) -> list[Output]:
        """Deltas of what has changed since the last flush, then how far each model has been read."""
        out: list[Output] = [] if self._bin is None else list(self._bin.deltas(self._next))
        where = {
            "partition": self.partition,
            "partitions": self.partitions,
            "bin": self._bin.start if self._bin else self._next,
            "offset": self._next,
        }
        for name, model in self.state.models.items():
            progress = model.progress(name, self.state.append_us, idle=idle)
            if progress is None:
                continue
            progress = msgspec.structs.replace(progress, **where)
            if self._said.get(name) != progress:
                self._said[name] = progress
                out.append(Emit("panes", name, progress))
        return out

    def snapshot(self) -> Snapshot:
        """State at the start of the current bin: the fold goes back there, since its deltas are cumulative."""
        return self._saved

    def _marker(self, event: SpecEffective | ReferenceEffective, at: Position) -> list[Output]:
        name = event.spec.model if isinstance(event, SpecEffective) else event.model
        model = self.state.models.setdefault(name, ModelState(last_append_us=at.append_us))
        return [Emit("panes", name, event)] if model.learn(event) else []

    def _predictions(self, batch: PredictionBatch, at: Position, into: Bin) -> list[Output]:
        model = self.state.models.get(batch.model)
        if model is None or not model.specs:
            known = (
                ", ".join(sorted(name for name, known in self.state.models.items() if known.specs)) or "none"
            )
            return [
                Reject("unknown-model", f"{batch.model!r} has no spec (known: {known}); run `bellbuoy apply`")
            ]
        if at.append_us is not None:
            model.last_append_us = at.append_us
        try:
            intake = read_batch(batch, at)
            if not intake.rows or model.seen_before(batch):
                return []
            self._count(model, batch, intake, into)
        except EventError as error:
            self._spoil(model, batch, 1, into)
            return [Reject(error.reason, error.detail)]
        if intake.highest_us is not None:
            model.highest_us = max(intake.highest_us, model.highest_us or intake.highest_us)
        if not intake.future:
            return []
        self._spoil(model, batch, intake.future, into)
        detail = f"{intake.future} of {intake.rows} rows lie more than an hour after the record's append time"
        return [Reject("future", detail)]

    def _count(self, model: ModelState, batch: PredictionBatch, intake: Intake, into: Bin) -> None:
        """Count all rows; every column is read before anything is added, so a broken one spoils nothing."""
        columns = batch.named_columns()
        plans = []
        for effective, rows in model.effective(batch.version, intake):
            counter = self.counters.of(effective.reference)
            plans.append((effective, rows, counter, counter.read(columns) if counter else {}))
        for effective, rows, counter, values in plans:
            stretches, group = effective.stretches(intake.times, model.watermark())
            group = _without(group, intake, rows)
            if stretches and counter is not None:
                for segment, counts in counter.count(values, intake.times, group, len(stretches)):
                    self._add(model, batch.model, effective, stretches, counts, segment, into)
            self._sum(model, batch.model, effective, stretches, intake, group, rows, into)

    @staticmethod
    def _add(
        model: ModelState,
        name: str,
        effective: Effective,
        stretches: list[Stretch],
        counts: Counts,
        segment: str | None,
        into: Bin,
    ) -> None:
        for stretch, vector in zip(stretches, counts, strict=True):
            if len(stretches) == 1 or vector.any():
                into.add(into.entry(name, effective, stretch, segment), vector)

    @staticmethod
    def _sum(
        model: ModelState,
        name: str,
        effective: Effective,
        stretches: list[Stretch],
        intake: Intake,
        group: Groups,
        chosen: Groups,
        into: Bin,
    ) -> None:
        """Rows, weights and dropped rows of each stretch, and the model's own totals."""
        places = np.zeros(intake.rows, dtype=np.intp) if group is None else group
        counted = places >= 0
        rows = np.bincount(places[counted], minlength=len(stretches))
        weights = rows * MILLI
        if intake.weights is not None:
            weights = np.zeros(len(stretches), dtype=np.int64)
            np.add.at(weights, places[counted], intake.weights[counted])
        for stretch, row_count, weight in zip(stretches, rows.tolist(), weights.tolist(), strict=True):
            if row_count:
                sums = into.entry(name, effective, stretch).sums
                sums.rows += row_count
                sums.weight_milli += weight
                model.rows += row_count
                model.late += row_count if stretch.late > IN_WINDOW else 0
        dropped = int((places == DROPPED).sum())
        if dropped:
            model.dropped += dropped
            Tally._at_watermark(model, name, effective, into, dropped=dropped)

    def _spoil(self, model: ModelState, batch: PredictionBatch, rows: int, into: Bin) -> None:
        """Count rows that went to the dead letters in the pane where the model stands."""
        model.dead += rows
        if model.highest_us is not None:
            at = np.array([model.highest_us], dtype=np.int64)
            intake = Intake(1, at, None, None, model.highest_us)
            effective = model.effective(batch.version, intake)[0][0]
            self._at_watermark(model, batch.model, effective, into, unparsable=rows)

    @staticmethod
    def _at_watermark(
        model: ModelState,
        name: str,
        effective: Effective,
        into: Bin,
        *,
        dropped: int = 0,
        unparsable: int = 0,
    ) -> None:
        """Add to the pane of the highest event time: a place that the partition alone decides."""
        if model.highest_us is None:
            return
        at = np.array([model.highest_us], dtype=np.int64)
        stretches, _ = effective.stretches(at, model.watermark())
        for stretch in stretches:
            sums = into.entry(name, effective, stretch).sums
            sums.dropped += dropped
            sums.unparsable += unparsable


NOT_HERE = -2
"""Group of rows that this plan does not count: rows of the future, or of another plan."""


def _without(group: Groups, intake: Intake, chosen: Groups) -> Groups:
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
