"""What an operator publishes: specs and references, with the markers that put them into effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_stream.events.codec import decode, encode
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.message import Outgoing

if TYPE_CHECKING:
    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.markers import Command
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

EVENTS, SPECS, PANES = "bellbuoy.events", "bellbuoy.specs", "bellbuoy.panes"
READ_LIMIT = 1_000


def publish_spec(transport: Transport, spec: MonitorSpec, from_us: int | None = None) -> None:
    """Put a spec into effect for panes from ``from_us`` (event time) on, and then write down that it was.

    The record among the specs comes last: :func:`published_specs` knows only specs whose markers are all there, so
    whoever dies in between does all of it once more.  A marker that a partition has already changes nothing.
    """
    event = SpecEffective(spec=spec, from_us=from_us)
    mark_everywhere(transport, event)
    body, headers = encode(event, "json")
    transport.append([Outgoing(SPECS, spec.model.encode(), body, headers, 0)])


def publish_reference(transport: Transport, reference: Reference, from_us: int | None = None) -> None:
    """Write a reference and put it into effect for its version's rows from ``from_us`` on.

    The reference comes first: what a marker names must be there.  Doing it once more after a death in between
    writes both again, and a marker that a partition has already changes nothing.
    """
    Library(transport).publish(reference)
    mark_everywhere(
        transport,
        ReferenceEffective(
            model=reference.model, version=reference.version, digest=reference.digest, from_us=from_us
        ),
    )


def publish_command(transport: Transport, command: Command) -> None:
    """Write the operator's word where the model's Judge reads it."""
    body, headers = encode(command, "json")
    transport.append([Outgoing(PANES, command.model.encode(), body, headers)])


def mark_everywhere(transport: Transport, marker: Event) -> None:
    """Write a marker to every partition of the events (law 1: a fold learns things from its own log)."""
    body, headers = encode(marker, "json")
    partitions = transport.partitions(EVENTS)
    transport.append([Outgoing(EVENTS, None, body, headers, partition) for partition in range(partitions)])


def published_specs(transport: Transport) -> dict[str, MonitorSpec]:
    """The latest spec of each model."""
    specs: dict[str, MonitorSpec] = {}
    at = transport.begins(SPECS)[0]
    while messages := transport.read(SPECS, 0, at, READ_LIMIT):
        for message in messages:
            event = decode(message.value, message.headers)
            if isinstance(event, SpecEffective):
                specs[event.spec.model] = event.spec
        at = messages[-1].offset + 1
    return specs
