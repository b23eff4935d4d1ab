"""Parts of Faust that are exchanged for our own; Faust and aiokafka have no setting for what they change."""

from __future__ import annotations

from typing import Any, Final

from aiokafka import conn
from faust.sensors import Monitor
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from mode import Service

READER_LIMIT: Final = 16_000_000
"""Bytes of a connection that are taken before they are asked for: a fetch from every partition."""


def read_in_one_go() -> None:
    """Have aiokafka's connections in this process take a fetch without pausing every 128 kB."""
    conn.READER_LIMIT = READER_LIMIT


class QuietMonitor(Monitor):  # type: ignore[misc]  # faust is not typed
    """A monitor without the sampling every second: nobody reads it here, and a worker at rest should rest."""

    @Service.task  # type: ignore[untyped-decorator]
    async def _sampler(self) -> None:
        """Sample nothing."""


class _CommittedThread(AIOKafkaConsumerThread):  # type: ignore[misc]
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  # Faust asks for it only in its own transactions
        return consumer


class CommittedConsumer(Consumer):  # type: ignore[misc]
    """A consumer that does not see what a producer's aborted transaction has left in the log."""

    def _new_consumer_thread(self) -> Any:
        return _CommittedThread(self, loop=self.loop, beacon=self.beacon)
