"""A worker's numbers, as Prometheus reads them."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bellbuoy.transports.opening import open_transport
from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.metrics import metrics_on
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.events.message import Outgoing
from tests.consumers.runtimes import material

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = "bellbuoy.events"


def test_a_worker_says_how_far_it_is_and_what_it_put_aside(tmp_path: Path) -> None:
    log = open_transport(f"sqlite:///{tmp_path / 'log.db'}")
    assert isinstance(log, SqliteTransport)
    publish_spec(log, material.SPEC)
    publish_reference(log, material.reference())
    log.append([*material.records(), Outgoing(EVENTS, None, b"\xff no event", (), 0)])
    worker = EmbeddedWorker(log, stages(Library(log).find))
    with metrics_on(0, worker.folds) as port:
        worker.drain()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            text = page.read().decode()
    numbers = {
        (sample.name, sample.labels["stage"], sample.labels["partition"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    for partition, end in enumerate(log.ends(EVENTS)):
        assert numbers["bellbuoy_position", "tally", str(partition)] == end
        assert numbers["bellbuoy_records_total", "tally", str(partition)] == end
        assert numbers["bellbuoy_dead_letters_total", "tally", str(partition)] == (partition == 0)
    assert numbers["bellbuoy_lost_records_total", "tally", "0"] == 0
    log.close()


def test_a_port_that_is_taken_is_said() -> None:
    with (
        metrics_on(0, list) as port,
        pytest.raises(SpecError, match=f"--http-port {port}: .*choose another"),
        metrics_on(port, list),
    ):
        raise AssertionError
