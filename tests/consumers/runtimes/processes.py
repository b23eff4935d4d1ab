"""Workers as processes that can be killed: forked from a server that has imported everything already."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from typing import TYPE_CHECKING, Any, Self

from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker
from bellbuoy_consumers.runtimes.faust.running import leave, run_worker
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.errors import AppendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import ForkServerProcess

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.message import Outgoing

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.consumers.runtimes.processes"])
END_S = 120.0


def kafka_worker(url: str, prefix: str, *, drain: bool = False) -> ForkServerProcess:
    """Start a worker on Kafka."""
    return _start(_run_kafka, url, prefix, drain)


def embedded_worker(path: str) -> ForkServerProcess:
    """Start a worker on a SQLite file."""
    return _start(_run_embedded, path)


def _start(target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    process = _context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def _run_kafka(url: str, prefix: str, drain: bool) -> None:  # noqa: FBT001
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    leave(run_worker(url, prefix, drain=drain))


def _run_embedded(path: str) -> None:
    transport = SqliteTransport(path)
    EmbeddedWorker(transport, stages(Library(transport).find)).run(threading.Event())


def end(process: ForkServerProcess) -> int | None:
    """Ask a process to end (SIGTERM), and return its exit code."""
    process.terminate()
    return wait(process)


def wait(process: ForkServerProcess) -> int | None:
    """Exit code of a process that ends by itself."""
    process.join(END_S)
    code = process.exitcode
    if code is None:
        process.kill()
        process.join()
    return code


class Flow:
    """Appends records, a few at a time, in a thread: rows that flow while other things happen.

    A record that was not acknowledged is appended again, so the broker may go away meanwhile.
    """

    def __init__(self, log: Transport, records: Iterable[Outgoing], pause_s: float) -> None:
        self._log = log
        self._records = iter(records)
        self._pause_s = pause_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Send what is left without pause, and wait for it."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        for few in _fews(self._records):
            unsent = few
            while unsent:
                try:
                    self._log.append(unsent)
                    unsent = []
                except AppendError as error:
                    unsent = [unsent[place] for place in error.unsent]
            self.sent += len(few)
            self._over.wait(self._pause_s)


def _fews(records: Iterator[Outgoing], number: int = 3) -> Iterator[list[Outgoing]]:
    while few := [record for _, record in zip(range(number), records, strict=False)]:
        yield few
