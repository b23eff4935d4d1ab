"""Workers on Kafka are killed, come and go, and lose their broker while rows flow; nobody can tell afterwards."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports.address import parse_address
from bellbuoy.transports.admin import create_topics
from bellbuoy.transports.opening import open_transport
from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_stream.events.topics import Topics
from tests.consumers.runtimes import material
from tests.consumers.runtimes.processes import Flow, end, kafka_worker, wait
from tests.consumers.runtimes.undisturbed import everything, play, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellbuoy.transports.protocol import Transport
    from tests.kafka.broker import KafkaBroker

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

KILLS = 20
OUTAGE_S = 30.0
PATIENCE_S = 60.0


@pytest.fixture
def log(kafka_broker: KafkaBroker, kafka_prefix: str) -> Iterator[Transport]:
    """Topics with a spec and a reference."""
    create_topics(parse_address(kafka_broker.url), Topics(kafka_prefix))
    opened = open_transport(kafka_broker.url, kafka_prefix)
    publish_spec(opened, material.SPEC)
    publish_reference(opened, material.reference())
    yield opened
    opened.close()


def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "nothing moved"
        pause.wait(0.1)


def panes(log: Transport) -> int:
    """How much the Tallies have said."""
    return sum(log.ends("bellbuoy.panes"))


def same_as_undisturbed(log: Transport, url: str, prefix: str) -> None:
    """Work off what is left; then every last report and every alert is what the folds alone say."""
    assert wait(kafka_worker(url, prefix, drain=True)) == 0
    mine = words_of(everything(log, "bellbuoy.windows"), everything(log, "bellbuoy.alerts"))
    assert mine == play(everything(log, "bellbuoy.events"))
    assert len(mine.windows) >= 10
    assert len(mine.alerts) >= 1


def test_killed_twenty_times_at_random_moments(
    log: Transport, kafka_broker: KafkaBroker, kafka_prefix: str
) -> None:
    chance = random.Random(4)
    pause = threading.Event()
    running = [kafka_worker(kafka_broker.url, kafka_prefix) for _ in range(2)]
    until(lambda: panes(log) > 0)
    moved = 0
    with Flow(log, material.records(hours=48), pause_s=0.12):
        for _ in range(KILLS):
            before = panes(log)
            pause.wait(chance.choice([chance.uniform(0.05, 1.0), chance.uniform(1.0, 6.0)]))
            moved += panes(log) > before
            victim = chance.randrange(2)
            running[victim].kill()
            running[victim].join()
            running[victim] = kafka_worker(kafka_broker.url, kafka_prefix)
    assert [end(process) for process in running] == [0, 0]
    same_as_undisturbed(log, kafka_broker.url, kafka_prefix)
    assert moved >= KILLS // 4


def test_workers_come_and_go(log: Transport, kafka_broker: KafkaBroker, kafka_prefix: str) -> None:
    running = [kafka_worker(kafka_broker.url, kafka_prefix)]

    def move_on() -> None:
        goal = panes(log) + 12
        until(lambda: panes(log) >= goal)

    with Flow(log, material.records(hours=24), pause_s=0.05):
        move_on()
        running.append(kafka_worker(kafka_broker.url, kafka_prefix))
        move_on()
        running.append(kafka_worker(kafka_broker.url, kafka_prefix))
        move_on()
        assert [end(running.pop(0)) for _ in range(2)] == [0, 0]
        move_on()
    assert end(running[0]) == 0
    same_as_undisturbed(log, kafka_broker.url, kafka_prefix)


def test_the_broker_goes_away_and_comes_back(
    log: Transport, own_kafka_broker: KafkaBroker, kafka_prefix: str
) -> None:
    running = [kafka_worker(own_kafka_broker.url, kafka_prefix) for _ in range(2)]
    until(lambda: panes(log) > 0)
    with Flow(log, material.records(hours=24), pause_s=0.05):
        own_kafka_broker.stop()
        threading.Event().wait(OUTAGE_S)
        own_kafka_broker.start()
        goal = panes(log) + 20
        until(lambda: panes(log) >= goal)
        assert all(process.is_alive() for process in running)
    assert [end(process) for process in running] == [0, 0]
    same_as_undisturbed(log, own_kafka_broker.url, kafka_prefix)
