"""The embedded runtime on a SQLite file."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from tests.consumers.runtimes.behaviour import RuntimeBehaviour

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bellbuoy_stream.events.message import Outgoing


class TestEmbedded(RuntimeBehaviour):
    """One file, a new connection for every worker."""

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> Iterator[None]:
        self.path = tmp_path / "bell.db"
        self.log = SqliteTransport(self.path)
        yield
        self.log.close()

    def work_off(self) -> None:
        transport = SqliteTransport(self.path)
        EmbeddedWorker(transport, stages(Library(transport).find)).drain()
        transport.close()

    def work_a_while(self, records: Sequence[Outgoing]) -> None:
        transport = SqliteTransport(self.path)
        stop = threading.Event()
        worker = EmbeddedWorker(transport, stages(Library(transport).find))
        running = threading.Thread(target=worker.run, args=(stop,))
        running.start()
        self.log.append(records)
        stop.set()
        running.join()
        transport.close()
