"""Where a broker of the tests' own lives: its settings, its folder, its port, and whether it answers there."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kafka.engine import Engine

FORMAT_SECONDS = 60
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


@dataclass(frozen=True)
class Site:
    """Where a broker of our own lives."""

    engine: Engine
    home: Path
    port: int

    @property
    def log(self) -> Path:
        """The file that the broker's log goes to."""
        return self.home / "broker.log"

    def command(self, main: str, *arguments: str) -> list[str]:
        """Command line of one of Kafka's programs, with the broker's settings as its last argument."""
        settings = str(self.home / "server.properties")
        return self.engine.command(self.home, self.port, main, *arguments, settings)

    def format(self, controller: int) -> None:
        """Write the settings and make the empty log of a new cluster."""
        settings = PROPERTIES.format(
            bind=self.engine.bind, port=self.port, controller=controller, home=self.home
        )
        (self.home / "server.properties").write_text(settings)
        (self.home / "log4j2.properties").write_text(LOG4J)
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        done = subprocess.run(
            self.command("kafka.tools.StorageTool", "format", "-t", cluster, "-c"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode:
            raise BrokerFailedError(f"Kafka could not format its folder: {done.stdout}{done.stderr}")

    def kill(self, process: int) -> None:
        """Kill the broker that this process leads."""
        subprocess.run(["sh", "-c", self.engine.kill_command(self.home, process)], check=True)

    def answers(self) -> bool:
        """Whether the broker lists itself as a member of its cluster."""
        address = ("127.0.0.1", self.port)
        try:
            socket.create_connection(address, timeout=1).close()
            with KafkaAdminClient(
                bootstrap_servers=f"{address[0]}:{self.port}", bootstrap_timeout_ms=1_000
            ) as admin:
                return any(not node.get("is_fenced") for node in admin.describe_cluster()["brokers"])
        except (OSError, KafkaError):
            return False

    def tail(self) -> str:
        """Last lines of the log."""
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
