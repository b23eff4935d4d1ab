"""The logger on a real broker: rows arrive, outlast a restart of the broker, and nothing is said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import bellbuoy
from bellbuoy.transports import open_transport, parse_address
from bellbuoy.transports.admin import create_topics
from bellbuoy_stream.events import LabelBatch, PredictionBatch, Topics, partition_of
from tests.producers.harness import batches, feature

if TYPE_CHECKING:
    from tests.kafka.broker import KafkaBroker
    from tests.producers.harness import ReadBack

pytestmark = pytest.mark.kafka


def test_rows_and_labels_arrive(kafka_broker: KafkaBroker, kafka_prefix: str, read_back: ReadBack) -> None:
    create_topics(parse_address(kafka_broker.url), Topics(kafka_prefix), [Topics.EVENTS])
    with bellbuoy.PredictionLogger(kafka_broker.url, model="m", version="1", prefix=kafka_prefix) as log:
        ids = [log.log({"x": number}, score=0.5) for number in range(10_000)]
        log.log_batch({"x": range(10_000, 20_000)})
        for row_id in ids:
            log.label(row_id, 1)
        assert log.flush(60)
        assert log.stats().sent == 30_000
        assert log.stats().errors == 0
    found = read_back(kafka_broker.url, kafka_prefix)
    assert sorted(feature(batches(found, PredictionBatch), "x")) == list(range(20_000))
    assert sum(len(batch.ids) for batch in batches(found, LabelBatch)) == 10_000
    for message, event in found:
        assert {partition_of(row_id, 4) for row_id in event.ids} == {message.partition}
        assert message.append_us is not None


def test_rows_logged_while_the_broker_is_away_arrive_when_it_is_back(
    own_kafka_broker: KafkaBroker, kafka_prefix: str, read_back: ReadBack
) -> None:
    broker = own_kafka_broker
    create_topics(parse_address(broker.url), Topics(kafka_prefix), [Topics.EVENTS])
    log = bellbuoy.PredictionLogger(broker.url, model="m", version="1", prefix=kafka_prefix, linger_s=0.05)
    log.log({"x": 0})
    assert log.flush(60)
    broker.stop()
    for number in range(1, 1_000):
        log.log({"x": number})
    assert not log.flush(0.5)
    assert log.stats().dropped == 0
    broker.start()
    assert log.flush(90)
    log.close()
    found = batches(read_back(broker.url, kafka_prefix), PredictionBatch)
    assert sorted(feature(found, "x")) == list(range(1_000))


def test_topics_are_made_once_with_their_settings(kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    from kafka import KafkaAdminClient

    address, topics = parse_address(kafka_broker.url), Topics(kafka_prefix)
    made = create_topics(address, topics)
    assert sorted(made) == sorted(topics.physical(topic.name) for topic in Topics.ALL)
    assert create_topics(address, topics) == []
    log = open_transport(kafka_broker.url, kafka_prefix)
    assert {topic.name: log.partitions(topic.name) for topic in Topics.ALL} == {
        topic.name: topic.partitions for topic in Topics.ALL
    }
    log.close()
    with KafkaAdminClient(bootstrap_servers=kafka_broker.bootstrap) as admin:
        assert set(made) <= set(admin.list_topics())
