"""A bin: a run of records whose counters are written cumulatively, and folded away when the next bin begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.counting.ledger import Sums
from bellbuoy_stream.counting.sparse import to_cells
from bellbuoy_stream.events.panes import PaneDelta
from bellbuoy_stream.processors.protocol import Emit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.processors.effective import Effective, Stretch
    from bellbuoy_stream.processors.protocol import Position

BIN_RECORDS = 1_000
BIN_US = 3_600_000_000
BIN_CELLS = 8_000_000
"""A bin ends early where its counters hold more cells than this (64 MB): rows of a backfill lie in many panes."""
STRETCH_CELLS = 100_000
"""Cells in one record: at most 800 kB."""


class Key(NamedTuple):
    """What is counted together."""

    model: str
    version: str
    spec: str
    reference: str | None
    segment: str | None
    stretch: Stretch


@dataclass(slots=True)
class Entry:
    """Counters of one key; ``counts`` None where there is no reference to count against."""

    counts: Counts | None
    sums: Sums = field(default_factory=Sums)
    changed: bool = True


class Bin:
    """Counters since the bin's first record.

    It ends at a multiple of ``BIN_RECORDS`` offsets, an hour of append time after its first record, or where it
    holds too many cells: all of it said by the log itself, so every reader cuts the log at the same places.
    """

    def __init__(self, partition: int, first: Position) -> None:
        self.partition = partition
        self.start = first.offset
        self._first_append_us = first.append_us
        self._entries: dict[Key, Entry] = {}
        self._cells = 0

    def ends_before(self, at: Position) -> bool:
        """Whether this record begins the next bin."""
        if at.offset >= (self.start // BIN_RECORDS + 1) * BIN_RECORDS or self._cells > BIN_CELLS:
            return True
        if at.append_us is None or self._first_append_us is None:
            return False
        return at.append_us - self._first_append_us >= BIN_US

    def entry(self, model: str, effective: Effective, stretch: Stretch, segment: str | None = None) -> Entry:
        """Counters of a stretch, made at first use."""
        key = Key(model, effective.version, effective.spec_digest, effective.reference, segment, stretch)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = Entry(None)
        entry.changed = True
        return entry

    def add(self, entry: Entry, counts: Counts) -> None:
        """Add a vector of counters to an entry."""
        if entry.counts is None:
            entry.counts = counts.copy()
            self._cells += counts.size
        else:
            entry.counts += counts

    def deltas(self, offset: int) -> Iterator[Emit]:
        """What changed since the last call, each whole, up to ``offset`` (exclusive)."""
        for key, entry in self._entries.items():
            if not entry.changed:
                continue
            entry.changed = False
            for first, counts in _pieces(entry.counts):
                sums = entry.sums if first == 0 else Sums()
                yield Emit(
                    "panes",
                    key.model,
                    PaneDelta(
                        model=key.model,
                        version=key.version,
                        spec=key.spec,
                        reference=key.reference,
                        segment=key.segment,
                        partition=self.partition,
                        bin=self.start,
                        offset=offset,
                        start_us=key.stretch.start,
                        end_us=key.stretch.end,
                        late=key.stretch.late,
                        first=first,
                        cells=None if counts is None else to_cells(counts),
                        rows=sums.rows,
                        weight_milli=sums.weight_milli,
                        dropped=sums.dropped,
                        unparsable=sums.unparsable,
                    ),
                )


def _pieces(counts: Counts | None) -> Iterator[tuple[int, Counts | None]]:
    if counts is None:
        yield 0, None
        return
    for first in range(0, max(counts.size, 1), STRETCH_CELLS):
        yield first, np.asarray(counts[first : first + STRETCH_CELLS])
