"""Fixtures that all tests share: a real Kafka broker, and a prefix of one's own on it."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.kafka.broker import KafkaBroker, started
from tests.kafka.engine import HOW_TO_HAVE_THEM, engine_or_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON = pytest.StashKey[str]()

# A loaded machine makes an example slow, not wrong; pytest-timeout ends what hangs.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# On CI every run tries the same examples, so that a change is not blamed for what chance finds.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def kafka_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaBroker]:
    """A running broker: the one BELLBUOY_TEST_KAFKA names, or one of our own for this session.

    Tests that use it carry the mark ``kafka``.  Where there is no Kafka they are skipped, or fail with
    BELLBUOY_KAFKA=required.
    """
    external = os.environ.get("BELLBUOY_TEST_KAFKA")
    if external:
        yield KafkaBroker(external)
        return
    engine, missing = engine_or_reason()
    if engine is None:
        if os.environ.get("BELLBUOY_KAFKA") == "required":
            pytest.fail(
                f"BELLBUOY_KAFKA=required, but there is no Kafka: {missing}. {HOW_TO_HAVE_THEM}",
                pytrace=False,
            )
        request.config.stash[REASON] = missing
        pytest.skip(f"no Kafka: {missing}")
    with started(engine, tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def own_kafka_broker(kafka_broker: KafkaBroker) -> Iterator[KafkaBroker]:
    """The session's broker for a test that stops or kills it; it is running again afterwards."""
    if not kafka_broker.owned:
        pytest.skip(f"the broker at {kafka_broker.bootstrap} is not ours to stop")
    yield kafka_broker
    kafka_broker.start()


@pytest.fixture
def kafka_prefix(kafka_broker: KafkaBroker) -> Iterator[str]:
    """A prefix for topic and group names that no other test has; its topics are deleted afterwards."""
    prefix = f"t{uuid.uuid4().hex[:10]}-"
    yield prefix
    kafka_broker.delete_topics(prefix)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever uses the broker, so that ``-m "not kafka"`` never needs one."""
    for item in items:
        if "kafka_broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.kafka)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say as the very last thing that tests were left out."""
    reason = config.stash.get(REASON, None)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reason is not None and reporter is not None:
        reporter.write_line(
            f"LEFT OUT: the tests on a real Apache Kafka did not run ({reason}).", yellow=True
        )
        reporter.write_line(HOW_TO_HAVE_THEM, yellow=True)
