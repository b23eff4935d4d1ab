"""A log in memory, shared by its name within the process: for tests and for ``bellbuoy.testing``."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from bellbuoy.transports.protocol import check_sizes, partition_for
from bellbuoy_stream.events.message import Message
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.message import Outgoing

Log = dict[str, list[list[Message]]]
_LOCK = threading.Lock()
_LOGS: dict[str, Log] = defaultdict(dict)


class MemoryTransport:
    """A log in memory; two transports of one name share it until :func:`forget` is called.

    Parameters
    ----------
    name
        Which log.
    topics
        The prefix that stands before every topic.
    """

    def __init__(self, name: str, topics: Topics | None = None) -> None:
        self.topics = topics or Topics()
        self._log = _LOGS[name]

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Write records; see :meth:`Transport.append <bellbuoy.transports.protocol.Transport.append>`."""
        check_sizes(messages)
        with _LOCK:
            places = [self._partitions(message.topic) for message in messages]
            routed = [partition_for(message, len(at)) for message, at in zip(messages, places, strict=True)]
            now_us = time.time_ns() // 1_000
            for (topic, key, value, headers, _), at, partition in zip(messages, places, routed, strict=True):
                log = at[partition]
                log.append(Message(topic, partition, len(log), now_us, key, value, headers))

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return len(self._partitions(topic))

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Message]:
        """Return up to ``limit`` records from an offset on."""
        with _LOCK:
            return self._partitions(topic)[partition][offset : offset + limit]

    def begins(self, topic: str) -> list[int]:
        """Return zeros: memory forgets nothing."""
        return [0] * self.partitions(topic)

    def ends(self, topic: str) -> list[int]:
        """Return the offset that the next record of each partition will get."""
        with _LOCK:
            return [len(records) for records in self._partitions(topic)]

    def close(self) -> None:
        """Do nothing: the log stays until it is forgotten."""

    def _partitions(self, topic: str) -> list[list[Message]]:
        name = self.topics.physical(topic)
        if name not in self._log:
            self._log[name] = [[] for _ in range(Topics.named(topic).partitions)]
        return self._log[name]


def forget(name: str) -> None:
    """Drop the log of a name; transports that hold it keep their copy."""
    _LOGS.pop(name, None)
