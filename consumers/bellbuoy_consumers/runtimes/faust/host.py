"""One stage on Kafka: a Faust application that feeds folds.

A partition is restored when a rebalance is complete: its snapshot's position is committed, and Faust seeks to exactly
there.  So whatever an earlier owner, or a paused one, has left behind, the fold goes on from a state that was written,
and repeats of outputs are equal to what they repeat.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from bellbuoy_consumers.runtimes.faust.desk import Desk
from bellbuoy_consumers.runtimes.faust.seat import Seat
from bellbuoy_consumers.runtimes.faust.settings import REQUEST_S, make_app
from bellbuoy_consumers.runtimes.fold import Fold
from bellbuoy_stream.errors import BrokerError, SpecError
from bellbuoy_stream.events.message import Message, known_headers

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

logger = logging.getLogger(__name__)

GATHER_S = 0.05  # records that come this close together are folded together
TICK_S = 1.0  # how often is looked whether something is due
BLOCKED_S = 5.0  # a round that took longer says nothing about silence
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
        For look-ups.
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
        self.app: faust.App = make_app(transport.topics.physical(f"bellbuoy.{stage.name}"), address, security)
        self.desk = Desk(stage, self.app, transport, store, patience)
        self.seats: dict[int, Seat] = {}
        self.failure: BaseException | None = None
        self._failed = asyncio.Event()
        self._ends: list[int] | None = None
        self._stopping = False
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._work: asyncio.Task[None] | None = None
        # without acknowledgements Faust commits nothing by itself, and keeps no list of what is open
        source = self.app.topic(self.desk.topic, key_type=bytes, value_type=bytes, acks=False)
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
        self._work = asyncio.create_task(self._work_on(), name=f"{self.desk.stage.name} work")

    async def stop(self) -> None:
        """Write what is left, snapshot, commit, leave the group; each with a bound."""
        self._stopping = True
        self._wake.set()
        if self._work is not None:
            _, hanging = await asyncio.wait([self._work], timeout=SETTLE_S)
            if not hanging and self.failure is None and not self.app.crashed:
                await self._settle(SETTLE_S)
            self._work.cancel()
        self._leave_all()
        await asyncio.wait_for(self.app.stop(), STOP_S)

    async def ended(self) -> None:
        """Return when this host has failed, by our fault or Faust's."""
        watched = [
            asyncio.ensure_future(self._failed.wait()),
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
        self._ends = ends
        self._wake.set()

    def behind(self) -> bool:
        """Whether a partition that this worker has is known to be short of the end that it drains to."""
        ends = self._ends or []
        return any(seat.fold.next < ends[seat.partition] for seat in list(self.seats.values()) if ends)

    def _fail(self, error: BaseException) -> None:
        """An error is fatal: Faust would restart the agent and go on behind the record that caused it."""
        logger.error("%s cannot go on: %r", self.desk.stage.name, error)
        self.failure = self.failure or error
        self._failed.set()

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
            seat.take(_message(self.desk.stage.topic, message))
            self._wake.set()
        while seat.full and seat.live:
            seat.room.clear()
            await seat.room.wait()

    async def _revoked(self, _app: Any, revoked: Iterable[TP], **_: Any) -> None:
        del revoked  # with eager assignment it is always all of them
        await self._settle(REVOKE_S)
        self._leave_all()

    async def _restore(self, _app: Any, **_: Any) -> None:
        try:
            generation = self.app.consumer_generation_id
            seats = await self._seats()
            positions = {place: seat.fold.next for place, seat in seats.items()}
            if not await self._commit(generation, positions):
                return  # rebalanced again meanwhile: we are called again
            self._leave_all()  # a rebalance that was overtaken by another one may have left some
            self.seats = {seat.partition: seat for seat in seats.values()}
            restored = ", ".join(f"{seat.partition}@{seat.fold.next}" for seat in seats.values())
            logger.info("%s works on partitions %s", self.desk.stage.name, restored or "none")
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    async def _seats(self) -> dict[TP, Seat]:
        """The assigned partitions as their latest snapshots left them."""
        desk = self.desk
        await desk.patience.thread(desk.store.refresh)
        begins, ends = await desk.begins(), await desk.ends()
        places = sorted(place for place in self.app.consumer.assignment() if place.topic == desk.topic)
        return {
            place: await asyncio.to_thread(
                self._seat, place.partition, begins[place.partition], ends[place.partition]
            )
            for place in places
        }

    def _seat(self, partition: int, begin: int, end: int) -> Seat:
        stage, store = self.desk.stage, self.desk.store
        written = store.written(stage.name, partition)
        partitions = self.desk.transport.partitions(stage.topic)
        fold = Fold(stage, partition, partitions, store.snapshot(stage.name, partition), written)
        if max(fold.next, written) > end:
            raise SpecError(
                f"{self.desk.topic} partition {partition} ends at {end}, and {stage.name} has read up to "
                f"{max(fold.next, written)}: it is another log than it was; use a new prefix"
            )
        if fold.next < begin:
            fold.lose(begin - fold.next)
            fold.next = begin
        return Seat(partition, fold, max(written, fold.next), self.desk)

    async def _commit(self, generation: int, positions: Mapping[TP, int]) -> bool:
        """Commit where the folds stand; False where the group has moved on meanwhile."""
        deadline = time.monotonic() + REQUEST_S
        while generation == self.app.consumer_generation_id:
            done = await self.desk.commit(positions) if positions else True
            if done and positions.keys() <= self.app.consumer.assignment():
                return bool(generation == self.app.consumer_generation_id)
            if time.monotonic() > deadline:
                raise BrokerError(f"positions of {self.desk.topic} could not be committed")
            await asyncio.sleep(TICK_S)
        return False

    # --- the work

    async def _work_on(self) -> None:
        try:
            while not self._stopping:
                await self._pause()
                began = time.monotonic()
                async with self._lock:
                    for seat in list(self.seats.values()):
                        await seat.step(None if self._ends is None else self._ends[seat.partition])
                    if time.monotonic() - began > BLOCKED_S:
                        # the broker was away, or this process: nobody knows how long it has been silent
                        for seat in self.seats.values():
                            seat.heard()
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    async def _pause(self) -> None:
        """Until there is something to fold, or a tick is over."""
        if any(seat.full for seat in self.seats.values()):
            return
        if not self._stopping and not any(seat.waiting for seat in self.seats.values()):
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), TICK_S)
            except TimeoutError:
                return
            await asyncio.sleep(GATHER_S)

    async def _settle(self, seconds: float) -> None:
        """Write and save everything, if it goes within a bound; what does not is done again by the next owner."""
        try:
            async with asyncio.timeout(seconds), self._lock:
                for seat in list(self.seats.values()):
                    await seat.settle()
        except Exception as error:  # noqa: BLE001
            logger.warning("%s leaves its last outputs to the next owner: %r", self.desk.stage.name, error)

    def _leave_all(self) -> None:
        for seat in self.seats.values():
            seat.leave()
        self.seats = {}


def _message(topic: str, message: Any) -> Message:
    append_us = None if message.timestamp is None else round(message.timestamp * 1_000) * 1_000
    headers = known_headers(message.headers)
    return Message(topic, message.partition, message.offset, append_us, message.key, message.value, headers)
