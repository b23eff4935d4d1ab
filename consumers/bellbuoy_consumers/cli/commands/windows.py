"""`bellbuoy windows`: the report of every window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellbuoy_consumers.cli.options import (  # noqa: TC001  # typer reads the annotations
    Broker,
    Json,
    ModelOption,
    Prefix,
    Since,
)
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.windows import WindowReport


def windows(
    open: Annotated[bool, typer.Option("--open", help="Those that are not over yet, too.")] = False,  # noqa: A002
    model: ModelOption = None,
    since: Since = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Show the windows that are over, each revision as it was issued."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.cli.humans import WindowLines  # noqa: PLC0415
    from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import check_model  # noqa: PLC0415
    from bellbuoy_consumers.cli.times import since_us  # noqa: PLC0415

    out = Output(json)
    earliest = since_us(since)
    with opened(broker, prefix, must_exist=True) as transport:
        check_model(transport, model)
        reports = _reports(transport, reading.windows(transport), with_open=open)
        shown = list(reading.chosen(reports, model, earliest, lambda report: report.start))
    lines = WindowLines(shown)
    out.say(lines.head if shown else "no windows", "bold" if shown else "")
    for window in shown:
        out.line(event_object(window))
        out.say(*lines.line(window))


def _reports(
    transport: Transport, closed: Iterator[WindowReport], *, with_open: bool
) -> Iterator[WindowReport]:
    yield from closed
    if with_open:
        yield from open_windows(transport)


def open_windows(transport: Transport) -> Iterator[WindowReport]:
    """Windows that are not over yet, from a Judge that reads along and writes nothing."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.library import Library  # noqa: PLC0415
    from bellbuoy_stream.events.base import Event  # noqa: PLC0415
    from bellbuoy_stream.events.markers import SpecEffective  # noqa: PLC0415
    from bellbuoy_stream.processors.judge import Judge  # noqa: PLC0415
    from bellbuoy_stream.processors.protocol import Position  # noqa: PLC0415

    judge = Judge(Library(transport).find)
    # markers may be older than the oldest pane that is kept
    for marker in reading.events(reading.messages(transport, "bellbuoy.specs"), SpecEffective):
        judge.on_event(marker, Position(0, 0))
    for event in reading.events(reading.messages(transport, "bellbuoy.panes"), Event):
        judge.on_event(event, Position(0, 0))
    yield from judge.open_windows()
