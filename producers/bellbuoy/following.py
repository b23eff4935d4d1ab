"""Follow a topic: where a group stands is kept by Kafka, or in the SQLite file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from bellbuoy.transports import open_transport
from bellbuoy.transports.address import default_url, parse_address
from bellbuoy.transports.sqlite import SqliteTransport

if TYPE_CHECKING:
    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.message import Message

READ_LIMIT = 500
POLL_S = 0.25  # between looks into a file; Kafka is waited for
_POSITIONS = """
CREATE TABLE IF NOT EXISTS group_positions (
    name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (name, topic, partition)
) WITHOUT ROWID
"""


class Follower(Protocol):
    """Reads a topic from where its group stands."""

    def poll(self) -> list[Message]:
        """Return the next records, none where there are none yet; may wait a moment for them."""

    def done_with(self, message: Message) -> None:
        """Move the group's position behind a record."""

    def caught_up(self) -> bool:
        """Whether everything has been read that was there when this follower began."""

    def close(self) -> None:
        """Let go of connections."""


def open_follower(url: str | None, prefix: str | None, topic: str, group: str | None) -> Follower:
    """Follow a topic on the log that a URL names; a new group begins at the topic's first record.

    Raises
    ------
    SpecError
        Where the URL is none.
    BrokerError
        Where the broker is away or has no such topic.
    """
    if parse_address(url or default_url()).scheme == "kafka":
        from bellbuoy.following_kafka import KafkaFollower  # noqa: PLC0415  # heavy

        return KafkaFollower(url or default_url(), prefix, topic, group)
    return LogFollower(open_transport(url, prefix), topic, group)


class LogFollower:
    """Follows a topic of a file or of memory.  Members of a group take turns: a record goes to who is first.

    Parameters
    ----------
    transport
        The log; closed by :meth:`close`.
    topic
        Plain name.
    group
        Whose position is kept; None reads all and keeps none.
    """

    def __init__(self, transport: Transport, topic: str, group: str | None) -> None:
        self._transport = transport
        self._topic = topic
        self._group = None if group is None else transport.topics.physical(group)
        self._next = dict.fromkeys(range(transport.partitions(topic)), 0)
        self._goal = transport.ends(topic)
        self._load()

    def poll(self) -> list[Message]:
        """Return the next records of all partitions, those appended earlier first."""
        found = [
            message
            for partition, offset in self._next.items()
            for message in self._transport.read(self._topic, partition, offset, READ_LIMIT)
        ]
        for message in found:
            self._next[message.partition] = message.offset + 1
        if not found:
            time.sleep(POLL_S)
        return sorted(found, key=lambda message: (message.append_us or 0, message.partition, message.offset))

    def done_with(self, message: Message) -> None:
        """Move the group's position behind a record, never back."""
        if self._group is None or not isinstance(self._transport, SqliteTransport):
            return
        with self._transport.transaction() as connection:
            connection.execute(
                "INSERT INTO group_positions VALUES (?, ?, ?, ?) ON CONFLICT (name, topic, partition) "
                "DO UPDATE SET offset = max(offset, excluded.offset)",
                (
                    self._group,
                    self._transport.topics.physical(self._topic),
                    message.partition,
                    message.offset + 1,
                ),
            )

    def caught_up(self) -> bool:
        """Whether everything has been read that was there when this follower began."""
        return all(self._next[partition] >= end for partition, end in enumerate(self._goal))

    def close(self) -> None:
        """Close the log."""
        self._transport.close()

    def _load(self) -> None:
        if self._group is None or not isinstance(self._transport, SqliteTransport):
            return
        with self._transport.transaction() as connection:
            connection.execute(_POSITIONS)
            name = self._transport.topics.physical(self._topic)
            query = "SELECT partition, offset FROM group_positions WHERE name = ? AND topic = ?"
            self._next.update(connection.execute(query, (self._group, name)).fetchall())
