"""One behaviour, three logs: whatever holds for one transport holds for all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka.errors import (
    InvalidRecordError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumberError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from bellbuoy.transports import Transport, open_transport, parse_address
from bellbuoy.transports.kafka import KafkaTransport
from bellbuoy.transports.memory import forget
from bellbuoy_stream.errors import AppendError, BrokerError, InputError
from bellbuoy_stream.events import Outgoing, Topics, partition_of
from tests.kafka.broker import KafkaBroker

ALERTS = "bellbuoy.alerts"
EVENTS = "bellbuoy.events"


@pytest.fixture(params=["memory", "sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    if request.param == "kafka":
        url = request.getfixturevalue("kafka_broker").url
        prefix = request.getfixturevalue("kafka_prefix")
        from bellbuoy.transports.admin import create_topics

        create_topics(parse_address(url), Topics(prefix), [Topics.ALERTS, Topics.EVENTS, Topics.SPECS])
        transport = open_transport(url, prefix)
    elif request.param == "sqlite":
        transport = open_transport(f"sqlite:///{tmp_path}/bell.db", "team")
    else:
        transport = open_transport("memory://behaviour", "team")
    yield transport
    transport.close()
    forget("behaviour")


def test_records_come_back_in_order_with_offsets_without_gaps(log: Transport) -> None:
    log.append([Outgoing(ALERTS, b"flights", bytes([number]), (("ce_id", b"x"),)) for number in range(3)])
    log.append([Outgoing(ALERTS, b"flights", b"\x03")])
    partition = log.ends(ALERTS).index(4)
    records = log.read(ALERTS, partition, 0, 10)
    assert [(record.offset, record.value) for record in records] == [(n, bytes([n])) for n in range(4)]
    assert records[0].header("ce_id") == "x"
    assert records[0].topic == ALERTS
    assert records[0].key == b"flights"
    assert records[0].append_us is not None
    assert log.begins(ALERTS) == [0] * 4


def test_a_key_goes_where_crc32_sends_it_and_a_partition_where_it_says(log: Transport) -> None:
    log.append([Outgoing(ALERTS, b"k3f", b"by key"), Outgoing(ALERTS, b"k3f", b"by hand", (), 0)])
    by_key = partition_of("k3f", log.partitions(ALERTS))
    assert by_key != 0
    assert log.read(ALERTS, by_key, 0, 9)[0].value == b"by key"
    assert log.read(ALERTS, 0, 0, 9)[0].value == b"by hand"


def test_reading_is_by_limit_and_from_anywhere(log: Transport) -> None:
    log.append([Outgoing(EVENTS, None, str(number).encode(), (), 1) for number in range(20)])
    assert [record.value for record in log.read(EVENTS, 1, 5, 3)] == [b"5", b"6", b"7"]
    assert [record.value for record in log.read(EVENTS, 1, 18, 50)] == [b"18", b"19"]
    assert [record.value for record in log.read(EVENTS, 1, 2, 1)] == [b"2"]
    assert log.read(EVENTS, 1, 20, 5) == []
    assert log.read(EVENTS, 1, 1_000, 5) == []
    assert log.read(EVENTS, 0, 0, 5) == []


def test_partitions_are_those_of_the_topic(log: Transport) -> None:
    assert log.partitions(EVENTS) == 4
    assert log.partitions("bellbuoy.specs") == 1
    assert log.ends("bellbuoy.specs") == [0]


def test_what_is_too_large_or_has_no_place_is_refused_and_nothing_is_written(log: Transport) -> None:
    small = Outgoing(ALERTS, None, b"small")
    with pytest.raises(InputError, match="900000"):
        log.append([small, Outgoing(ALERTS, None, bytes(900_001))])
    with pytest.raises(InputError, match="4 partitions"):
        log.append([small, Outgoing(ALERTS, None, b"", (), 4)])
    assert log.ends(ALERTS) == [0] * 4
    log.append([Outgoing(ALERTS, None, os.urandom(900_000))])
    assert len(log.read(ALERTS, 0, 0, 1)[0].value) == 900_000


def test_no_records_is_no_work(log: Transport) -> None:
    log.append([])
    assert log.ends(ALERTS) == [0] * 4


def test_kafka_away_says_where_and_what_to_check(unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "bellbuoy.transports.clients.CONNECT_MS", 1_000
    )  # the port is closed: no wait opens it
    log = open_transport(f"kafka://127.0.0.1:{unused_port}")
    with pytest.raises(AppendError, match=rf"127\.0\.0\.1:{unused_port} does not answer.*check") as caught:
        log.append([Outgoing(ALERTS, None, b"a"), Outgoing(ALERTS, None, b"b")])
    assert caught.value.unsent == (0, 1)
    log.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MessageSizeTooLargeError(), r"so large a record; set max\.message\.bytes of the topic.* 1,000,000"),
        (RecordListTooLargeError(), r"max\.message\.bytes"),
        (InvalidRecordError("no key"), r"invalid \(.*no key\)"),
        (NotLeaderForPartitionError(), "does not answer"),
        (OutOfOrderSequenceNumberError(), "does not answer"),
        (TopicAuthorizationFailedError(), "does not answer"),
    ],
)
def test_a_refusal_has_its_own_sentence_and_other_records_may_be_sent_again(
    error: KafkaError, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = {b"bad": error, b"behind": KafkaTimeoutError("the one before has failed")}

    class Future:
        def __init__(self, value: bytes) -> None:
            self.value = value

        def get(self, timeout: float) -> None:
            assert timeout > 0
            if self.value in failures:
                raise failures[self.value]

    class Producer:
        def send(self, topic: str, *, value: bytes, **_: object) -> Future:
            assert topic == ALERTS
            return Future(value)

        def close(self, timeout: float) -> None:
            assert timeout == 0

    log = KafkaTransport(parse_address("kafka://nowhere"))
    monkeypatch.setattr(log, "_open_producer", Producer)
    monkeypatch.setattr(log, "partitions", lambda _: 4)
    monkeypatch.setattr(log, "_producer", Producer())
    with pytest.raises(AppendError, match=said) as caught:
        log.append([Outgoing(ALERTS, None, value) for value in (b"good", b"bad", b"behind")])
    assert caught.value.unsent == (1, 2)
    refused = isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError | InvalidRecordError)
    assert caught.value.refused == ((1,) if refused else ())


@pytest.mark.kafka
def test_what_a_topic_is_too_small_for_is_refused_for_good(
    kafka_broker: KafkaBroker, kafka_prefix: str
) -> None:
    from kafka import KafkaAdminClient
    from kafka.admin import NewTopic

    with KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap) as admin:
        admin.create_topics(
            [NewTopic(f"{kafka_prefix}{ALERTS}", 1, 1, topic_configs={"max.message.bytes": "50000"})]
        )
    log = open_transport(kafka_broker.url, kafka_prefix)
    with pytest.raises(AppendError, match=r"max\.message\.bytes") as caught:
        log.append([Outgoing(ALERTS, None, b"small"), Outgoing(ALERTS, None, os.urandom(100_000))])
    assert caught.value.refused == (1,)
    log.append([Outgoing(ALERTS, None, b"later")])
    assert log.read(ALERTS, 0, log.ends(ALERTS)[0] - 1, 1)[0].value == b"later"
    log.close()


@pytest.mark.kafka
def test_a_topic_that_kafka_lacks_is_named(kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    log = open_transport(kafka_broker.url, kafka_prefix)
    with pytest.raises(BrokerError, match=r"has no topic .*bellbuoy\.windows; run `bellbuoy topics create`"):
        log.partitions("bellbuoy.windows")
    log.close()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
