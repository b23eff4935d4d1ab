"""Open the log that a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy.transports.address import default_prefix, default_url, parse_address
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from bellbuoy.transports.protocol import Transport


def open_transport(url: str | None = None, prefix: str | None = None) -> Transport:
    """Open the log that a URL names; nothing is connected to before the first call of a method.

    Parameters
    ----------
    url
        ``kafka://host:9092[,host:9092]``, ``sqlite:///file.db`` or ``memory://name`` (shared by its name
        within the process); by default ``$BELLBUOY_BROKER``, or else ``sqlite:///bellbuoy.db``.
    prefix
        Stands before every topic and group; by default ``$BELLBUOY_PREFIX``.

    Raises
    ------
    SpecError
        Where the URL or the security settings in the environment are impossible.
    BrokerError
        Where the SQLite file cannot be opened.

    Examples
    --------
    >>> from bellbuoy_stream.events.message import Outgoing
    >>> log = open_transport("memory://doctest")
    >>> log.append([Outgoing("bellbuoy.alerts", b"flights", b"{}")])
    >>> log.ends("bellbuoy.alerts"), log.read("bellbuoy.alerts", 2, 0, limit=10)[0].value
    ([0, 0, 1, 0], b'{}')
    """
    address = parse_address(url or default_url())
    topics = Topics(default_prefix() if prefix is None else prefix)
    if address.scheme == "kafka":
        from bellbuoy.transports.kafka import KafkaTransport  # noqa: PLC0415  # heavy, wanted by Kafka only

        return KafkaTransport(address, topics)
    if address.scheme == "sqlite":
        from bellbuoy.transports.sqlite import SqliteTransport  # noqa: PLC0415

        return SqliteTransport(address.place, topics)
    from bellbuoy.transports.memory import MemoryTransport  # noqa: PLC0415

    return MemoryTransport(address.place, topics)
