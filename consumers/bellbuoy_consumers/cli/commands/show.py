"""`bellbuoy show`: one thing with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy.transports import Transport
    from bellbuoy_consumers.cli.evidence import Evidence
    from bellbuoy_stream.events.alerts import Alert
    from bellbuoy_stream.events.windows import WindowReport

SHOWN = 6
"""Columns whose distributions are drawn."""


def show(
    subject: Annotated[str, typer.Argument(metavar="ID", help="An incident, an alert or a window.")],
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Show an incident, an alert or a window: its steps, its numbers, and the two distributions."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_stream.errors import InputError  # noqa: PLC0415
    from bellbuoy_stream.specs.suggest import nearest  # noqa: PLC0415

    out = Output(json)
    with opened(broker, prefix, must_exist=True) as transport:
        steps = list(reading.alerts(transport))
        reports = {report.id: report for report in reading.windows(transport)}
        chosen = [step for step in steps if subject in {step.incident, step.id}]
        if chosen:
            _incident(out, transport, chosen, list(reports.values()))
        elif subject in reports:
            _window(out, transport, reports[subject], sorted(reports[subject].columns))
        else:
            known = [*dict.fromkeys(step.incident for step in steps), *reports]
            hint = nearest(subject, known) if len(known) < SHOWN or not subject else ""
            raise InputError(f"there is nothing with the id {subject!r}{hint}; `bellbuoy alerts` and `bellbuoy windows --json` show ids")  # fmt: skip  # noqa: E501


def _incident(
    out: Output, transport: Transport, steps: Sequence[Alert], reports: Sequence[WindowReport]
) -> None:
    from bellbuoy_consumers.cli.humans import alert_line  # noqa: PLC0415
    from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415

    for step in steps:
        out.line(event_object(step))
        out.say(*alert_line(step))
    last = steps[-1]
    out.say(f"\n{last.action}; next: {last.next}")
    for column in last.columns:
        change = f": {column.reference} -> {column.current}" if column.reference and column.current else ""
        out.say(f"  {column.name}  distance {column.effect:.3f}, threshold {column.threshold:.3f}{change}")
    if last.evidence:
        out.say(f"  evidence: {msgspec.json.encode(last.evidence).decode()}", "dim")
    columns = list(dict.fromkeys(column.name for step in steps for column in step.columns))
    window = _worst(steps, columns, reports)
    if window is not None:
        _window(out, transport, window, columns[:SHOWN])


def _worst(
    steps: Sequence[Alert], columns: Sequence[str], reports: Sequence[WindowReport]
) -> WindowReport | None:
    """The window of an incident in which its columns lay farthest from the reference."""
    from bellbuoy_stream.times import parse_time_us  # noqa: PLC0415

    first, last = steps[0], steps[-1]
    start = parse_time_us(first.since)
    end = parse_time_us(last.time)

    def far(report: WindowReport) -> float:
        found = [report.columns[name].ks for name in columns if name in report.columns]
        return max((value for value in found if value is not None), default=0.0)

    inside = [
        report
        for report in reports
        if (report.model, report.version, report.segment) == (first.model, first.version, first.segment)
        and parse_time_us(report.end) > start
        and parse_time_us(report.start) <= end
    ]
    return max(inside, key=far, default=None)


def _window(out: Output, transport: Transport, window: WindowReport, columns: Sequence[str]) -> None:
    from bellbuoy_consumers.cli.evidence import Evidence, drawn  # noqa: PLC0415
    from bellbuoy_consumers.cli.humans import WindowLines  # noqa: PLC0415
    from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import published_spec  # noqa: PLC0415

    out.line(event_object(window))
    if out.json:
        return
    out.say(f"\nwindow {window.id}", "bold")
    out.say(*WindowLines().line(window))
    evidence = Evidence.of(transport, published_spec(transport, window.model), window)
    for name in columns:
        if name not in window.columns:
            continue
        out.say(f"\n{name}", "bold")
        out.say(f"  {_numbers(window, name, evidence)}")
        shape = evidence.shape(name)
        for line in () if shape is None else drawn(shape):
            out.say(f"  {line}")


def _numbers(window: WindowReport, name: str, evidence: Evidence) -> str:
    from bellbuoy_consumers.report.values import number  # noqa: PLC0415

    said = window.columns[name]
    values = {
        "KS": said.ks,
        "p": said.p_value,
        "PSI": said.psi,
        "threshold": window.thresholds.get(name),
        "missing": said.nulls,
    }
    shown = [f"{label} {value:.4g}" for label, value in values.items() if value is not None]
    if said.reference_median is not None:
        shown.append(f"median before {number(said.reference_median)}")
    if said.median is not None:
        shown.append(f"median now {evidence.median(name, said.median)}")
    return ", ".join(shown)
