"""What a Tally remembers of each model between bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import SnapshotError
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.panes import Progress
from bellbuoy_stream.processors.effective import Clockwork, Effective
from bellbuoy_stream.specs.monitor import MonitorSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.events.predictions import PredictionBatch
    from bellbuoy_stream.processors.intake import Intake

MAX_FILES = 1_000
"""How many sent files are remembered; the oldest is forgotten first."""


class SpecFrom(msgspec.Struct):
    """A spec and the event time it holds from (None: the beginning)."""

    spec: MonitorSpec
    digest: str
    from_us: int | None = None


class ReferenceFrom(msgspec.Struct):
    """A version's reference and the event time it holds from."""

    version: str
    digest: str
    from_us: int | None = None


class ModelState(msgspec.Struct):
    """One model in one partition."""

    specs: list[SpecFrom] = []
    references: list[ReferenceFrom] = []
    highest_us: int | None = None
    last_append_us: int | None = None
    rows: int = 0
    late: int = 0
    dropped: int = 0
    dead: int = 0
    files: dict[str, int] = {}

    def learn(self, event: SpecEffective | ReferenceEffective) -> bool:
        """Take a marker; whether it says anything new."""
        if isinstance(event, SpecEffective):
            digest = event.spec.digest()
            if self.specs and self.specs[-1].digest == digest:
                return False
            self.specs.append(SpecFrom(event.spec, digest, event.from_us if self.specs else None))
            return True
        known = [reference.digest for reference in self.references if reference.version == event.version]
        if known and known[-1] == event.digest:
            return False
        self.references.append(ReferenceFrom(event.version, event.digest, event.from_us if known else None))
        return True

    def effective(self, version: str, intake: Intake) -> list[tuple[Effective, NDArray[np.intp] | None]]:
        """What holds for the rows: (spec and reference, indices of the rows), rows None where it is all of them."""
        edges = self._edges()
        if not edges or not intake.rows:
            return [(self.effective_at(version, None), None)]
        era = np.searchsorted(np.array(edges, dtype=np.int64), intake.times, "right")
        eras = np.unique(era).tolist()
        if len(eras) == 1:
            return [(self.effective_at(version, edges[eras[0] - 1] if eras[0] else None), None)]
        return [
            (self.effective_at(version, edges[number - 1] if number else None), np.flatnonzero(era == number))
            for number in eras
        ]

    def effective_at(self, version: str, time_us: int | None) -> Effective:
        """What holds at an event time; None: before every spec and reference that came later than the first."""

        def holds(from_us: int | None) -> bool:
            return from_us is None or (time_us is not None and from_us <= time_us)

        spec = next(mark for mark in reversed(self.specs) if holds(mark.from_us))
        holding = [mark for mark in self.references if holds(mark.from_us)]
        own = [mark for mark in holding if mark.version == version]
        if not own and spec.spec.reference.fallback == "latest":
            own = holding
        return Effective(version, spec.spec, spec.digest, own[-1].digest if own else None)

    def _edges(self) -> list[int]:
        """Event times at which something changes, in order."""
        starts = [mark.from_us for mark in self.specs] + [mark.from_us for mark in self.references]
        return sorted({start for start in starts if start is not None})

    def watermark(self) -> int | None:
        """Highest event time less the disorder that the newest spec allows, microseconds."""
        if self.highest_us is None:
            return None
        return self.highest_us - Clockwork.of(self.specs[-1].spec.window).disorder

    def seen_before(self, batch: PredictionBatch) -> bool:
        """Whether this record of a sent file has been counted already."""
        if batch.file is None or batch.sequence is None:
            return False
        if batch.sequence <= self.files.get(batch.file, -1):
            return True
        self.files[batch.file] = batch.sequence
        if len(self.files) > MAX_FILES:
            del self.files[next(iter(self.files))]
        return False

    def progress(self, name: str, append_us: int | None, *, idle: bool) -> Progress | None:
        """How far the model has been read, position left open; None before its first spec."""
        if not self.specs:
            return None
        if append_us is not None and self.last_append_us is not None:
            idle = idle or append_us - self.last_append_us > Clockwork.of(self.specs[-1].spec.window).idle
        return Progress(
            model=name,
            partition=0,
            partitions=0,
            bin=0,
            offset=0,
            watermark_us=self.watermark(),
            idle=idle,
            rows=self.rows,
            late=self.late,
            dropped=self.dropped,
            dead=self.dead,
        )


class TallyState(msgspec.Struct):
    """All models of one partition, and the partition's latest append time."""

    models: dict[str, ModelState] = {}
    append_us: int | None = None


def encode_state(state: TallyState) -> bytes:
    """State as bytes."""
    return msgspec.msgpack.encode(state)


def decode_state(data: bytes) -> TallyState:
    """State from bytes.

    Raises
    ------
    SnapshotError
        Where the bytes are not a Tally's state.
    """
    try:
        return msgspec.msgpack.decode(data, type=TallyState)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"a Tally's snapshot cannot be read: {error}") from error
