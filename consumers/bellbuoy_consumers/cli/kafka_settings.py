"""How a Kafka broker keeps the topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECT_MS = 10_000

Settings = dict[str, dict[str, str]]
"""Values by topic and name of the setting."""


def broker_settings(broker: str, names: Sequence[str]) -> Settings | None:
    """Settings of topics by their physical names; those that do not exist are left out.

    Returns
    -------
    Settings or None
        None where the log is not Kafka and has no settings.

    Raises
    ------
    BrokerError
        Where the broker is away.

    Examples
    --------
    >>> broker_settings("sqlite:///bell.db", ["bellbuoy.events"]) is None
    True
    """
    from bellbuoy.transports import parse_address, security_from_environment  # noqa: PLC0415

    address = parse_address(broker)
    if address.scheme != "kafka":
        return None
    from kafka import KafkaAdminClient  # noqa: PLC0415  # heavy, wanted by Kafka only
    from kafka.errors import KafkaError  # noqa: PLC0415

    from bellbuoy.transports.clients import connect  # noqa: PLC0415

    client: Any = None
    try:
        client = connect(
            KafkaAdminClient,
            bootstrap_servers=address.place.split(","),
            bootstrap_timeout_ms=CONNECT_MS,
            **security_from_environment().client_settings(),
        )
        return _described(client, names)
    except KafkaError as error:
        raise BrokerError(f"Kafka at {address.place} does not answer ({type(error).__name__}); check the address and that the broker runs") from error  # fmt: skip  # noqa: E501
    finally:
        if client is not None:
            client.close()


def _described(client: Any, names: Sequence[str]) -> Settings:
    from kafka.admin import ConfigResource, ConfigResourceType  # noqa: PLC0415

    there = set(client.list_topics())
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names if name in there]
    if not wanted:
        return {}
    answer = client.describe_configs(wanted, config_filter="all")["topic"]
    return {
        topic: {name: str(entry["value"]) for name, entry in entries.items()}
        for topic, entries in answer.items()
    }
