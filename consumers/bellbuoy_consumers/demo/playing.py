"""The year in seconds: rows through the logger, a worker on the log, windows and alerts as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellbuoy import PredictionLogger
from bellbuoy.transports import open_transport, parse_address
from bellbuoy_consumers.demo.story import MODEL, VERSION
from bellbuoy_consumers.demo.working import Worker
from bellbuoy_consumers.publishing import publish_reference, publish_spec, published_specs
from bellbuoy_stream.errors import BrokerError, SpecError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from bellbuoy.transports import Transport
    from bellbuoy_consumers.demo.flights import Flights
    from bellbuoy_consumers.demo.story import Story

READ_LIMIT = 500
FLUSH_S = 60.0
WATCHED = ("bellbuoy.windows", "bellbuoy.alerts")


@dataclass(slots=True)
class Played:
    """What has happened so far.

    Attributes
    ----------
    sent, records
        Rows and records that the logger has sent.
    windows, alerts
        What the topics say, in the order in which it was written.
    dead
        Records in the topic of dead letters.
    """

    sent: int = 0
    records: int = 0
    windows: list[WindowReport] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    dead: int = 0


class Watch:
    """Reads windows and alerts as they are written."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._next = {topic: transport.ends(topic) for topic in WATCHED}

    def news(self, played: Played) -> list[WindowReport | Alert]:
        """What has come since the last look; it is added to ``played``."""
        found: list[WindowReport | Alert] = []
        for topic, places in self._next.items():
            for partition in range(len(places)):
                while messages := self._transport.read(topic, partition, places[partition], READ_LIMIT):
                    places[partition] = messages[-1].offset + 1
                    for message in messages:
                        event = decode(message.value, message.headers)
                        if isinstance(event, WindowReport) and event.model == MODEL:
                            played.windows.append(event)
                            found.append(event)
                        elif isinstance(event, Alert) and event.model == MODEL:
                            played.alerts.append(event)
                            found.append(event)
        return sorted(found, key=_moment)


def _moment(event: WindowReport | Alert) -> str:
    return event.end if isinstance(event, WindowReport) else event.time


def play(
    story: Story, url: str, prefix: str, seed: int
) -> Iterator[tuple[Played, list[WindowReport | Alert]]]:
    """Play a story on a log; yields after every day, and while the worker works off the rest.

    Parameters
    ----------
    story
        What to play.
    url, prefix
        Which log; the demo's model must be new there.
    seed
        Stands in the ids of the rows, and so decides which partition each hour's rows take.

    Raises
    ------
    SpecError
        Where the log knows the model already.
    BrokerError
        Where the broker is away, or rows were dropped.
    """
    transport = open_transport(url, prefix)
    try:
        _publish(transport, story, url)
        played, watch = Played(), Watch(transport)
        with (
            Worker(url, prefix) as worker,
            PredictionLogger(url, model=MODEL, version=VERSION, prefix=prefix, source="bellbuoy/demo") as log,
        ):
            for day, flights, scores in story.days():
                _send(log, flights, scores, seed)
                worker.check()
                stats = log.stats()
                played.sent, played.records = stats.sent, stats.batches
                if stats.dropped:
                    raise BrokerError(f"{stats.dropped} rows were dropped on {day}: {stats.last_error}")
                yield played, watch.news(played)
            worker.finish()
            while worker.is_working():
                yield played, watch.news(played)
        played.dead = sum(transport.ends("bellbuoy.deadletter"))
        yield played, watch.news(played)
    finally:
        transport.close()


def row_ids(flights: Flights, seed: int) -> list[str]:
    """Ids of flights: what stands before the ``~`` is shared by an hour, so an hour's rows share a record.

    Examples
    --------
    >>> import numpy as np
    >>> from bellbuoy_consumers.demo.flights import Flights
    >>> row_ids(Flights({}, np.array([3_600_000_000]), np.zeros(1), np.array([17]), np.zeros(1)), seed=7)
    ['7.1~17']
    """
    hours = flights.times // MICROSECONDS["h"]
    return [
        f"{seed}.{hour}~{number}"
        for hour, number in zip(hours.tolist(), flights.numbers.tolist(), strict=True)
    ]


def _send(log: PredictionLogger, flights: Flights, scores: NDArray[np.float64], seed: int) -> None:
    log.log_batch(
        flights.columns,
        scores=scores,
        ids=row_ids(flights, seed),
        times=flights.times.astype("datetime64[us]"),
    )
    if not log.flush(FLUSH_S):
        raise BrokerError(f"rows cannot be sent: {log.stats().last_error or 'the broker takes too long'}")


def _publish(transport: Transport, story: Story, url: str) -> None:
    address = parse_address(url)
    if address.scheme == "kafka":
        from bellbuoy.transports.admin import create_topics  # noqa: PLC0415  # Kafka's topics are made first

        create_topics(address, transport.topics)
    if MODEL in published_specs(transport):
        raise SpecError(
            f"{url} knows a model named {MODEL} already, perhaps from an earlier demo; "
            "give --broker another one, or --prefix a word of your own"
        )
    publish_spec(transport, story.spec)
    publish_reference(transport, story.reference)
