"""One real Kafka broker for the tests: a node that is its own controller, on loopback, with its data in a folder."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from tests.kafka.site import BrokerFailedError, Site, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kafka.engine import Engine

READY_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05


class KafkaBroker:
    """A broker that can be stopped, killed and started again on the same port with the same data.

    Without a site it stands for a broker that somebody else runs: it has an address, and a test that wants to stop
    it is skipped.
    """

    def __init__(self, bootstrap: str, site: Site | None = None) -> None:
        self.bootstrap = bootstrap
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def own(cls, engine: Engine, home: Path) -> KafkaBroker:
        """A broker of our own in a new folder, formatted and not yet started."""
        port, controller = free_ports(2)
        site = Site(engine, home, port)
        site.format(controller)
        return cls(f"127.0.0.1:{port}", site)

    @property
    def owned(self) -> bool:
        """Whether it is ours to start and stop."""
        return self._site is not None

    @property
    def url(self) -> str:
        """The broker as Bellbuoy's commands take it."""
        return f"kafka://{self.bootstrap}"

    @property
    def running(self) -> bool:
        """Whether it is up, as far as its process tells."""
        return not self.owned or (self._process is not None and self._process.poll() is None)

    def start(self) -> None:
        """Start, and wait until it answers; nothing where it is running."""
        site = self._ours()
        if self.running:
            return
        self._end_watchdog()
        with site.log.open("ab") as log:
            # a group of its own: Ctrl-C goes to the tests, which then stop the broker in order
            self._process = subprocess.Popen(
                site.command("kafka.Kafka"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # when this process ends, however it ends, the pipe closes and the group dies
        kill = site.engine.kill_command(site.home, self._process.pid)
        self._watchdog = subprocess.Popen(
            ["sh", "-c", f"cat >/dev/null; {kill}"], stdin=subprocess.PIPE, start_new_session=True
        )
        atexit.register(self.kill)
        self._await_answer(site, self._process)

    def stop(self) -> None:
        """Stop in order (SIGTERM) and wait; nothing where it is not running."""
        self._ours()
        atexit.unregister(self.kill)
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._end_watchdog()
        self._process = None

    def kill(self) -> None:
        """Kill at once, as a power cut would, and wait until it is dead."""
        site = self._ours()
        atexit.unregister(self.kill)
        if self._process is None:
            return
        if self._process.poll() is None:
            site.kill(self._process.pid)
            self._process.wait(STOP_SECONDS)
        self._end_watchdog()
        self._process = None

    def restart(self) -> None:
        """Stop in order and start again: same port, same data."""
        self.stop()
        self.start()

    def delete_topics(self, prefix: str) -> None:
        """Delete every topic whose name begins with the prefix."""
        with KafkaAdminClient(bootstrap_servers=self.bootstrap) as admin:
            topics = [name for name in admin.list_topics() if name.startswith(prefix)]
            if topics:
                admin.delete_topics(topics)

    def _ours(self) -> Site:
        if self._site is None:
            pytest.skip(f"the broker at {self.bootstrap} is not ours to start or stop")
        return self._site

    def _await_answer(self, site: Site, process: subprocess.Popen[bytes]) -> None:
        """Poll until the broker answers; its death or the deadline ends the wait."""
        deadline = time.monotonic() + READY_SECONDS
        while not site.answers():
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(POLL_SECONDS)
                raise BrokerFailedError(f"Kafka ended with code {code}:\n{site.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerFailedError(f"Kafka did not answer within {READY_SECONDS} s:\n{site.tail()}")

    def _end_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None


@contextlib.contextmanager
def started(engine: Engine, home: Path) -> Iterator[KafkaBroker]:
    """A broker of our own that runs for as long as the block lasts, and leaves no data behind."""
    broker = KafkaBroker.own(engine, home)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(home / "data", ignore_errors=True)
