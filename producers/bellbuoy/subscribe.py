"""Subscribe to alerts and to retrain requests."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bellbuoy.following import open_follower
from bellbuoy.sending.values import event_time_us
from bellbuoy_stream.errors import EventError, SpecError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import decode, envelope_of
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.message import Message

REMEMBERED = (
    10_000  # ids of events already seen; a repeat comes soon after its first, from a worker that restarted
)

logger = logging.getLogger("bellbuoy")


def alerts(
    url: str | None = None,
    *,
    group: str | None = None,
    model: str | None = None,
    since: Any = None,
    follow: bool = True,
    prefix: str | None = None,
) -> Iterator[Alert]:
    """Yield alert decisions as they are made: opened, updated, escalated, resolved.

    Parameters
    ----------
    url
        Broker; by default ``$BELLBUOY_BROKER``.
    group
        Where this group stands is kept: the next start goes on there.  The position moves when the next alert
        is asked for, so an alert whose handling failed comes again.  A new group begins at the first alert ever
        (or at ``since``).  Without a group all alerts come, and no position is kept.
    model
        Only this model's.
    since
        Only what was decided at or after this time: a datetime, an RFC 3339 text or Unix seconds.
    follow
        Wait for more for ever; False ends with what is there now.
    prefix
        Stands before topics and groups; by default ``$BELLBUOY_PREFIX``.

    Raises
    ------
    SpecError
        Where an argument is impossible.
    BrokerError
        Where the broker is away; call again to go on.

    Examples
    --------
    >>> list(alerts("memory://doctest-alerts", follow=False))
    []
    """
    events = follow_topic(
        Topics.ALERTS.name, url, group=group, model=model, since=since, follow=follow, prefix=prefix
    )
    for event in events:
        if isinstance(event, Alert):
            yield event


def retrains(
    url: str | None = None,
    *,
    group: str | None = None,
    model: str | None = None,
    since: Any = None,
    follow: bool = True,
    prefix: str | None = None,
) -> Iterator[Event]:
    """Yield retrain requests as they are made; the arguments are those of :func:`alerts`.

    Examples
    --------
    >>> list(retrains("memory://doctest-alerts", follow=False))
    []
    """
    return follow_topic(
        Topics.RETRAIN.name, url, group=group, model=model, since=since, follow=follow, prefix=prefix
    )


def follow_topic(
    topic: str,
    url: str | None = None,
    *,
    group: str | None = None,
    model: str | None = None,
    since: Any = None,
    follow: bool = True,
    prefix: str | None = None,
) -> Iterator[Event]:
    """Yield the events of a topic, each id once; the arguments are those of :func:`alerts`.

    Records that cannot be decoded are passed over, with a warning in the log named ``bellbuoy``.
    """
    since_us = _since_us(since)
    follower = open_follower(url, prefix, topic, group)
    seen: dict[str, None] = {}
    try:
        while follow or not follower.caught_up():
            for message in follower.poll():
                event = None if (message.append_us or 0) < since_us else _decoded(message, seen)
                if event is not None and model in (None, getattr(event, "model", None)):
                    yield event
                follower.done_with(message)
    finally:
        follower.close()


def _since_us(since: Any) -> int:
    if since is None:
        return 0
    try:
        return event_time_us(since)
    except (ValueError, OverflowError) as error:
        raise SpecError(f"since is {since!r}: {error}; write a time such as 2013-03-18T00:00:00Z") from error


def _decoded(message: Message, seen: dict[str, None]) -> Event | None:
    """The event, or None where it cannot be decoded or was seen before."""
    try:
        event = decode(message.value, message.headers)
    except EventError as error:
        logger.warning(
            "Bellbuoy passes over %s/%d@%d: %s", message.topic, message.partition, message.offset, error
        )
        return None
    event_id = str(getattr(event, "id", None) or envelope_of(message.headers).id or message[:3])
    if event_id in seen:
        return None
    seen[event_id] = None
    if len(seen) > REMEMBERED:
        seen.pop(next(iter(seen)))
    return event
