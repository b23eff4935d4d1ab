"""How far a model's stream has come, as the log says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from bellbuoy_consumers.cli.reading import events
from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.panes import Progress
from bellbuoy_stream.events.predictions import Prediction, PredictionBatch
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.message import Message
    from bellbuoy_stream.specs.monitor import MonitorSpec

PANES, EVENTS = "bellbuoy.panes", "bellbuoy.events"
TAIL_STEP = 500
NEWEST_RECORDS = 10
"""Records at the end of each partition that are looked into for event times that no Tally has reported yet."""


def latest_progress(transport: Transport, model: str) -> dict[int, Progress]:
    """Newest report of each partition about a model, found from the end of the log backwards."""
    partition = crc32(model.encode()) % transport.partitions(PANES)
    begin, end = transport.begins(PANES)[partition], transport.ends(PANES)[partition]
    found: dict[int, Progress] = {}
    while end > begin:
        start = max(begin, end - TAIL_STEP)
        read = [m for m in transport.read(PANES, partition, start, end - start) if m.offset < end]
        for progress in events(read, Progress):
            known = found.get(progress.partition)
            if progress.model == model and (known is None or progress.offset >= known.offset):
                found[progress.partition] = progress
        if found and len(found) == next(iter(found.values())).partitions:
            break
        end = start
    return found


def highest_event_us(transport: Transport, spec: MonitorSpec) -> int | None:
    """Highest event time of a model that the log knows of; None before the first row."""
    disorder = duration_us(spec.window.disorder)
    reported = latest_progress(transport, spec.model).values()
    times = [report.watermark_us + disorder for report in reported if report.watermark_us is not None]
    for partition, end in enumerate(transport.ends(EVENTS)):
        start = max(transport.begins(EVENTS)[partition], end - NEWEST_RECORDS)
        for message in transport.read(EVENTS, partition, start, NEWEST_RECORDS):
            times += _times(message, spec.model)
    return max(times, default=None)


def _times(message: Message, model: str) -> list[int]:
    """Highest event time in a record, as a Tally would take it; empty where there is none of this model."""
    from bellbuoy_stream.processors.intake import read_batch  # noqa: PLC0415  # needs numpy
    from bellbuoy_stream.processors.protocol import Position  # noqa: PLC0415

    batches = [
        *events([message], PredictionBatch),
        *(row.as_batch() for row in events([message], Prediction)),
    ]
    at = Position(message.partition, message.offset, message.append_us)
    try:
        highest = [read_batch(batch, at).highest_us for batch in batches if batch.model == model]
    except EventError:
        return []
    return [time for time in highest if time is not None]


def next_window_us(transport: Transport, spec: MonitorSpec) -> int | None:
    """Start of the window after the one that the stream has reached; None before the first row."""
    from bellbuoy_stream.windows.calendar import Calendar  # noqa: PLC0415  # needs numpy

    highest = highest_event_us(transport, spec)
    return None if highest is None else Calendar.of(spec.window).window(highest)[1]
