"""Create topics on Kafka: only where a person asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from bellbuoy.transports.clients import connect
from bellbuoy.transports.security import security_from_environment
from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy.transports.address import Address
    from bellbuoy.transports.security import Security
    from bellbuoy_stream.events.topics import Topic, Topics

CONNECT_MS = 10_000
READY_MS = 30_000  # a new topic needs a leader for every partition


def create_topics(
    address: Address,
    topics: Topics,
    wanted: Sequence[Topic] | None = None,
    *,
    replication: int = -1,
    security: Security | None = None,
) -> list[str]:
    """Create topics with their settings; return the names of those that were new.

    Parameters
    ----------
    address
        Servers.
    topics
        The prefix.
    wanted
        Which topics; all of them by default.  One that exists stays as it is.
    replication
        Copies of every partition, or -1 for the broker's default.
    security
        How to connect; by default what the environment says.

    Raises
    ------
    BrokerError
        Where the broker is away or refuses.
    """
    client = None
    try:
        client = connect(
            KafkaAdminClient,
            bootstrap_servers=address.place.split(","),
            bootstrap_timeout_ms=CONNECT_MS,
            **(security or security_from_environment()).client_settings(),
        )
        orders = {
            topics.physical(topic.name): {
                "num_partitions": topic.partitions,
                "replication_factor": replication,
                "configs": topic.settings(),
            }
            for topic in wanted or topics.ALL
        }
        answer = client.create_topics(orders, raise_errors=False)
        created = [str(one["name"]) for one in answer["topics"] if one["error_code"] == 0]
        for one in answer["topics"]:
            error = for_code(one["error_code"])
            if one["error_code"] != 0 and error is not TopicAlreadyExistsError:
                raise BrokerError(f"Kafka at {address.place} does not create {one['name']}: {error.__name__} {one.get('error_message') or ''}".rstrip())  # fmt: skip  # noqa: E501
        client.wait_for_topics(list(orders), timeout_ms=READY_MS)
    except KafkaError as error:
        raise BrokerError(f"Kafka at {address.place} does not answer ({type(error).__name__}); check the address and that the broker runs") from error  # fmt: skip  # noqa: E501
    else:
        return created
    finally:
        if client is not None:
            client.close()
