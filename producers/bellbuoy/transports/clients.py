"""What kafka-python's clients have in common: settings, first connection, and errors in words."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
    UnknownTopicOrPartitionError,
)
from kafka.net.compat import KafkaNetClient

from bellbuoy.transports.security import security_from_environment
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from bellbuoy.transports.address import Address
    from bellbuoy.transports.security import Security

CONNECT_MS = 10_000  # how long a first connection may take
REQUEST_MS = 15_000  # how long one request may take before it is sent again
LARGEST_REQUEST_BYTES = (
    MAX_RECORD_BYTES + 100_000
)  # with what comes with the largest record: under the broker's 1,048,588
RECONNECT_MS = 2_000  # longest pause between attempts to connect, so that recovery is soon noticed

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
REFUSALS = (*TOO_LARGE, InvalidRecordError)
"""What a broker says of a record that it will not take later either.

kafka-python calls more errors not retriable: a fresh producer mends those about its sequence, and an operator those
about rights.
"""


def client_settings(address: Address, security: Security | None = None) -> dict[str, Any]:
    """Keyword arguments of a producer or a consumer.

    Raises
    ------
    SpecError
        Where the environment's security settings are impossible.
    """
    return {
        "bootstrap_servers": address.place.split(","),
        "bootstrap_timeout_ms": CONNECT_MS,
        "request_timeout_ms": REQUEST_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
        **(security or security_from_environment()).client_settings(),
    }


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


def in_words(error: KafkaError, address: Address) -> str:
    """What went wrong, and what to check, in a sentence."""
    where = f"Kafka at {address.place}"
    if isinstance(error, SaslAuthenticationFailedError):
        return f"{where} refuses the user name or the password; check BELLBUOY_SASL_USERNAME and BELLBUOY_SASL_PASSWORD"
    if isinstance(error, AuthorizationError):
        return f"{where} does not allow this ({type(error).__name__}); `bellbuoy topics create --print` lists the rights that are needed"  # noqa: E501
    if isinstance(error, TOO_LARGE):
        return f"{where} does not take so large a record; set max.message.bytes of the topic (or message.max.bytes of the broker) to {LARGEST_REQUEST_BYTES:,} or more"  # noqa: E501
    if isinstance(error, InvalidRecordError):
        return f"{where} takes a record for invalid ({error}); compare the topic's settings with `bellbuoy topics create --print`"  # noqa: E501
    if isinstance(error, UnknownTopicOrPartitionError):
        return f"{where} lacks a topic or a partition; run `bellbuoy topics create`"
    return f"{where} does not answer ({type(error).__name__}); check the address, that the broker runs, and BELLBUOY_SECURITY_PROTOCOL"  # noqa: E501
