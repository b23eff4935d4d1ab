"""The seam between Bellbuoy and a log: few methods, all of them blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.message import Message, Outgoing
    from bellbuoy_stream.events.topics import Topics


class Transport(Protocol):
    """A log of topics and partitions.

    Topics go by their plain names, such as ``bellbuoy.events``; the transport puts the prefix before them.
    All methods may be called from any thread of the process that opened the transport, and from no other
    process: a child after ``fork`` opens its own.
    """

    topics: Topics

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Write records, and return when the log has acknowledged all of them.

        Raises
        ------
        AppendError
            Where some were not acknowledged; ``unsent`` says which.
        InputError
            Where a record is over the limit of 900,000 bytes; nothing was written then.
        """

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic.

        Raises
        ------
        BrokerError
            Where the broker is away or has no such topic.
        """

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Message]:
        """Return up to ``limit`` records from an offset on, at once: an empty list where there are none yet.

        A list that begins after ``offset`` says that the log no longer has what lay between.

        Raises
        ------
        BrokerError
            Where the broker is away or has no such topic.
        """

    def begins(self, topic: str) -> list[int]:
        """Return the first offset that each partition still holds."""

    def ends(self, topic: str) -> list[int]:
        """Return the offset that the next record of each partition will get."""

    def close(self) -> None:
        """Let go of connections; a closed transport is not used again."""


def partition_for(message: Outgoing, partitions: int) -> int:
    """Partition of a record: the one it names, or else CRC-32 of its key (of nothing, without a key).

    Raises
    ------
    InputError
        Where it names a partition that does not exist.

    Examples
    --------
    >>> from bellbuoy_stream.events.message import Outgoing
    >>> partition_for(Outgoing("t", b"flights", b""), 4), partition_for(Outgoing("t", None, b"", (), 3), 4)
    (2, 3)
    """
    if message.partition is None:
        return crc32(message.key or b"") % partitions
    if not 0 <= message.partition < partitions:
        raise InputError(f"topic {message.topic} has {partitions} partitions, and a record names number {message.partition}")  # fmt: skip  # noqa: E501
    return message.partition


def check_sizes(messages: Sequence[Outgoing]) -> None:
    """Refuse records that a broker with default settings would refuse.

    Raises
    ------
    InputError
        Where key and value together exceed 900,000 bytes.
    """
    for message in messages:
        size = len(message.value) + len(message.key or b"")
        if size > MAX_RECORD_BYTES:
            raise InputError(f"a record of {size} bytes for {message.topic} is over the limit of {MAX_RECORD_BYTES}: split it")  # fmt: skip  # noqa: E501
