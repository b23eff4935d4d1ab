"""Where a broker is: ``kafka://host:9092,host:9092``, ``sqlite:///path/file.db`` or ``memory://name``."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from bellbuoy_stream.errors import SpecError

DEFAULT_URL = "sqlite:///bellbuoy.db"
DEFAULT_PORT = 9092
_HOW = "write kafka://host:9092, sqlite:///relative.db or sqlite:////absolute/path.db"


class Address(NamedTuple):
    """A parsed broker URL.

    ``place`` is ``host:port[,host:port]`` for Kafka, a file's path for SQLite, a name for memory.
    """

    scheme: Literal["kafka", "sqlite", "memory"]
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}://{'/' if self.scheme == 'sqlite' else ''}{self.place}"


def default_url() -> str:
    """URL of the broker where none is named: ``$BELLBUOY_BROKER``, or else a file in the current folder."""
    return os.environ.get("BELLBUOY_BROKER") or DEFAULT_URL


def default_prefix() -> str:
    """Prefix of topics and groups where none is named: ``$BELLBUOY_PREFIX``, or else nothing."""
    return os.environ.get("BELLBUOY_PREFIX", "")


def parse_address(url: str) -> Address:
    """Parse a broker URL.

    Raises
    ------
    SpecError
        Where it is none; credentials belong in the environment, and the message repeats no part of the URL.

    Examples
    --------
    >>> parse_address("kafka://a,b:9093"), parse_address("sqlite:////var/lib/bell.db").place
    (Address(scheme='kafka', place='a:9092,b:9093'), '/var/lib/bell.db')
    >>> str(parse_address("sqlite:///bell.db"))
    'sqlite:///bell.db'
    """
    scheme, separator, rest = url.partition("://")
    if scheme == "kafka" and separator:
        return Address("kafka", ",".join(map(_server, rest.rstrip("/").split(","))))
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Address("sqlite", rest[1:])
    if scheme == "memory" and separator:
        return Address("memory", rest or "default")
    raise SpecError(f"the broker's URL is not understood; {_HOW}")


def _server(text: str) -> str:
    if "@" in text:
        raise SpecError("the broker's URL holds a name or a password; set BELLBUOY_SASL_USERNAME and BELLBUOY_SASL_PASSWORD_FILE instead")  # fmt: skip  # noqa: E501
    host, separator, port = text.strip().rpartition(":")
    if not separator or port.endswith("]"):  # a bare host, or a bare IPv6 address in brackets
        host, port = text.strip(), str(DEFAULT_PORT)
    if not host or not port.isdecimal() or "/" in host:
        raise SpecError(f"the broker's URL names no host and port; {_HOW}")
    return f"{host}:{port}"
