"""Follow a topic on Kafka, as a member of a consumer group or alone."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, KafkaError

from bellbuoy.transports.address import default_prefix, parse_address
from bellbuoy.transports.clients import client_settings, connect, in_words
from bellbuoy_stream.errors import BrokerError
from bellbuoy_stream.events.message import Message, known_headers
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Iterator

POLL_MS = 500  # one wait for records
CLOSE_MS = 5_000  # for leaving the group


class KafkaFollower:
    """Follows a topic: members of one group share its partitions, and go on where the group stands.

    Parameters
    ----------
    url, prefix
        Which Kafka.
    topic
        Plain name.
    group
        Name of the consumer group; None reads all and keeps no position.

    Raises
    ------
    BrokerError
        Where the broker is away or has no such topic.
    """

    def __init__(self, url: str, prefix: str | None, topic: str, group: str | None) -> None:
        self._address = parse_address(url)
        self._topic = topic
        self._group = group
        topics = Topics(default_prefix() if prefix is None else prefix)
        name = topics.physical(topic)
        with self._errors():
            self._consumer: Any = connect(
                KafkaConsumer,
                **client_settings(self._address),
                group_id=None if group is None else topics.physical(group),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
            )
            partitions = self._consumer.partitions_for_topic(name)
            if not partitions:
                self.close()
                raise BrokerError(
                    f"Kafka at {self._address.place} has no topic {name}; run `bellbuoy topics create`"
                )
            places = [TopicPartition(name, partition) for partition in sorted(partitions)]
            self._goal: dict[Any, int] = self._consumer.end_offsets(places)
            if group is None:
                self._consumer.assign(places)
            else:
                self._consumer.subscribe([name])

    def poll(self) -> list[Message]:
        """Return the next records, those appended earlier first."""
        with self._errors():
            polled = self._consumer.poll(timeout_ms=POLL_MS)
        found = [
            Message(
                self._topic,
                at.partition,
                at.offset,
                at.timestamp * 1_000,
                at.key,
                at.value,
                known_headers(at.headers),
            )
            for records in polled.values()
            for at in records
            if at.value is not None
        ]
        return sorted(found, key=lambda message: (message.append_us or 0, message.partition, message.offset))

    def done_with(self, message: Message) -> None:
        """Commit the group's position behind a record, unless its partition has gone to another member."""
        if self._group is None:
            return
        place = next(place for place in self._goal if place.partition == message.partition)
        with self._errors(), suppress(CommitFailedError):
            self._consumer.commit({place: OffsetAndMetadata(message.offset + 1, "", -1)})

    def caught_up(self) -> bool:
        """Whether everything has been read that was there when this follower began, as far as it is ours."""
        with self._errors():
            if not any(self._goal.values()):
                return True
            mine = self._consumer.assignment()
            return bool(mine) and all(self._consumer.position(place) >= self._goal[place] for place in mine)

    def close(self) -> None:
        """Leave the group."""
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise BrokerError(in_words(error, self._address)) from error
