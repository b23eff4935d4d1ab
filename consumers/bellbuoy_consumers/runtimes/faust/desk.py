"""What the partitions of one stage share: the broker, the log, the snapshots."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.faust.sending import send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import faust
    from faust.types import TP

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_consumers.runtimes.faust.patience import Patience
    from bellbuoy_consumers.runtimes.faust.store import StateStore
    from bellbuoy_consumers.runtimes.fold import Stage
    from bellbuoy_stream.events.message import Message, Outgoing

READ_RECORDS = 64


@dataclass(frozen=True, slots=True)
class Desk:
    """Reads and writes for one stage.

    Attributes
    ----------
    stage
        What is folded.
    app
        Its application, for writing and committing.
    transport
        For looking things up: names, partition counts, ends, and records that Faust has skipped.
    store
        Snapshots and notes.
    patience
        How long an outage may last.
    """

    stage: Stage
    app: faust.App
    transport: Transport
    store: StateStore
    patience: Patience

    @property
    def topic(self) -> str:
        """The broker's name of what is folded."""
        return self.transport.topics.physical(self.stage.topic)

    async def send(self, records: Iterable[Outgoing]) -> None:
        """Write records, and return when they have been acknowledged."""
        await send(self.app, self.transport, records)

    async def between(self, partition: int, offset: int, end: int) -> list[Message]:
        """The next records in [offset, end), some at a time; none where the log has a hole there."""
        topic = self.stage.topic
        found = await self.patience.thread(
            lambda: self.transport.read(topic, partition, offset, READ_RECORDS)
        )
        return [message for message in found if message.offset < end]

    async def ends(self) -> list[int]:
        """Where each partition ends now."""
        return await self.patience.thread(lambda: self.transport.ends(self.stage.topic))

    async def begins(self) -> list[int]:
        """Where each partition begins now."""
        return await self.patience.thread(lambda: self.transport.begins(self.stage.topic))

    def seen_end(self, partition: int) -> int:
        """Where the partition ended when its consumer last heard of it; no request is made."""
        place = self.place(partition)
        with suppress(
            AssertionError
        ):  # taken away since the line above: the consumer has a thread of its own
            return 0 if place is None else int(self.app.consumer.highwater(place) or 0)
        return 0

    def place(self, partition: int) -> TP | None:
        """The partition as the consumer knows it; None where it has been taken away."""
        for place in self.app.consumer.assignment():
            if (place.topic, place.partition) == (self.topic, partition):
                return place
        return None

    async def commit(self, positions: Mapping[TP, int]) -> bool:
        """Commit positions; False where the group has rebalanced meanwhile.

        Faust has no public way to commit a position that is not one behind an acknowledged record: this is the one
        place that knows its private method.
        """
        return bool(await self.app.consumer._commit(positions))  # noqa: SLF001
