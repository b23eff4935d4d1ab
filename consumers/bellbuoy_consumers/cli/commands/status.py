"""`bellbuoy status`: where every model stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellbuoy_consumers.cli.options import Broker, Json, ModelOption, Prefix  # noqa: TC001  # typer reads annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.alerts import Alert
    from bellbuoy_stream.specs.monitor import MonitorSpec


def status(
    model: ModelOption = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Show each model's stream time, rows, and open incidents."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import check_model  # noqa: PLC0415
    from bellbuoy_consumers.publishing import published_specs  # noqa: PLC0415

    out = Output(json)
    with opened(broker, prefix, must_exist=True) as transport:
        check_model(transport, model)
        last = {alert.incident: alert for alert in reading.alerts(transport)}
        unresolved = [alert for alert in last.values() if alert.state != "resolved"]
        specs = published_specs(transport)
        for name, spec in specs.items():
            if model is None or name == model:
                standing = _standing(transport, spec, [alert for alert in unresolved if alert.model == name])
                out.line(standing)
                _say(out, standing)
    if not specs:
        out.say(
            "no model has a spec; begin with `bellbuoy init NAME --data FILE` and `bellbuoy apply NAME.toml`"
        )


def _standing(transport: Transport, spec: MonitorSpec, unresolved: list[Alert]) -> dict[str, Any]:
    from bellbuoy_consumers.cli.progress import latest_progress  # noqa: PLC0415
    from bellbuoy_stream.times import rfc3339  # noqa: PLC0415

    reports = latest_progress(transport, spec.model)
    ends = transport.ends("bellbuoy.events")
    marks = [report.watermark_us for report in reports.values() if report.watermark_us is not None]
    sums = {
        name: sum(getattr(r, name) for r in reports.values()) for name in ("rows", "late", "dropped", "dead")
    }
    return {
        "kind": "status",
        "model": spec.model,
        "watermark": rfc3339(max(marks)) if marks else None,
        **sums,
        "unread_records": sum(end - reports[p].offset if p in reports else end for p, end in enumerate(ends)),
        "open_incidents": [
            {
                "incident": alert.incident,
                "type": alert.type,
                "severity": alert.severity,
                "summary": alert.summary,
            }
            for alert in unresolved
        ],
    }


def _say(out: Output, standing: dict[str, Any]) -> None:
    if standing["watermark"] is None:
        out.say(f"{standing['model']}: no row has been counted yet", "bold")
    else:
        out.say(f"{standing['model']}: stream time {standing['watermark']}", "bold")
    out.say(
        f"  {standing['rows']:,} rows counted, {standing['late']:,} late, {standing['dropped']:,} too late, "
        f"{standing['dead']:,} in the dead letters, {standing['unread_records']:,} records still to read"
    )
    for incident in standing["open_incidents"]:
        out.say(
            f"  {incident['severity']} {incident['type']}: {incident['summary']}  [{incident['incident']}]",
            "red",
        )
    if not standing["open_incidents"]:
        out.say("  no open incident", "green")
