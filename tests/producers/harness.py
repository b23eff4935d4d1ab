"""What the tests of the producers share: read back what was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from bellbuoy_stream.events import Packed, PredictionBatch, decode, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events import Column, Event, Message

Found = list[tuple["Message", Any]]  # with the event, whose type a test knows


class ReadBack(Protocol):
    """Reads everything in a topic, partition by partition."""

    def __call__(self, url: str, prefix: str = "", topic: str = "bellbuoy.events") -> Found: ...


def read_all(transport: Transport, topic: str = "bellbuoy.events") -> Found:
    """Everything in a topic, decoded."""
    return [
        (message, decode(message.value, message.headers))
        for partition, end in enumerate(transport.ends(topic))
        for message in _partition(transport, topic, partition, end)
    ]


def batches(found: Found, kind: type[Event]) -> list[Any]:
    """The events of one type."""
    return [event for _, event in found if isinstance(event, kind)]


def values(column: Column | dict[str, Column] | None, name: str | None = None) -> list[Any]:
    """A column's values; of one class, where it is a mapping."""
    if isinstance(column, dict):
        assert name is not None
        column = column[name]
    assert column is not None
    return unpack(column)


def feature(found: Iterable[PredictionBatch], name: str) -> list[Any]:
    """A feature's values in all batches."""
    return [value for batch in found for value in unpack(batch.columns[name])]


def packed(column: Column | dict[str, Column] | None) -> Packed:
    """The column, which must be packed."""
    assert isinstance(column, Packed)
    return column


def _partition(transport: Transport, topic: str, partition: int, end: int) -> Iterator[Message]:
    at = 0
    while at < end and (messages := transport.read(topic, partition, at, 1_000)):
        yield from messages
        at = messages[-1].offset + 1
