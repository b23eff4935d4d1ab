"""Values larger than a record, on a compacted topic: pieces first, the head last.

Two slots take turns, so that pieces of a new value never overwrite those that the last head points to.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.events.ids import digest_of
from bellbuoy_stream.events.message import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.events.message import Message

PIECE_BYTES = 800_000
COMPRESSION = 1  # counters compress well at the fastest level


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a value is made of; ``inline`` holds it where it fits one record."""

    digest: str
    pieces: int
    slot: int = 0
    position: int = 0
    inline: bytes = b""


def blob_records(
    topic: str, key: str, data: bytes, *, slot: int = 0, position: int = 0, partition: int | None = None
) -> Iterator[Outgoing]:
    """Records that hold a value under a key, in the order in which they must be written."""
    packed = zlib.compress(data, COMPRESSION)
    pieces = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
    if len(pieces) == 1:
        head = Head(digest_of(packed), 0, slot, position, packed)
    else:
        for number, piece in enumerate(pieces):
            yield Outgoing(topic, f"{key}#{slot}.{number}".encode(), piece, (), partition)
        head = Head(digest_of(packed), len(pieces), slot, position)
    yield Outgoing(topic, key.encode(), msgspec.msgpack.encode(head), (), partition)


class BlobReader:
    """Puts values together again from the records of a topic, read in order.

    Examples
    --------
    >>> from bellbuoy_stream.events.message import Message
    >>> reader = BlobReader()
    >>> for offset, record in enumerate(blob_records("t", "a", b"hello", position=7)):
    ...     reader.take(Message("t", 0, offset, None, record.key, record.value))
    >>> reader.values["a"]
    (7, b'hello')
    """

    def __init__(self) -> None:
        self.values: dict[str, tuple[int, bytes]] = {}
        self.slots: dict[str, int] = {}
        self._pieces: dict[str, bytes] = {}

    def take(self, message: Message) -> None:
        """Take the next record; what is not a value of ours is passed over."""
        key = (message.key or b"").decode("utf-8", "replace")
        if "#" in key:
            self._pieces[key] = message.value
            return
        try:
            head = msgspec.msgpack.decode(message.value, type=Head)
        except msgspec.DecodeError:
            return
        names = [f"{key}#{head.slot}.{number}" for number in range(head.pieces)]
        packed = b"".join(self._pieces.pop(name, b"") for name in names) if names else head.inline
        if digest_of(packed) != head.digest:
            return
        with suppress(zlib.error):
            self.values[key] = (head.position, zlib.decompress(packed))
            self.slots[key] = head.slot
