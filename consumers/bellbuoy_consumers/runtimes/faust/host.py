"""One stage on Kafka: a Faust application that feeds folds, and writes what comes of them.

The order that makes it exact: outputs acknowledged, then the snapshot (state and position in one record), then the
position committed.  A partition is restored when a rebalance is complete: its snapshot's position is committed, and
Faust seeks to exactly there.  So whatever an earlier owner, or a paused one, has left behind, the fold goes on from
a state that was written, and repeats of outputs are equal to what they repeat.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError

from bellbuoy_consumers.runtimes.embedded import IDLE_S
from bellbuoy_consumers.runtimes.faust.seat import Seat
from bellbuoy_consumers.runtimes.faust.sending import send
from bellbuoy_consumers.runtimes.faust.settings import REQUEST_S, make_app
from bellbuoy_consumers.runtimes.fold import Fold
from bellbuoy_stream.errors import BrokerError, SpecError
from bellbuoy_stream.events.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import faust
    from faust.types import TP

    from bellbuoy.transports.address import Address
    from bellbuoy.transports.protocol import Transport
    from bellbuoy.transports.security import Security
    from bellbuoy_consumers.runtimes.faust.patience import Patience
    from bellbuoy_consumers.runtimes.faust.store import StateStore
    from bellbuoy_consumers.runtimes.fold import Stage
    from bellbuoy_stream.events.message import Outgoing

logger = logging.getLogger(__name__)

GATHER_S = 0.05  # records that come this close together are folded together
TICK_S = 0.5  # how often is looked whether something is due
BLOCKED_S = 5.0  # a tick that took longer says nothing about silence
WAKE_S = 30.0  # how long a partition that goes on waits for others that have news and no worker
REVOKE_S = 5.0  # how long a rebalance waits for the last outputs; the others wait with it
SETTLE_S = 10.0  # the same at the end of the worker
STOP_S = 20.0  # how long Faust may take to leave


class StageHost:
    """Runs one stage in the consumer group ``bellbuoy.<stage>``.

    Parameters
    ----------
    stage
        What is folded.
    address, security
        The broker.
    transport
        For look-ups: partition counts, names.
    store
        Snapshots.
    patience
        How long an outage may last.
    """

    def __init__(
        self,
        stage: Stage,
        address: Address,
        security: Security,
        transport: Transport,
        store: StateStore,
        patience: Patience,
    ) -> None:
        self.stage = stage
        self.seats: dict[int, Seat] = {}
        self.failure: BaseException | None = None
        self.failed = asyncio.Event()
        self.draining: list[int] | None = None
        self.lost = 0
        self.transport = transport
        self._patience = patience
        self._stopping = False
        self._store = store
        self._topic = transport.topics.physical(stage.topic)
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._worker: asyncio.Task[None] | None = None
        self.app: faust.App = make_app(transport.topics.physical(f"bellbuoy.{stage.name}"), address, security)
        # without acknowledgements Faust commits nothing by itself, and keeps no list of what is open
        source = self.app.topic(self._topic, key_type=bytes, value_type=bytes, acks=False)
        self.app.agent(source, name=stage.name)(self._read)
        self.app.on_partitions_revoked.connect(self._revoked)
        self.app.on_rebalance_complete.connect(self._restore)

    # --- life

    async def start(self) -> None:
        """Join the group.

        Raises
        ------
        BrokerError
            Where the broker is away.
        """
        self.app.finalize()
        try:
            await self.app.start()
        except Exception as error:
            raise BrokerError(f"Kafka does not answer ({type(error).__name__}: {error}); check the address and that the broker runs") from error  # fmt: skip  # noqa: E501
        self._worker = asyncio.create_task(self._work(), name=f"{self.stage.name} worker")

    async def stop(self) -> None:
        """Write what is left, snapshot, commit, leave the group; each with a bound."""
        self._stopping = True
        self._wake.set()
        if self._worker is not None:
            _, hanging = await asyncio.wait([self._worker], timeout=SETTLE_S)
            if not hanging and self.failure is None and not self.app.crashed:
                await self._settle(SETTLE_S)
            self._worker.cancel()
        self.seats.clear()
        await asyncio.wait_for(self.app.stop(), STOP_S)

    async def ended(self) -> None:
        """Return when this host has failed, by our fault or Faust's."""
        watched = [
            asyncio.ensure_future(self.failed.wait()),
            asyncio.ensure_future(self.app.wait_until_stopped()),
        ]
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in watched:
                one.cancel()
        if self.failure is None and self.app.crashed:
            self.failure = self.app.crash_reason

    def drain(self, ends: list[int]) -> None:
        """From now on, say of each partition when it has been worked off up to its end."""
        self.draining = ends
        self._wake.set()

    def _fail(self, error: BaseException) -> None:
        """An error is fatal: Faust would restart the agent and go on behind the record that caused it."""
        logger.error("%s cannot go on: %r", self.stage.name, error)
        self.failure = self.failure or error
        self.failed.set()

    # --- what Faust calls

    async def _read(self, stream: Any) -> None:
        try:
            async for event in stream.events():
                await self._take(event.message)
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the worker
            self._fail(error)

    async def _take(self, message: Any) -> None:
        seat = self.seats.get(message.partition)
        if seat is None or message.generation_id != self.app.consumer_generation_id:
            return
        if message.value is not None:
            seat.take(_message(self.stage.topic, message), time.monotonic())
            self._wake.set()
        while seat.full and self.seats.get(message.partition) is seat:
            seat.room.clear()
            await seat.room.wait()

    async def _revoked(self, _app: Any, revoked: Iterable[TP], **_: Any) -> None:
        del revoked  # with eager assignment it is always all of them
        await self._settle(REVOKE_S)
        for seat in self.seats.values():
            seat.room.set()
        self.seats.clear()

    async def _restore(self, _app: Any, **_: Any) -> None:
        try:
            generation = self.app.consumer_generation_id
            places = sorted(tp for tp in self.app.consumer.assignment() if tp.topic == self._topic)
            await self._patience.thread(self._store.refresh)
            begins = (
                await self._patience.wait(lambda: self.app.consumer.earliest_offsets(*places))
                if places
                else {}
            )
            ends = await self._patience.wait(lambda: self.app.consumer.highwaters(*places)) if places else {}
            seats = {
                tp.partition: await asyncio.to_thread(self._seat, tp.partition, begins[tp], ends[tp])
                for tp in places
            }
            positions = {tp: max(seats[tp.partition].fold.next, begins[tp]) for tp in places}
            if not await self._commit_restored(generation, positions):
                return  # rebalanced again meanwhile: we are called again
            self.seats = seats
            restored = ", ".join(f"{partition}@{seat.fold.next}" for partition, seat in seats.items())
            logger.info("%s works on partitions %s", self.stage.name, restored or "none")
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    async def _commit_restored(self, generation: int, positions: Mapping[TP, int]) -> bool:
        """Commit where the folds stand; False where the group has moved on meanwhile."""
        deadline = time.monotonic() + REQUEST_S
        while generation == self.app.consumer_generation_id:
            done = await commit(self.app, positions) if positions else True
            if done and positions.keys() <= self.app.consumer.assignment():
                return bool(generation == self.app.consumer_generation_id)
            if time.monotonic() > deadline:
                raise BrokerError(f"positions of {self._topic} could not be committed")
            await asyncio.sleep(TICK_S)
        return False

    def _seat(self, partition: int, begin: int, end: int) -> Seat:
        saved = self._store.snapshot(self.stage.name, partition)
        written = self._store.written(self.stage.name, partition)
        fold = Fold(self.stage, partition, self.transport.partitions(self.stage.topic), saved, written)
        if max(fold.next, written) > end:
            raise SpecError(
                f"{self._topic} partition {partition} ends at {end}, and {self.stage.name} has read up to "
                f"{max(fold.next, written)}: it is another log than it was; use a new prefix"
            )
        if fold.next < begin:
            lost = begin - fold.next
            fold.lost += lost
            self.lost += lost
            logger.error(
                "%s partition %d begins at %d, %d records after the position: they are lost",
                self.stage.topic, partition, begin, lost,
            )  # fmt: skip
        return Seat(fold, max(written, fold.next), time.monotonic())

    # --- the work

    async def _work(self) -> None:
        ticked = time.monotonic()
        try:
            while not self._stopping:
                await self._pause()
                async with self._lock:
                    if time.monotonic() - ticked > BLOCKED_S:
                        self._heard_all()
                    for partition, seat in list(self.seats.items()):
                        await self._step(partition, seat)
                ticked = time.monotonic()
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    async def _pause(self) -> None:
        """Until there is something to fold, or a tick is over."""
        if any(seat.waiting for seat in self.seats.values()):
            return
        if not self._stopping:
            self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), TICK_S)
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_S)

    def _heard_all(self) -> None:
        """The broker was away, or this process paused: nobody knows how long it has been silent."""
        for seat in self.seats.values():
            seat.heard_at = time.monotonic()

    async def _step(self, partition: int, seat: Seat) -> None:
        """Fold what waits, and do what is due."""
        if seat.has_news and not seat.awake:
            await self._wake_up(partition, seat)
        if seat.waiting:
            seat.out += await asyncio.to_thread(seat.fold.apply, seat.next_go())
        now = time.monotonic()
        if seat.flush_due(now):
            await self._flush(seat)
        if seat.out:
            await self._write(seat)
        if seat.snapshot_due(now):
            await self._save(partition, seat)
        if not seat.waiting:
            await self._quiet(partition, seat, now)

    async def _wake_up(self, partition: int, seat: Seat) -> None:
        """Say that this partition is not idle, and wait until all others with news have said so too.

        Where idle partitions were left out until they are read, the first one read would close the windows of all.
        """
        now = time.monotonic()
        if seat.stirred_at is None:
            seat.stirred_at = now
            await self._flush(seat)
            await self._write(seat)
            await send(self.app, self.transport, self._store.awake_records(self.stage.name, partition))
        ends = await self._patience.thread(lambda: self.transport.ends(self.stage.topic))
        await self._patience.thread(self._store.refresh)
        asleep = [
            other
            for other, end in enumerate(ends)
            if other != partition
            and end > self._store.reached(self.stage.name, other)
            and not self._store.awake(self.stage.name, other)
        ]
        if asleep and now - seat.stirred_at < WAKE_S:
            await asyncio.sleep(GATHER_S)
            return
        if asleep:
            logger.warning("%s: partitions %s have news and no worker", self.stage.name, asleep)
        seat.awake, seat.stirred_at = True, None

    async def _quiet(self, partition: int, seat: Seat, now: float) -> None:
        """Say that nothing more comes: after long silence, or where a draining worker has reached the end."""
        if self.draining is not None:
            end = self.draining[partition]
            if seat.idle_said or self._store.reached(self.stage.name, partition) >= end:
                return
            if seat.fold.next >= end or (now - seat.heard_at > TICK_S and await self._at_end(partition)):
                await self._say_idle(partition, seat, max(end, seat.fold.next))
        elif now - seat.heard_at > IDLE_S and not seat.idle_said and await self._at_end(partition):
            await self._say_idle(partition, seat, seat.fold.next)

    async def _at_end(self, partition: int) -> bool:
        """Whether the consumer stands at the end of the log, holes left by transactions passed over."""
        tp = self._place(partition)
        if tp is None:
            return False
        try:
            ends = await self.app.consumer.highwaters(tp)
            return int(await self.app.consumer.position(tp) or 0) >= int(ends[tp])
        except KafkaError:
            return False  # the broker is away: nobody knows

    async def _say_idle(self, partition: int, seat: Seat, offset: int) -> None:
        seat.out += await asyncio.to_thread(seat.fold.flush, idle=True)
        await self._write(seat)
        if self.seats.get(partition) is seat:
            await self._save(partition, seat)
            await send(
                self.app, self.transport, self._store.reached_records(self.stage.name, partition, offset)
            )
            seat.idle_said, seat.awake, seat.written = True, False, seat.fold.next

    async def _flush(self, seat: Seat) -> None:
        seat.out += await asyncio.to_thread(seat.fold.flush)
        seat.flushed_at, seat.flushed_next = time.monotonic(), seat.fold.next

    async def _write(self, seat: Seat) -> None:
        out: list[Outgoing] = seat.out
        seat.out = []
        await send(self.app, self.transport, out)

    async def _save(self, partition: int, seat: Seat) -> None:
        """Write a snapshot, then commit its position; outputs up to it have been acknowledged."""
        if self.seats.get(partition) is not seat:
            return  # revoked meanwhile
        snapshot = await asyncio.to_thread(seat.fold.processor.snapshot)
        name, reached = self.stage.name, seat.fold.next
        if snapshot.position > seat.saved_position:
            *pieces, head = self._store.snapshot_records(name, partition, snapshot)
            await send(self.app, self.transport, pieces)
            await send(self.app, self.transport, [head])
            await self._commit(partition, seat, snapshot.position)
        if snapshot.position < reached and seat.saved_next < reached:
            await send(self.app, self.transport, self._store.written_records(name, partition, reached))
        seat.saved_position = max(snapshot.position, seat.saved_position)
        seat.saved_at, seat.saved_next = time.monotonic(), reached

    async def _commit(self, partition: int, seat: Seat, position: int) -> None:
        place = self._place(partition)
        if place is not None and self.seats.get(partition) is seat:
            await commit(self.app, {place: position})

    def _place(self, partition: int) -> TP | None:
        """The partition as the consumer knows it; None where it has been taken away."""
        for tp in self.app.consumer.assignment():
            if (tp.topic, tp.partition) == (self._topic, partition):
                return tp
        return None

    async def _settle(self, seconds: float) -> None:
        """Write and save everything, if it goes within a bound; what does not is done again by the next owner."""
        try:
            async with asyncio.timeout(seconds), self._lock:
                for partition, seat in list(self.seats.items()):
                    await self._flush(seat)
                    await self._write(seat)
                    await self._save(partition, seat)
        except Exception as error:  # noqa: BLE001
            logger.warning("%s leaves its last outputs to the next owner: %r", self.stage.name, error)


async def commit(app: faust.App, positions: Mapping[TP, int]) -> bool:
    """Commit positions; False where the group has rebalanced meanwhile.

    Faust has no public way to commit a position that is not one behind an acknowledged record: this is the one
    place that knows its private method.
    """
    return bool(await app.consumer._commit(positions))  # noqa: SLF001


def _message(topic: str, message: Any) -> Message:
    append_us = None if message.timestamp is None else round(message.timestamp * 1_000) * 1_000
    headers = tuple((name, value) for name, value in message.headers or ())
    return Message(topic, message.partition, message.offset, append_us, message.key, message.value, headers)
