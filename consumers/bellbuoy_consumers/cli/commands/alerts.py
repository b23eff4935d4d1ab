"""`bellbuoy alerts`: what happened."""

from __future__ import annotations

from contextlib import suppress

from bellbuoy_consumers.cli.options import (  # noqa: TC001  # typer reads the annotations
    Broker,
    Follow,
    Json,
    ModelOption,
    Prefix,
    Since,
)
from bellbuoy_consumers.cli.output import Output


def alerts(
    follow: Follow = False,
    model: ModelOption = None,
    since: Since = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Show every step of every incident: opened, updated, escalated, resolved."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.cli.humans import alert_line  # noqa: PLC0415
    from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import check_model  # noqa: PLC0415
    from bellbuoy_consumers.cli.times import since_us  # noqa: PLC0415

    out = Output(json)
    earliest = since_us(since)
    shown = 0
    with opened(broker, prefix, must_exist=True) as transport, suppress(KeyboardInterrupt):
        check_model(transport, model)
        steps = reading.alerts(transport, follow=follow)
        for alert in reading.chosen(steps, model, earliest, lambda step: step.time):
            shown += 1
            out.line(event_object(alert))
            out.say(*alert_line(alert))
    if not shown:
        out.say("no alerts")
