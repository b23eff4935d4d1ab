"""The runtime on Kafka: two workers share the partitions."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaProducer

from bellbuoy.transports.address import parse_address
from bellbuoy.transports.admin import create_topics
from bellbuoy.transports.opening import open_transport
from bellbuoy_consumers.runtimes.faust import FaustWorker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.events.topics import Topics
from tests.consumers.runtimes import material
from tests.consumers.runtimes.behaviour import EVENTS, RuntimeBehaviour
from tests.consumers.runtimes.material import HOUR, MINUTE, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bellbuoy_stream.events.message import Outgoing
    from tests.kafka.broker import KafkaBroker

WORKERS = 2
pytestmark = pytest.mark.kafka


class TestFaust(RuntimeBehaviour):
    """One prefix a test, two workers a time."""

    @pytest.fixture(autouse=True)
    def _topics(self, kafka_broker: KafkaBroker, kafka_prefix: str) -> Iterator[None]:
        self.url, self.prefix = kafka_broker.url, kafka_prefix
        create_topics(parse_address(self.url), Topics(self.prefix))
        self.log = open_transport(self.url, self.prefix)
        yield
        self.log.close()

    def work_off(self) -> None:
        self._work(lambda worker: worker.drain())

    def work_a_while(self, records: Sequence[Outgoing]) -> None:
        stop = threading.Event()
        with ThreadPoolExecutor(1) as side:
            running = side.submit(self._work, lambda worker: worker.run(stop))
            self.log.append(records)
            self._wait_for_panes()
            stop.set()
            running.result()

    def test_only_what_was_committed_is_counted(self) -> None:
        """A foreign producer's aborted transaction leaves its records in the log."""
        self.begin()
        topic = self.log.topics.physical(EVENTS)
        foreign = KafkaProducer(
            bootstrap_servers=self.url.removeprefix("kafka://"), transactional_id=f"{self.prefix}foreign"
        )
        foreign.init_transactions()
        hour = START + np.arange(0, HOUR, MINUTE, dtype=np.int64)
        for seed, end in ((1, foreign.abort_transaction), (2, foreign.commit_transaction)):
            foreign.begin_transaction()
            sent = material.record(material.batch(hour[: 10 * seed], seed), 0)
            foreign.send(topic, value=sent.value, headers=list(sent.headers), partition=0)
            foreign.flush()
            end()
        foreign.close()
        self.close_windows()
        self.work_off()
        assert self.windows()["2013-03-18T00:00:00Z"].rows == 20

    def test_what_a_foreign_producer_has_compressed_is_read(self) -> None:
        self.begin()
        hour = START + np.arange(10, dtype=np.int64) * MINUTE
        for seed, codec in enumerate(("gzip", "snappy", "lz4", "zstd")):
            foreign = KafkaProducer(
                bootstrap_servers=self.url.removeprefix("kafka://"), compression_type=codec
            )
            sent = material.record(material.batch(hour, seed), 0)
            foreign.send(
                self.log.topics.physical(EVENTS), value=sent.value, headers=list(sent.headers), partition=0
            )
            foreign.close()
        self.close_windows()
        self.work_off()
        assert self.windows()["2013-03-18T00:00:00Z"].rows == 40
        assert len(self.read(EVENTS)) == sum(self.log.ends(EVENTS))

    def test_headers_without_a_value_are_taken(self) -> None:
        self.begin()

        async def send() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=self.url.removeprefix("kafka://"))
            await producer.start()
            headers = [("content-type", None), ("x", None)]
            await producer.send_and_wait(
                self.log.topics.physical(EVENTS), b"\xff", headers=headers, partition=0
            )
            await producer.stop()

        asyncio.run(send())
        self.log.append(material.records())
        self.work_off()
        [letter] = self.read("bellbuoy.deadletter")
        assert (letter.header("bellbuoy_reason"), letter.header("x")) == ("undecodable", "")
        assert len(self.windows()) >= 5

    def test_draining_ends_while_more_comes(self) -> None:
        self.begin()
        self.log.append(material.records())
        over = threading.Event()

        def flow() -> None:
            with closing(open_transport(self.url, self.prefix)) as log:
                while not over.wait(0.05):
                    log.append(
                        [material.record(material.batch(later, 1), at) for at in range(material.PARTITIONS)]
                    )

        later = np.array([START + 3 * 24 * HOUR], dtype=np.int64)
        with ThreadPoolExecutor(1) as side:
            flowing = side.submit(flow)
            self.work_off()
            still_flowing = not flowing.done()
            over.set()
            flowing.result()
        assert still_flowing
        assert len(self.windows()) >= 5

    def test_a_topic_that_was_made_anew_is_another_log(self) -> None:
        self.begin()
        self.work_off()
        admin = KafkaAdminClient(bootstrap_servers=self.url.removeprefix("kafka://"))
        name = self.log.topics.physical(EVENTS)
        admin.delete_topics([name])
        pause = threading.Event()
        while name in admin.list_topics():
            pause.wait(0.05)
        admin.close()
        create_topics(parse_address(self.url), Topics(self.prefix))
        with pytest.raises(SpecError, match="deleted and made again"):
            self.work_off()

    def _work(self, how: Callable[[FaustWorker], None]) -> None:
        lookups = [open_transport(self.url, self.prefix) for _ in range(WORKERS)]
        workers = [FaustWorker(self.url, stages(Library(log).find), self.prefix) for log in lookups]
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(how, worker) for worker in workers]:
                done.result()
        for log in lookups:
            log.close()

    def _wait_for_panes(self) -> None:
        """Until the workers have said something."""
        pause = threading.Event()
        while not sum(self.log.ends("bellbuoy.panes")):
            pause.wait(0.05)
