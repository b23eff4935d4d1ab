"""The worker on Kafka: stages side by side, each in a consumer group of its own."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from typing import TYPE_CHECKING

from bellbuoy.transports.address import parse_address
from bellbuoy.transports.admin import create_topics as make_topics
from bellbuoy.transports.kafka import KafkaTransport
from bellbuoy.transports.security import security_from_environment
from bellbuoy_consumers.runtimes.faust.host import StageHost
from bellbuoy_consumers.runtimes.faust.patience import Patience
from bellbuoy_consumers.runtimes.faust.store import StateStore
from bellbuoy_stream.errors import BrokerError, SpecError
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bellbuoy.transports.protocol import Transport
    from bellbuoy.transports.security import Security
    from bellbuoy_consumers.runtimes.fold import Fold, Stage

POLL_S = 0.1  # how often is looked, while draining, whether all has been worked off
BUSY_S = (
    1.0  # how long nobody looks while there is work here: the last records may be a hole, so not for ever
)
STOP_POLL_S = 0.5  # how often is looked whether to stop


class FaustWorker:
    """Runs stages on Kafka, alone or beside others: partitions are shared out among all workers.

    Parameters
    ----------
    url
        ``kafka://host:9092[,host:9092]``.
    stages
        Which stages, each after the one whose output it reads.
    prefix
        Stands before every topic and group.
    security
        How to connect; by default what the environment says.
    create_topics
        Make topics that are missing, instead of refusing to start.
    """

    def __init__(
        self,
        url: str,
        stages: Sequence[Stage],
        prefix: str = "",
        *,
        security: Security | None = None,
        create_topics: bool = False,
    ) -> None:
        self.address = parse_address(url)
        if self.address.scheme != "kafka":
            raise SpecError(f"{url!r} is no address of Kafka; write kafka://host:9092")
        self.stages = stages
        self.topics = Topics(prefix)
        self.security = security or security_from_environment()
        self.create_topics = create_topics
        self._hosts: list[StageHost] = []

    def folds(self) -> list[Fold]:
        """The folds of the partitions that this worker has now."""
        return [seat.fold for host in self._hosts for seat in list(host.seats.values())]

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; then write, save, commit and leave the groups.

        Raises
        ------
        BrokerError
            Where the broker is away at the start, or stays away for ten minutes.
        SpecError
            Where a topic has another number of partitions than when its log began.
        """
        asyncio.run(self._run(stop, drain=False))

    def drain(self, stop: threading.Event | None = None) -> None:
        """Work off everything that is in the log now, stage by stage, then say that nothing more comes.

        Several workers may drain at once: each returns when all partitions have been worked off, whoever did it.
        Raises as :meth:`run` does.
        """
        asyncio.run(self._run(stop or threading.Event(), drain=True))

    async def _run(self, stop: threading.Event, *, drain: bool) -> None:
        transport = KafkaTransport(self.address, self.topics, self.security)
        patience = Patience(stop)
        hosts = self._hosts = []
        try:
            store = StateStore(transport)
            await asyncio.to_thread(self._prepare, transport, store)
            first = {
                stage.name: await asyncio.to_thread(transport.ends, stage.topic) for stage in self.stages
            }
            hosts += [
                StageHost(stage, self.address, self.security, transport, store, patience)
                for stage in self.stages
            ]
            await asyncio.gather(*(host.start() for host in hosts))
            await self._until_over(
                hosts, stop, self._drained(hosts, first, store, patience) if drain else None
            )
        finally:
            await _stop_all(hosts)
            await asyncio.to_thread(transport.close)
        for host in hosts:
            if host.failure is not None:
                raise host.failure

    def _prepare(self, transport: KafkaTransport, store: StateStore) -> None:
        """Check that topics are there, and have as many partitions as ever."""
        if self.create_topics:
            make_topics(self.address, self.topics, security=self.security)
        for topic in Topics.ALL:
            transport.partitions(topic.name)
        store.refresh()
        for stage in self.stages:
            self._check_log(stage, transport, store)
            now, before = transport.partitions(stage.topic), store.partitions(stage.name)
            if not before:
                transport.append(store.partitions_records(stage.name, now))
            elif now != before:
                raise SpecError(
                    f"{self.topics.physical(stage.topic)} has {now} partitions and had {before} when {stage.name} "
                    "first read it: the number of partitions of a log never changes; use a new prefix"
                )

    def _check_log(self, stage: Stage, transport: KafkaTransport, store: StateStore) -> None:
        """A topic that was deleted and made again under its name is another log: positions mean nothing in it."""
        now, before = transport.identity(stage.topic), store.log(stage.name)
        if not before:
            transport.append(store.log_records(stage.name, now))
        elif now != before:
            raise SpecError(
                f"{self.topics.physical(stage.topic)} is another topic ({now}) than the one that {stage.name} has "
                f"read ({before}): it was deleted and made again; use a new prefix"
            )

    @staticmethod
    async def _until_over(
        hosts: list[StageHost], stop: threading.Event, drained: Coroutine[None, None, None] | None
    ) -> None:
        """Wait until told to stop, until a host has failed, or until all has been worked off."""
        watched = [asyncio.ensure_future(host.ended()) for host in hosts]
        watched.append(asyncio.ensure_future(_told(stop)))
        if drained is not None:
            watched.append(asyncio.ensure_future(drained))
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in watched:
                one.cancel()
            await asyncio.gather(*watched, return_exceptions=True)

    async def _drained(
        self, hosts: list[StageHost], first: dict[str, list[int]], store: StateStore, patience: Patience
    ) -> None:
        """Return when every partition of every stage has been worked off, derived stages after their sources."""
        ours = {stage.name for stage in self.stages}
        for host in hosts:
            stage = host.desk.stage
            ends = first[stage.name]
            if stage.after in ours:
                ends = await patience.thread(lambda: host.desk.transport.ends(stage.topic))  # noqa: B023
            host.drain(ends)
            looked = functools.partial(_worked_off, stage, ends, host.desk.transport, store)
            while not await patience.thread(looked):
                busy_until = time.monotonic() + BUSY_S
                await asyncio.sleep(POLL_S)  # only the log itself says so
                while host.behind() and time.monotonic() < busy_until:  # noqa: ASYNC110  # folds move in threads
                    await asyncio.sleep(POLL_S)


def _worked_off(stage: Stage, ends: list[int], transport: Transport, store: StateStore) -> bool:
    """Whether all below some ends has been said: idleness too, but of partitions into which more has come since."""
    store.refresh()
    open_ones = [at for at, end in enumerate(ends) if store.reached(stage.name, at) < end]
    if any(store.flushed(stage.name, at) < ends[at] for at in open_ones):
        return False
    now = transport.ends(stage.topic) if open_ones else ends
    return all(now[at] > ends[at] for at in open_ones)


async def _told(stop: threading.Event) -> None:
    while not stop.is_set():  # noqa: ASYNC110  # the event belongs to threads and signal handlers
        await asyncio.sleep(STOP_POLL_S)


async def _stop_all(hosts: list[StageHost]) -> None:
    results = await asyncio.gather(*(host.stop() for host in hosts), return_exceptions=True)
    for host, result in zip(hosts, results, strict=True):
        if isinstance(result, BaseException) and host.failure is None:
            host.failure = BrokerError(
                f"{host.desk.stage.name} could not leave its group in time ({result!r})"
            )
