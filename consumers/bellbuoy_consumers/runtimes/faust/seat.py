"""A partition that this worker has been given: its fold, what waits to be folded, and what is due."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellbuoy_consumers.runtimes.fold import Fold
    from bellbuoy_stream.events.message import Message, Outgoing

FOLD_RECORDS = 64  # folded together, in one go: a batch of 4,096 rows is one record
FLUSH_S = 1.0  # how often a partition's cumulative counters are written, beside the end of a bin
SNAPSHOT_S = 5.0  # how much work a crash may cost at most, beside the bin of a Tally
SNAPSHOT_RECORDS = 2_000  # or so many records


class Seat:
    """A fold on one partition.

    Parameters
    ----------
    fold
        Restored from the latest snapshot.
    written
        Offset below which outputs have been acknowledged.
    now
        Monotonic seconds.
    """

    def __init__(self, fold: Fold, written: int, now: float) -> None:
        self.fold = fold
        self.written = written
        self.stirred_at: float | None = None
        self.awake = False
        self.waiting: deque[Message] = deque()
        self.room = asyncio.Event()
        self.out: list[Outgoing] = []
        self.saved_position = fold.next
        self.saved_next = fold.next
        self.saved_at = self.flushed_at = self.heard_at = now
        self.flushed_next = fold.next
        self.idle_said = False

    @property
    def full(self) -> bool:
        """Whether enough waits for one go."""
        return len(self.waiting) >= FOLD_RECORDS

    def take(self, message: Message, now: float) -> None:
        """Put a record behind those that wait."""
        self.waiting.append(message)
        self.heard_at = now
        self.idle_said = False

    def next_go(self) -> list[Message]:
        """The records to fold now; makes room for others."""
        go: list[Message] = []
        while (
            self.waiting and len(go) < FOLD_RECORDS and (self.awake or self.waiting[0].offset < self.written)
        ):
            go.append(self.waiting.popleft())
        self.room.set()
        return go

    @property
    def has_news(self) -> bool:
        """Whether the next record is one of which nothing has been said yet, by this owner or an earlier one."""
        return bool(self.waiting) and self.waiting[0].offset >= self.written

    def flush_due(self, now: float) -> bool:
        """Whether counters have changed and enough time has passed."""
        return self.fold.next > self.flushed_next and now - self.flushed_at >= FLUSH_S

    def snapshot_due(self, now: float) -> bool:
        """Whether a crash would cost more than it may."""
        behind = self.fold.next - self.saved_next
        return behind > 0 and (now - self.saved_at >= SNAPSHOT_S or behind >= SNAPSHOT_RECORDS)
