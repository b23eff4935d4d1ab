"""Open a client of kafka-python so that a failed attempt leaves nothing open."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient


def connect(client_class: Any, **settings: Any) -> Any:
    """Open a producer, a consumer or an admin client.

    kafka-python forgets the sockets of a client whose first connection fails; whoever tries again for hours
    would run out of them.

    Raises
    ------
    KafkaError
        Where no connection could be made.
    """
    made: list[Any] = []

    def network(**configs: Any) -> Any:
        made.append(KafkaNetClient(**configs))
        return made[-1]

    try:
        return client_class(kafka_client=network, **settings)
    except KafkaError:
        for client in made:
            with suppress(Exception):
                client.close()
        raise
