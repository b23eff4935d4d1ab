"""One real Kafka broker for the tests: a node that is its own controller, on loopback, with its data in a folder."""

from __future__ import annotations

import atexit
import contextlib
import random
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kafka.engine import Engine

FORMAT_SECONDS = 60
READY_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
# Below the range that systems give to outgoing connections: nobody takes the port while the broker is down, and a
# client that keeps knocking cannot connect to itself.
PORTS = range(20_000, 32_000)

# All else is the broker's default, message.max.bytes too.  Retention is off because events of 2013 with CreateTime
# would be older than any retention; a topic's own retention.ms still counts.  The short session: after a kill the
# controller lets the broker in again only when its former session is over (9 s by default).
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://{bind}:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={home}/data
log.retention.ms=-1
auto.create.topics.enable=false
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

LOG4J = """\
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1}: %m%n
"""


class BrokerFailedError(Exception):
    """The broker did not come up; the message ends with what it logged."""


class KafkaBroker:
    """A broker that can be stopped, killed and started again on the same port with the same data.

    Without an engine it stands for a broker that somebody else runs: it has an address, and a test that wants to
    stop it is skipped.
    """

    def __init__(self, address: str) -> None:
        self.bootstrap = address
        self.owned = False
        self._engine: Engine | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @classmethod
    def own(cls, engine: Engine, home: Path) -> KafkaBroker:
        """A broker of our own in a new folder, formatted and not yet started."""
        port, controller = free_ports(2)
        broker = cls(f"127.0.0.1:{port}")
        broker.owned, broker._engine, broker._home, broker._port = True, engine, home, port
        settings = PROPERTIES.format(bind=engine.bind, port=port, controller=controller, home=home)
        (home / "server.properties").write_text(settings)
        (home / "log4j2.properties").write_text(LOG4J)
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(home / "server.properties")]
        done = subprocess.run(
            engine.command(home, port, *tool),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise BrokerFailedError(f"Kafka could not format its folder: {done.stdout}{done.stderr}")
        return broker

    @property
    def url(self) -> str:
        """The broker as Bellbuoy's commands take it."""
        return f"kafka://{self.bootstrap}"

    @property
    def running(self) -> bool:
        """Whether it is up, as far as its process tells."""
        return not self.owned or (self._process is not None and self._process.poll() is None)

    @property
    def log(self) -> Path:
        """The file that the broker's log goes to."""
        return self._home / "broker.log"

    def start(self) -> None:
        """Start, and wait until it answers; nothing where it is running."""
        engine = self._ours()
        if self.running:
            return
        self._end_watchdog()
        command = engine.command(self._home, self._port, "kafka.Kafka", str(self._home / "server.properties"))
        with self.log.open("ab") as log:
            # a group of its own: Ctrl-C goes to the tests, which then stop the broker in order
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        # when this process ends, however it ends, the pipe closes and the group dies
        kill = engine.kill_command(self._home, self._process.pid)
        self._watchdog = subprocess.Popen(
            ["sh", "-c", f"cat >/dev/null; {kill}"], stdin=subprocess.PIPE, start_new_session=True
        )
        atexit.register(self.kill)
        self._await_answer(time.monotonic() + READY_SECONDS)

    def stop(self) -> None:
        """Stop in order (SIGTERM) and wait; nothing where it is not running."""
        self._ours()
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
        engine = self._ours()
        atexit.unregister(self.kill)
        if self._process is None:
            return
        if self._process.poll() is None:
            subprocess.run(["sh", "-c", engine.kill_command(self._home, self._process.pid)], check=True)
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

    def _ours(self) -> Engine:
        if self._engine is None:
            pytest.skip(f"the broker at {self.bootstrap} is not ours to start or stop")
        return self._engine

    def _await_answer(self, deadline: float) -> None:
        """Poll until the broker lists itself as a member of its cluster."""
        assert self._process is not None
        while not self._answers():
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(POLL_SECONDS)
                raise BrokerFailedError(f"Kafka ended with code {code}:\n{self._tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerFailedError(f"Kafka did not answer within {READY_SECONDS} s:\n{self._tail()}")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            with KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=1_000) as admin:
                return any(not node.get("is_fenced") for node in admin.describe_cluster()["brokers"])
        except (OSError, KafkaError):
            return False

    def _end_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


def free_ports(number: int) -> list[int]:
    """Different ports of loopback that nobody listens on just now."""
    chosen: list[int] = []
    for port in random.sample(PORTS, 1_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            chosen.append(port)
        if len(chosen) == number:
            return chosen
    raise OSError(f"no free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1")
