"""Workers for the demo, each in a process of its own, as they would run beside a live app."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING, Self, cast

from bellbuoy.transports import open_transport, parse_address
from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    import threading

    from bellbuoy.transports.sqlite import SqliteTransport

LOOK_S = 0.2
"""How long to wait for a worker's end before looking at what it has written meanwhile."""


class Worker:
    """A worker on a log: runs until told that nothing more comes, then works off what is left.

    Parameters
    ----------
    url, prefix
        Which log.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._spawning = multiprocessing.get_context("spawn")
        self._told = self._spawning.Event()
        work = work_on_kafka if parse_address(url).scheme == "kafka" else work_on_sqlite
        self._process = self._spawning.Process(target=work, args=(url, prefix, self._told), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._told.set()
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()

    def finish(self) -> None:
        """Say that nothing more comes."""
        self._told.set()

    def is_working(self) -> bool:
        """Whether it still works; waits a moment for its end.

        Raises
        ------
        BrokerError
            Where it ended with an error.
        """
        self._process.join(LOOK_S)
        self.check()
        return self._process.is_alive()

    def check(self) -> None:
        """Raise a BrokerError where the worker has ended with an error."""
        if self._process.exitcode not in (None, 0):
            raise BrokerError(
                f"the worker ended with code {self._process.exitcode}; its last words are above"
            )


def work_on_sqlite(url: str, prefix: str, told: threading.Event) -> None:
    """Run the embedded worker in this process until told, then drain."""
    from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker  # noqa: PLC0415  # this process needs one of two
    from bellbuoy_consumers.runtimes.library import Library  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.stages import stages  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the demo itself, which then ends its worker
    transport = cast("SqliteTransport", open_transport(url, prefix))
    worker = EmbeddedWorker(transport, stages(Library(transport).find))
    worker.run(told)
    worker.drain()
    transport.close()


def work_on_kafka(url: str, prefix: str, told: threading.Event) -> None:
    """Run the Faust worker in this process until told, then one that drains."""
    from bellbuoy_consumers.runtimes.faust.running import leave, run_worker  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = run_worker(url, prefix, stop=told)
    leave(code or run_worker(url, prefix, drain=True))
