"""The harness itself: records and group positions outlive a restart and a kill of the broker."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

if TYPE_CHECKING:
    from tests.kafka.broker import KafkaBroker

pytestmark = pytest.mark.kafka

RECORDS = 1_000


def create_topic(broker: KafkaBroker, topic: str, partitions: int = 4) -> None:
    """Create a topic and wait until each of its partitions has a leader."""
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": partitions}}, wait_for_metadata=True)


def send_numbers(broker: KafkaBroker, topic: str, numbers: range) -> None:
    """Send the numbers by an idempotent producer, and wait until each one is acknowledged."""
    with closing(KafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)) as producer:
        sent = [producer.send(topic, value=b"%d" % number) for number in numbers]
        for future in sent:
            future.get(timeout=30)


def read_numbers(broker: KafkaBroker, topic: str, group: str, number: int) -> list[int]:
    """Read so many records in a consumer group, commit, and return them in order."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=30_000,
    )
    with closing(consumer):
        read = [int(next(consumer).value) for _ in range(number)]
        consumer.commit()
    return sorted(read)


def end_offsets(broker: KafkaBroker, topic: str) -> int:
    """Number of records that the topic's partitions hold."""
    with closing(KafkaConsumer(bootstrap_servers=broker.bootstrap)) as consumer:
        parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        return sum(consumer.end_offsets(parts).values())


def test_a_thousand_records_arrive_once_each(kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}numbers"
    create_topic(kafka_broker, topic)
    send_numbers(kafka_broker, topic, range(RECORDS))
    assert end_offsets(kafka_broker, topic) == RECORDS
    assert read_numbers(kafka_broker, topic, f"{kafka_prefix}g", RECORDS) == list(range(RECORDS))


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_data_and_positions_outlive_the_broker(
    own_kafka_broker: KafkaBroker, kafka_prefix: str, how: str
) -> None:
    topic, group, address = f"{kafka_prefix}numbers", f"{kafka_prefix}g", own_kafka_broker.bootstrap
    create_topic(own_kafka_broker, topic)
    send_numbers(own_kafka_broker, topic, range(RECORDS))
    read_numbers(own_kafka_broker, topic, group, RECORDS)
    getattr(own_kafka_broker, how)()
    assert not own_kafka_broker.running
    own_kafka_broker.start()
    assert own_kafka_broker.bootstrap == address
    assert end_offsets(own_kafka_broker, topic) == RECORDS
    send_numbers(own_kafka_broker, topic, range(RECORDS, RECORDS + 7))
    # the group goes on where it stood: it reads the seven new ones and none of the old
    assert read_numbers(own_kafka_broker, topic, group, 7) == list(range(RECORDS, RECORDS + 7))


def test_old_event_times_are_kept(own_kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}history"
    create_topic(own_kafka_broker, topic, partitions=1)
    with closing(KafkaProducer(bootstrap_servers=own_kafka_broker.bootstrap)) as producer:
        for day in range(100):
            producer.send(topic, value=b"flight", timestamp_ms=1_363_564_800_000 + day * 86_400_000)
    own_kafka_broker.restart()  # retention is also looked at when a broker comes up
    with closing(KafkaConsumer(bootstrap_servers=own_kafka_broker.bootstrap)) as consumer:
        part = TopicPartition(topic, 0)
        assert consumer.beginning_offsets([part])[part] == 0
        assert consumer.end_offsets([part])[part] == 100


def test_an_unknown_topic_is_not_made(kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    with closing(KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap)) as consumer:
        consumer.partitions_for_topic(f"{kafka_prefix}nobody")
    with KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap) as admin:
        assert f"{kafka_prefix}nobody" not in admin.list_topics()
