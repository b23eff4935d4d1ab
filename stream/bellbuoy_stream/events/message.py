"""A record as a log stores it, whichever log that is."""

from collections.abc import Iterable
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class Message(NamedTuple):
    """A record with its position.

    ``append_us`` is the log's own append time in microseconds since 1970, or None where the log has none
    (replay of a file): it is part of the log, so a fold may use it.
    """

    topic: str
    partition: int
    offset: int
    append_us: int | None
    key: bytes | None
    value: bytes
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        """Text of a header, or None."""
        return next((value.decode("utf-8", "replace") for key, value in self.headers if key == name), None)


class Outgoing(NamedTuple):
    """A record to be written; ``partition`` None means by key (CRC-32 of the key)."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()
    partition: int | None = None


def known_headers(headers: Iterable[tuple[str, bytes | None]] | None) -> Headers:
    """Headers as Kafka's clients give them: a header may be without a value there, which is an empty one here.

    Examples
    --------
    >>> known_headers([("a", b"1"), ("b", None)]), known_headers(None)
    ((('a', b'1'), ('b', b'')), ())
    """
    return tuple((name, value or b"") for name, value in headers or ())
