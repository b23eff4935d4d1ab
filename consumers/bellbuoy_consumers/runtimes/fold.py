"""Poll, decode, fold, encode: written once, for every runtime."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import Envelope, decode, encode
from bellbuoy_stream.events.message import Outgoing
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.processors.protocol import Emit, Position, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.message import Headers, Message
    from bellbuoy_stream.processors.protocol import Output, Processor, Snapshot

    Build = Callable[[int, int, Snapshot | None], Processor]
    """Makes a processor of (partition, partitions, saved state)."""

logger = logging.getLogger(__name__)

DEADLETTER = "bellbuoy.deadletter"
CUT = "bellbuoy_cut"
"""Header of a dead letter that could not be kept whole: what was cut, ``value``, ``headers`` or both."""
HEADER_BYTES = 50_000  # of a foreign record's headers; a broker takes 1,048,588 bytes in all
POSITION = "bellbuoy_position"
"""Header of every output: ``<stage>/<partition>/<offset>`` of the last record that it was made from.

After a crash a fold says again what it said since its snapshot, with the same ``ce_id``, position and bytes: readers
of windows and alerts drop repeats by ``ce_id``, readers of panes need not (law 3), others may go by position.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A kind of processor and the topic it folds; ``after`` names the stage whose output it reads."""

    name: str
    topic: str
    build: Build
    after: str | None = None


class Fold:
    """A processor on one partition: messages in, records to write out.

    Parameters
    ----------
    stage, partition, partitions
        What is folded.
    saved
        The processor's latest snapshot, or None to begin with the log.
    quiet_below
        Outputs of messages below this offset have been written already, and are not written again.
    """

    def __init__(
        self,
        stage: Stage,
        partition: int,
        partitions: int,
        saved: Snapshot | None = None,
        quiet_below: int = 0,
    ) -> None:
        self.stage = stage
        self.partition = partition
        self.processor = stage.build(partition, partitions, saved)
        self.next = saved.position if saved else 0
        self.lost = self.records = self.dead = 0
        self._quiet_below = quiet_below
        self._source = f"bellbuoy/{stage.name}/{partition}"

    def apply(self, messages: Sequence[Message]) -> list[Outgoing]:
        """Fold messages in order; those at or below the position are skipped."""
        out: list[Outgoing] = []
        for message in messages:
            if message.offset < self.next:
                continue
            written = self._fold(message)
            self.records += 1
            self.next = message.offset + 1
            if message.offset >= self._quiet_below:
                out += written
        return out

    def lose(self, records: int) -> None:
        """Write down that records were deleted from the log before they were folded."""
        self.lost += records
        logger.error(
            "%s lost %d records of partition %d: they were deleted before it read them",
            self.stage.name, records, self.partition,
        )  # fmt: skip

    def flush(self, *, idle: bool = False) -> list[Outgoing]:
        """What the processor has to say between messages."""
        written = [
            self._outgoing(output, self.next - 1)
            for output in self.processor.flush(idle=idle)
            if isinstance(output, Emit)
        ]
        return written if self.next >= self._quiet_below else []

    def _fold(self, message: Message) -> list[Outgoing]:
        try:
            event = decode(message.value, message.headers)
        except EventError as error:
            return [self._dead(message, Reject(error.reason, error.detail))]
        at = Position(message.partition, message.offset, message.append_us)
        return [self._written(message, output) for output in self.processor.on_event(event, at)]

    def _written(self, message: Message, output: Output) -> Outgoing:
        return (
            self._dead(message, output)
            if isinstance(output, Reject)
            else self._outgoing(output, message.offset)
        )

    def _outgoing(self, output: Emit, offset: int) -> Outgoing:
        envelope = Envelope(id=_event_id(output.event), source=self._source)
        body, headers = encode(output.event, "msgpack", envelope)
        position = (POSITION, f"{self.stage.name}/{self.partition}/{offset}".encode())
        return Outgoing(f"bellbuoy.{output.topic}", output.key.encode(), body, (*headers, position))

    def _dead(self, message: Message, reject: Reject) -> Outgoing:
        """The original bytes and headers, with reason and position beside them; what is too long is cut, and said."""
        self.dead += 1
        key = f"{message.topic}/{message.partition}".encode()
        value, headers = message.value[: MAX_RECORD_BYTES - len(key)], _bounded(message.headers)
        cut = [
            name
            for name, kept, whole in (("value", value, message.value), ("headers", headers, message.headers))
            if len(kept) < len(whole)
        ]
        where = (
            ("bellbuoy_reason", reject.reason.encode()),
            ("bellbuoy_detail", reject.detail.encode("utf-8", "replace")[:2_000]),
            ("bellbuoy_topic", message.topic.encode()),
            ("bellbuoy_partition", str(message.partition).encode()),
            ("bellbuoy_offset", str(message.offset).encode()),
        )
        said = ((CUT, ",".join(cut).encode()),) if cut else ()
        return Outgoing(DEADLETTER, key, value, (*headers, *where, *said))


def _bounded(headers: Headers) -> Headers:
    """The first headers, as many as fit beside a record of the largest size."""
    kept, room = [], HEADER_BYTES
    for name, value in headers:
        room -= len(name.encode()) + len(value)
        if room < 0:
            break
        kept.append((name, value))
    return tuple(kept)


def _event_id(event: Event) -> str | None:
    """Id of what has one by content; None: the digest of the body."""
    if isinstance(event, Alert):
        return event.id
    return f"{event.id}/{event.revision}" if isinstance(event, WindowReport) else None
