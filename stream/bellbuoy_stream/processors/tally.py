"""Tally: folds a partition of events into cumulative counters of panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import Prediction, PredictionBatch
from bellbuoy_stream.processors.batch_count import BatchCount
from bellbuoy_stream.processors.bin import Bin
from bellbuoy_stream.processors.intake import read_batch
from bellbuoy_stream.processors.protocol import Emit, Reject, Snapshot
from bellbuoy_stream.processors.tally_state import ModelState, TallyState, decode_state, encode_state

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.panes import Progress
    from bellbuoy_stream.processors.counters import Counters
    from bellbuoy_stream.processors.protocol import Output, Position


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
            known = ", ".join(sorted(name for name, other in self.state.models.items() if other.specs))
            hint = f"(known: {known or 'none'}); run `bellbuoy apply`"
            return [Reject("unknown-model", f"{batch.model!r} has no spec {hint}")]
        if at.append_us is not None:
            model.last_append_us = at.append_us
        count = BatchCount(batch.model, batch.version, model, self.counters, into)
        try:
            intake = read_batch(batch, at)
            if not intake.rows or model.seen_before(batch):
                return []
            count.add(batch.named_columns(), intake)
        except EventError as error:
            count.spoil(1)
            return [Reject(error.reason, error.detail)]
        if intake.highest_us is not None:
            model.highest_us = max(intake.highest_us, model.highest_us or intake.highest_us)
        if not intake.future:
            return []
        count.spoil(intake.future)
        detail = f"{intake.future} of {intake.rows} rows lie more than an hour after the record's append time"
        return [Reject("future", detail)]
