"""A log on Apache Kafka: an idempotent producer, and a consumer that is told where to read."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from bellbuoy.transports.clients import (
    CONNECT_MS,
    LARGEST_REQUEST_BYTES,
    REFUSALS,
    REQUEST_MS,
    client_settings,
    connect,
    in_words,
)
from bellbuoy.transports.protocol import check_sizes, partition_for
from bellbuoy_stream.errors import AppendError, BrokerError
from bellbuoy_stream.events.message import Message, known_headers
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellbuoy.transports.address import Address
    from bellbuoy.transports.security import Security
    from bellbuoy_stream.events.message import Outgoing

GRACE_MS = 1_000  # for the other records of an append, once one of them has not been acknowledged
DELIVERY_MS = 30_000  # how long the client itself goes on trying; the caller decides what happens then
CLOSE_S = 1  # for the clients' threads to end
FETCH_MS = 250  # one wait for a fetch; ``read`` never waits for records that are not there yet


class KafkaTransport:
    """A log on Kafka.  The producer and the consumer connect when they are first needed.

    Writes wait for all in-sync replicas and are idempotent: what the client itself sends again is stored
    once.  Only committed records are read.  Topics are never created here (``bellbuoy topics create`` does).

    Parameters
    ----------
    address
        Servers to begin with.
    topics
        The prefix that stands before every topic.
    security
        How to connect; by default what the environment says.

    Raises
    ------
    SpecError
        Where the environment's security settings are impossible.
    """

    def __init__(
        self, address: Address, topics: Topics | None = None, security: Security | None = None
    ) -> None:
        self.address = address
        self.topics = topics or Topics()
        self._settings = client_settings(address, security)
        self._producer: Any = None
        self._consumer: Any = None
        self._opening = threading.Lock()  # one producer, which many threads may use
        self._reading = threading.RLock()  # a consumer belongs to one thread at a time
        self._counts: dict[str, int] = {}

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Write records and wait until all in-sync replicas have them, 30 s at most."""
        check_sizes(messages)
        if not messages:
            return
        places = range(len(messages))
        with self._errors(tuple(places)):
            producer = self._open_producer()
            partitions = [partition_for(message, self.partitions(message.topic)) for message in messages]
        sent: dict[int, Any] = {}
        failures: dict[int, KafkaError] = {}
        for place, message in enumerate(messages):
            try:
                sent[place] = producer.send(
                    self.topics.physical(message.topic),
                    value=message.value,
                    key=message.key,
                    headers=list(message.headers),
                    partition=partitions[place],
                )
            except KafkaError as error:
                failures[place] = error
                break
        deadline = time.monotonic() + (DELIVERY_MS + REQUEST_MS) / 1_000
        for place, future in sent.items():
            try:
                future.get(timeout=max(deadline - time.monotonic(), 0.0))
            except KafkaError as error:
                # an idempotent producer that has given up on one record may leave the others for ever
                deadline = min(deadline, time.monotonic() + GRACE_MS / 1_000)
                failures[place] = error
        if failures:
            self._drop_producer()
            unsent = tuple(place for place in places if place in failures or place not in sent)
            raise _not_appended(failures, unsent, self.address)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic; asked once, as it never changes.

        Whoever only writes keeps no consumer open for it.
        """
        known = self._counts.get(topic)
        if known is None:
            name = self.topics.physical(topic)
            with self._errors(), self._reading:
                passing = self._consumer is None
                found = self._open_consumer().partitions_for_topic(name)
                if passing:
                    self._close_consumer()
            if not found:
                raise BrokerError(
                    f"Kafka at {self.address.place} has no topic {name}; run `bellbuoy topics create`"
                )
            known = self._counts[topic] = len(found)
        return known

    def identity(self, topic: str) -> str:
        """Return the broker's id of a topic: one that is deleted and made again has the same name and another id."""
        name = self.topics.physical(topic)
        with self._errors():
            known = {
                name: self._settings[name]
                for name in self._settings
                if name in KafkaAdminClient.DEFAULT_CONFIG
            }
            client = connect(KafkaAdminClient, **known)
            try:
                [found] = client.describe_topics([name])
            finally:
                client.close()
        return str(found["topic_id"])

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Message]:
        """Return up to ``limit`` records from an offset on, at once."""
        place = TopicPartition(self.topics.physical(topic), partition)
        with self._errors(), self._reading:
            consumer = self._open_consumer()
            self.partitions(topic)
            end = consumer.end_offsets([place])[place]
            if offset >= end:
                return []
            if consumer.assignment() != {place}:
                consumer.assign([place])
                consumer.seek(place, offset)
            elif consumer.position(place) != offset:
                consumer.seek(place, offset)
            records = self._fetch(consumer, place, end, limit)
        return [
            Message(
                topic, partition, at.offset, at.timestamp * 1_000, at.key, at.value, known_headers(at.headers)
            )
            for at in records
        ]

    def begins(self, topic: str) -> list[int]:
        """Return the first offset that each partition still holds."""
        return self._offsets(topic, "beginning_offsets")

    def ends(self, topic: str) -> list[int]:
        """Return the offset that the next record of each partition will get."""
        return self._offsets(topic, "end_offsets")

    def close(self) -> None:
        """Close both clients; what was appended has been acknowledged, so this is soon done."""
        self._drop_producer(CLOSE_S)
        with self._reading:
            self._close_consumer()

    def _fetch(self, consumer: Any, place: TopicPartition, end: int, limit: int) -> list[Any]:
        """Fetch until records come or the end is reached: compaction and transactions leave holes."""
        deadline = time.monotonic() + REQUEST_MS / 1_000
        while time.monotonic() < deadline:
            polled = consumer.poll(timeout_ms=FETCH_MS, max_records=limit).get(place, [])
            records = [
                record for record in polled if record.value is not None
            ]  # deletions of compacted topics
            if records or consumer.position(place) >= end:
                return records
        raise KafkaTimeoutError(f"no answer to a fetch within {REQUEST_MS / 1_000:.0f} s")

    def _offsets(self, topic: str, method: str) -> list[int]:
        name = self.topics.physical(topic)
        with self._errors(), self._reading:
            consumer = self._open_consumer()
            places = [TopicPartition(name, partition) for partition in range(self.partitions(topic))]
            found = getattr(consumer, method)(places)
        return [found[place] for place in places]

    def _open_producer(self) -> Any:
        with self._opening:
            if self._producer is None:
                self._producer = connect(
                    KafkaProducer,
                    **self._settings,
                    enable_idempotence=True,
                    acks="all",
                    max_block_ms=CONNECT_MS,
                    delivery_timeout_ms=DELIVERY_MS,
                    max_request_size=LARGEST_REQUEST_BYTES,
                )
                # kafka-python closes its producers at exit, before whoever wants to flush has had their turn
                self._producer._unregister_cleanup()  # noqa: SLF001
            return self._producer

    def _drop_producer(self, timeout: float = 0) -> None:
        """Let go of the producer; after an error the next append begins with a fresh one."""
        with self._opening:
            producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=timeout)
        except KafkaError:
            # kafka-python's close gives up where records wait, and leaves its thread running, to send them later
            producer._sender.force_close()  # noqa: SLF001
            producer._closed = True  # noqa: SLF001

    def _open_consumer(self) -> Any:
        if self._consumer is None:
            self._consumer = connect(
                KafkaConsumer,
                **self._settings,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
            )
        return self._consumer

    def _close_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError):
                consumer.close(timeout_ms=CLOSE_S * 1_000)

    @contextmanager
    def _errors(self, unsent: tuple[int, ...] | None = None) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            sentence = in_words(error, self.address)
            with self._reading:
                self._close_consumer()  # the next attempt begins with a fresh one
            raise (BrokerError(sentence) if unsent is None else AppendError(sentence, unsent)) from error


def _not_appended(failures: dict[int, KafkaError], unsent: tuple[int, ...], address: Address) -> AppendError:
    """What to tell the caller: a refusal before all else, for the other records may have failed because of it."""
    refused = tuple(place for place in unsent if isinstance(failures.get(place), REFUSALS))
    cause = failures[refused[0]] if refused else next(reversed(failures.values()))
    error = AppendError(in_words(cause, address), unsent, refused)
    error.__cause__ = cause
    return error
