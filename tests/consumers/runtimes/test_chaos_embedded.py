"""The embedded worker is killed again and again while rows flow; nobody can tell afterwards."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from tests.consumers.runtimes import material
from tests.consumers.runtimes.processes import Flow, embedded_worker
from tests.consumers.runtimes.undisturbed import everything, play, words_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

KILLS = 20


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_twenty_times_at_random_moments(tmp_path: Path, workers: int) -> None:
    chance = random.Random(workers)
    path = str(tmp_path / "bell.db")
    log = SqliteTransport(path)
    publish_spec(log, material.SPEC)
    publish_reference(log, material.reference())
    pause = threading.Event()
    running = [embedded_worker(path) for _ in range(workers)]
    cut = 0
    with Flow(log, material.records(hours=24), pause_s=0.03):
        for _ in range(KILLS // workers):
            pause.wait(chance.uniform(0.05, 0.7))
            victim = chance.randrange(workers)
            before = sum(log.ends("bellbuoy.panes"))
            running[victim].kill()
            running[victim].join()
            cut += bool(before)
            running[victim] = embedded_worker(path)
    for process in running:
        process.kill()
        process.join()
    EmbeddedWorker(log, stages(Library(log).find)).drain()
    mine = words_of(everything(log, "bellbuoy.windows"), everything(log, "bellbuoy.alerts"))
    assert mine == play(everything(log, "bellbuoy.events"))
    assert cut >= KILLS // workers // 2
    assert len(mine.windows) >= 20
    assert len(mine.alerts) >= 1
    log.close()
