"""Reading what is in a topic: all partitions together, in the order in which it was written."""

from __future__ import annotations

import heapq
import time
from typing import TYPE_CHECKING, TypeVar

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.rules.chain import Chains
from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.message import Message

    Kind = TypeVar("Kind", bound=Event)

READ_LIMIT = 500
POLL_S = 0.3
"""How often a follower looks whether something has come."""


def messages(transport: Transport, topic: str, *, follow: bool = False) -> Iterator[Message]:
    """Every record of a topic; with ``follow`` those that come later too, for ever."""
    places = dict(enumerate(transport.begins(topic)))

    def until_end(partition: int) -> Iterator[Message]:
        while found := transport.read(topic, partition, places[partition], READ_LIMIT):
            for message in found:
                places[partition] = message.offset + 1
                yield message

    def age(message: Message) -> tuple[int, int, int]:
        return message.append_us or 0, message.partition, message.offset

    while True:
        yield from heapq.merge(*map(until_end, places), key=age)
        if not follow:
            return
        time.sleep(POLL_S)


def chosen(
    read: Iterable[Kind], model: str | None, earliest_us: int | None, moment: Callable[[Kind], str]
) -> Iterator[Kind]:
    """Events of a model (None: of all) that happened at or after a time (None: at any).

    Parameters
    ----------
    moment
        When an event happened, as RFC 3339.
    """
    for event in read:
        if model is not None and getattr(event, "model", None) != model:
            continue
        if earliest_us is None or parse_time_us(moment(event)) >= earliest_us:
            yield event


def events(read: Iterable[Message], kind: type[Kind]) -> Iterator[Kind]:
    """Events of a kind; what cannot be decoded is passed over."""
    for message in read:
        try:
            event = decode(message.value, message.headers)
        except EventError:
            continue
        if isinstance(event, kind):
            yield event


def alerts(transport: Transport, *, follow: bool = False) -> Iterator[Alert]:
    """Decisions about incidents; rivals of a decision are passed over (law 4)."""
    chains = Chains()
    for alert in events(messages(transport, "bellbuoy.alerts", follow=follow), Alert):
        if chains.extend(alert.incident, alert):
            yield alert


def windows(transport: Transport) -> Iterator[WindowReport]:
    """Reports of closed windows, each revision once."""
    seen: set[tuple[str, int]] = set()
    for report in events(messages(transport, "bellbuoy.windows"), WindowReport):
        if (report.id, report.revision) not in seen:
            seen.add((report.id, report.revision))
            yield report
