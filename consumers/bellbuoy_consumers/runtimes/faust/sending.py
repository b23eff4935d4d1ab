"""Writing outputs so that those whose order matters are acknowledged one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bellbuoy.transports.protocol import check_sizes, partition_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import faust

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.message import Outgoing


def waves(records: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """Cut records where the next one may only be written when all before it have been acknowledged.

    A producer that gives up on one record may still deliver a later one.  So a progress report waits for the
    counters it speaks for, and an alert for the one before it in its chain; all else may be written in any order.

    Examples
    --------
    >>> from bellbuoy_stream.events.message import Outgoing
    >>> def record(kind): return Outgoing("t", b"m", b"", (("ce_type", b"bellbuoy." + kind),))
    >>> kinds = [b"pane", b"pane", b"progress", b"pane", b"progress", b"alert", b"window", b"alert"]
    >>> [len(wave) for wave in waves(map(record, kinds))]
    [2, 2, 3, 1]
    """
    wave: list[Outgoing] = []
    counted: set[bytes | None] = set()
    chained: set[bytes | None] = set()
    for record in records:
        kind = dict(record.headers).get("ce_type")
        if (kind == b"bellbuoy.progress" and record.key in counted) or (
            kind == b"bellbuoy.alert" and record.key in chained
        ):
            yield wave
            wave, counted, chained = [], set(), set()
        wave.append(record)
        if kind == b"bellbuoy.pane":
            counted.add(record.key)
        elif kind == b"bellbuoy.alert":
            chained.add(record.key)
    if wave:
        yield wave


async def send(app: faust.App, transport: Transport, records: Iterable[Outgoing]) -> None:
    """Write records by Faust's producer, and return when the broker has acknowledged all of them.

    ``transport`` knows the names and partition counts of topics, and places records as all our writers do.
    """
    for wave in waves(records):
        check_sizes(wave)
        pending = [
            await app.producer.send(
                transport.topics.physical(record.topic),
                record.key,
                record.value,
                partition_for(record, transport.partitions(record.topic)),
                None,
                list(record.headers),
            )
            for record in wave
        ]
        await asyncio.gather(*pending)
