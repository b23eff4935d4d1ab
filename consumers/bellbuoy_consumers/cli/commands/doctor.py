"""`bellbuoy doctor`: whether everything is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_consumers.cli.health import Finding

STYLES = {"ok": "green", "warn": "yellow", "bad": "red"}


def doctor(broker: Broker = None, prefix: Prefix = None, json: Json = False) -> None:
    """Check the broker, topics, settings, versions and clock; exit 1 where something must be mended."""
    out = Output(json)
    bad = 0
    for finding in _findings(broker, prefix):
        bad += finding.state == "bad"
        out.line({"kind": "check", "check": finding.check, "state": finding.state, "detail": finding.detail})
        out.say(f"{finding.state:<5} {finding.check:<22} {finding.detail}", STYLES[finding.state])
    out.say("mend what is marked bad" if bad else "ready", "red" if bad else "green")
    raise typer.Exit(1 if bad else 0)


def _findings(broker: str | None, prefix: str | None) -> Iterator[Finding]:
    from bellbuoy.transports import default_url  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli import health  # noqa: PLC0415
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.cli.kafka_settings import broker_settings  # noqa: PLC0415
    from bellbuoy_consumers.cli.times import now_us  # noqa: PLC0415
    from bellbuoy_consumers.publishing import published_specs  # noqa: PLC0415

    yield from health.versions()
    with opened(broker, prefix, must_exist=True) as transport:
        names = [transport.topics.physical(topic.name) for topic in health.USED]
        kept = broker_settings(broker or default_url(), names)
        found = list(health.topics(transport, kept))
        yield from found
        if any(one.state == "bad" for one in found):
            return
        yield health.clock(transport, now_us())
        specs = published_specs(transport)
        events = (kept or {}).get(transport.topics.physical("bellbuoy.events"), {}).get("retention.ms")
        yield from health.retention(specs, None if events is None else int(events))
        yield from health.models(transport, specs)
        yield from health.references(transport)
