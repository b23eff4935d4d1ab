"""`bellbuoy topics create`: make topics, or say which ones are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from bellbuoy_stream.events.topics import Topics

GROUPS = ("tally", "judge")
WHO = {
    "an app that logs": (("write", "events"), ("describe", "events")),
    "a worker": (
        ("read", "events references specs panes state"),
        ("write", "panes windows alerts models state deadletter"),
        ("idempotent-write", "cluster"),
    ),
    "an operator": (("write", "events references specs panes"), ("read", "all of them")),
}


def create(
    show: Annotated[
        bool, typer.Option("--print", help="Change nothing: print topics, groups and least permissions.")
    ] = False,
    replication: Annotated[
        int, typer.Option(help="Copies of every partition; -1: the broker's default.")
    ] = -1,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Create the topics that are missing, with their settings; those that exist stay as they are."""
    from bellbuoy.transports import default_prefix, default_url, parse_address  # noqa: PLC0415
    from bellbuoy_stream.events.topics import Topics  # noqa: PLC0415

    out = Output(json)
    topics = Topics(default_prefix() if prefix is None else prefix)
    if show:
        _print(out, topics)
        return
    address = parse_address(broker or default_url())
    if address.scheme == "kafka":
        from bellbuoy.transports.admin import create_topics  # noqa: PLC0415

        made = create_topics(address, topics, replication=replication)
    else:
        made = _embedded(str(address), prefix)
    for name in made:
        out.line({"kind": "topic", "name": name, "state": "created"})
        out.say(f"{name}: created")
    if not made:
        out.say("all topics are there")


def _embedded(url: str, prefix: str | None) -> list[str]:
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_stream.events.topics import Topics  # noqa: PLC0415

    with opened(url, prefix) as transport:
        for topic in Topics.ALL:
            transport.partitions(topic.name)  # a file makes its topics as they are asked for
        return [transport.topics.physical(topic.name) for topic in Topics.ALL]


def _print(out: Output, topics: Topics) -> None:
    for topic in topics.ALL:
        name = topics.physical(topic.name)
        settings: dict[str, Any] = {"partitions": topic.partitions, **topic.settings()}
        out.line({"kind": "topic", "name": name, "state": "wanted", "settings": settings})
        shown = " ".join(f"--config {key}={value}" for key, value in topic.settings().items())
        out.say(f"{name}  --partitions {topic.partitions} {shown}")
    out.say("")
    for group in GROUPS:
        name = topics.physical(f"bellbuoy.{group}")
        out.line({"kind": "group", "name": name})
        out.say(f"group {name}")
    out.say("")
    for who, permissions in WHO.items():
        for verb, what in permissions:
            out.line({"kind": "acl", "who": who, "operation": verb, "on": what})
            out.say(f"{who}: {verb} on {what}")
