"""`bellbuoy ack` and `bellbuoy mute`: the person on call."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix, Why  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output


def ack(
    incident: Annotated[str, typer.Argument(metavar="ID", help="An incident, or one of its alerts.")],
    why: Why = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Say that somebody has seen an incident."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.cli.times import now_us  # noqa: PLC0415
    from bellbuoy_consumers.publishing import publish_command  # noqa: PLC0415
    from bellbuoy_stream.errors import InputError  # noqa: PLC0415
    from bellbuoy_stream.events.markers import Command  # noqa: PLC0415
    from bellbuoy_stream.specs.suggest import nearest  # noqa: PLC0415

    out = Output(json)
    with opened(broker, prefix, must_exist=True) as transport:
        steps = list(reading.alerts(transport))
        last = {alert.incident: alert for alert in steps}
        of_alert = {alert.id: alert.incident for alert in steps}
        subject = of_alert.get(incident, incident)
        if subject not in last:
            raise InputError(f"there is no incident {incident!r}{nearest(incident, last)}")
        if last[subject].state == "resolved":
            raise InputError(f"{subject} is over already: {last[subject].summary}")
        model, who = last[subject].model, getpass.getuser()
        publish_command(
            transport, Command(model=model, verb="ack", subject=subject, who=who, why=why, time_us=now_us())
        )
    out.line({"kind": "command", "verb": "ack", "model": model, "subject": subject, "who": who})
    out.say(f"{subject}: acknowledged by {who}")


def mute(
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    length: Annotated[str, typer.Option("--for", metavar="4h", help="How long, in the stream's own time.")],
    columns: Annotated[
        str | None, typer.Option(metavar="a,b,...", help="Only these columns; default: all.")
    ] = None,
    why: Why = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Let a model's alarms not ring for a while; they are written all the same, marked as muted."""
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.progress import highest_event_us  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import published_spec  # noqa: PLC0415
    from bellbuoy_consumers.cli.times import now_us  # noqa: PLC0415
    from bellbuoy_consumers.publishing import publish_command  # noqa: PLC0415
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415
    from bellbuoy_stream.events.markers import Command  # noqa: PLC0415
    from bellbuoy_stream.times import duration_us, rfc3339  # noqa: PLC0415

    out = Output(json)
    span = duration_us(length)
    if span <= 0:
        raise SpecError(f"--for {length!r} is no time at all; write 4h")
    names = [] if columns is None else columns.split(",")
    with opened(broker, prefix, must_exist=True) as transport:
        spec = published_spec(transport, model)
        reached = highest_event_us(transport, spec)
        until = (now_us() if reached is None else reached) + span
        command = Command(
            model=model,
            verb="mute",
            columns=names,
            until_us=until,
            who=getpass.getuser(),
            why=why,
            time_us=now_us(),
        )
        publish_command(transport, command)
    shown = {"kind": "command", "verb": "mute", "model": model, "columns": names, "until": rfc3339(until)}
    out.line({**shown, "who": command.who})
    out.say(f"{model}: {', '.join(names) or 'all columns'} muted until {rfc3339(until)} of the stream's time")
