"""A partition that this worker has been given: its fold, what waits to be folded, and what is due.

The order that makes it exact: outputs acknowledged, then the snapshot (state and position in one record), then the
position committed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.embedded import IDLE_S
from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    from bellbuoy_consumers.runtimes.faust.desk import Desk
    from bellbuoy_consumers.runtimes.fold import Fold
    from bellbuoy_stream.events.message import Message, Outgoing

logger = logging.getLogger(__name__)

FOLD_RECORDS = 64  # folded together, in one go: a batch of 4,096 rows is one record
FLUSH_S = 1.0  # how often a partition's cumulative counters are written, beside the end of a bin
SNAPSHOT_S = 5.0  # how much work a crash may cost at most, beside the bin of a Tally
SNAPSHOT_RECORDS = 2_000  # or so many records
MISSED_S = 2.0  # silence after which is looked whether records have been skipped
DRAIN_S = 0.5  # the same while draining
WAKE_S = 30.0  # how long a partition that goes on waits for others that have news and no worker
WAKE_POLL_S = 0.1
BEGIN_S = 60.0  # how often is looked whether a hole is a loss


class Seat:
    """A fold on one partition.

    Parameters
    ----------
    partition, fold
        Restored from the latest snapshot.
    written
        Offset below which outputs have been acknowledged, by this owner or an earlier one.
    desk
        What the stage's partitions share.
    """

    def __init__(self, partition: int, fold: Fold, written: int, desk: Desk) -> None:
        self.partition = partition
        self.fold = fold
        self.written = written
        self.waiting: deque[Message] = deque()
        self.room = asyncio.Event()
        self.live = True
        self._desk = desk
        self._name = desk.stage.name
        self._out: list[Outgoing] = []
        self._awake = False
        self._stirred_at: float | None = None
        self._idle_said = False
        self._saved_position = self._saved_next = self._flushed_next = self._hole_end = fold.next
        self._said_next = fold.next
        self._saved_at = self._flushed_at = self._heard_at = time.monotonic()
        self._begin_at = self._looked_at = 0.0

    # --- what comes in

    @property
    def full(self) -> bool:
        """Whether enough waits for one go."""
        return len(self.waiting) >= FOLD_RECORDS

    def take(self, message: Message) -> None:
        """Put a record behind those that wait."""
        self.waiting.append(message)
        self.heard()
        self._idle_said = False

    def heard(self) -> None:
        """From now on it is silent."""
        self._heard_at = time.monotonic()

    def leave(self) -> None:
        """The partition has been taken away."""
        self.live = False
        self.room.set()

    # --- what is done

    async def step(self, drain_to: int | None) -> None:
        """Fold what waits, and do what is due.

        ``drain_to``: the end up to which a draining worker works; None where more may come.
        """
        run = await self._next_run()
        if run:
            self._out += await asyncio.to_thread(self.fold.apply, run)
        now = time.monotonic()
        if self._awake and self.fold.next > self._flushed_next and now - self._flushed_at >= FLUSH_S:
            await self._flush()
        await self._write()
        behind = self.fold.next - self._saved_next
        if behind and (now - self._saved_at >= SNAPSHOT_S or behind >= SNAPSHOT_RECORDS):
            await self._save()
        if not run and not self.waiting:
            await self._quiet(now - self._heard_at, drain_to)

    async def settle(self) -> None:
        """Write and save everything; a partition that has said that it is idle has no more to say."""
        if self._awake:
            await self._flush()
        await self._write()
        await self._save()

    async def _next_run(self) -> list[Message]:
        """The next records, none left out: what Faust has skipped is read from the log itself.

        While a rebalance goes on, Faust drops records that it has fetched and seeks back to the committed position,
        but not where that is 0; so a record that is not the next one is looked into.
        """
        while self.waiting and self.waiting[0].offset < self.fold.next:
            self.waiting.popleft()
        self.room.set()
        if not self.waiting:
            return []
        first = self.waiting[0].offset
        while True:
            bound = first if self._awake else min(first, self.written)
            if self.fold.next < bound:
                missing = await self._desk.between(self.partition, self.fold.next, bound)
                if missing:
                    return missing
                await self._check_loss()
            if self._awake or first < self.written:
                break
            if not await self._wake_up():
                return []
        run: list[Message] = []
        while self.waiting and len(run) < FOLD_RECORDS and self.waiting[0].offset == first + len(run):
            if not self._awake and self.waiting[0].offset >= self.written:
                break
            run.append(self.waiting.popleft())
        self.room.set()
        return run

    async def _check_loss(self) -> None:
        """A hole is legal (compaction, transactions); a log that begins behind the position is a loss."""
        if time.monotonic() - self._begin_at < BEGIN_S:
            return
        self._begin_at = time.monotonic()
        lost = (await self._desk.begins())[self.partition] - self.fold.next
        if lost > 0:
            self.fold.lose(lost)

    async def _wake_up(self) -> bool:
        """Say that this partition is not idle; whether all others with news have said so too.

        Where idle partitions were left out until they are read, the first one read would close the windows of all.
        """
        store = self._desk.store
        if self._stirred_at is None:
            await self._flush()
            await self._write()
            await self._desk.send(store.awake_records(self._name, self.partition))
            self._stirred_at = time.monotonic()
        ends = await self._desk.ends()
        await self._desk.patience.thread(store.refresh)
        asleep = [
            other
            for other, end in enumerate(ends)
            if other != self.partition
            and end > store.reached(self._name, other)
            and not store.awake(self._name, other)
        ]
        if asleep and time.monotonic() - self._stirred_at < WAKE_S:
            await asyncio.sleep(WAKE_POLL_S)
            return False
        if asleep:
            logger.warning("%s: partitions %s have news and no worker", self._name, asleep)
        self._awake, self._stirred_at = True, None
        return True

    async def _quiet(self, silent_s: float, drain_to: int | None) -> None:
        """Nothing comes: look for records that were skipped, then say that nothing more comes.

        That is said after long silence, or where a draining worker has reached the end.
        """
        if self._idle_said:
            return
        if drain_to is None:
            await self._rest(silent_s)
        elif silent_s > DRAIN_S or self.fold.next >= drain_to:
            said = self._desk.store.reached(self._name, self.partition) >= drain_to
            if not said and await self._stands_at(drain_to):
                await self._say_idle(max(drain_to, self.fold.next))

    async def _rest(self, silent_s: float) -> None:
        """Now and then look whether the consumer knows of more than it has handed on; after long silence ask."""
        now = time.monotonic()
        if silent_s < MISSED_S or now - self._looked_at < MISSED_S:
            return
        self._looked_at = now
        if not await self._stands_at(self._desk.seen_end(self.partition)) or silent_s < IDLE_S:
            return
        try:
            ends = await asyncio.to_thread(self._desk.transport.ends, self._desk.stage.topic)
        except BrokerError:
            return  # nobody knows whether there is more
        end = ends[self.partition]
        if await self._stands_at(end):
            await self._say_idle(max(end, self.fold.next))

    async def _stands_at(self, end: int) -> bool:
        """Whether everything below an end has been folded; if not, what is missing waits now."""
        if max(self.fold.next, self._hole_end) >= end:
            return True
        missing = await self._desk.between(self.partition, self.fold.next, end)
        self.waiting.extend(missing)
        if not missing:
            self._hole_end = end
        return not missing

    async def _say_idle(self, offset: int) -> None:
        self._out += await asyncio.to_thread(self.fold.flush, idle=True)
        await self._write()
        await self._save()
        if self.live:
            await self._desk.send(self._desk.store.reached_records(self._name, self.partition, offset))
            self._idle_said, self._awake, self.written = True, False, self.fold.next

    async def _flush(self) -> None:
        self._out += await asyncio.to_thread(self.fold.flush)
        self._flushed_at, self._flushed_next = time.monotonic(), self.fold.next

    async def _write(self) -> None:
        out, self._out = self._out, []
        await self._desk.send(out)

    async def _save(self) -> None:
        """Write a snapshot, then commit its position; outputs up to it have been acknowledged."""
        if not self.live:
            return
        snapshot = await asyncio.to_thread(self.fold.processor.snapshot)
        store, reached = self._desk.store, self.fold.next
        if snapshot.position > self._saved_position:
            *pieces, head = store.snapshot_records(self._name, self.partition, snapshot)
            await self._desk.send(pieces)
            await self._desk.send([head])
            place = self._desk.place(self.partition)
            if place is not None and self.live:
                await self._desk.commit({place: snapshot.position})
        if snapshot.position < reached and self._saved_next < reached:
            await self._desk.send(store.written_records(self._name, self.partition, reached))
        if self._flushed_next > self._said_next:  # flushed, and all outputs have been acknowledged since
            await self._desk.send(store.flushed_records(self._name, self.partition, self._flushed_next))
            self._said_next = self._flushed_next
        self._saved_position = max(snapshot.position, self._saved_position)
        self._saved_at, self._saved_next = time.monotonic(), reached
