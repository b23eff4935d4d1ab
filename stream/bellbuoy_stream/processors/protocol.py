"""What a processor is, and the first law.

Law 1: every processor is a fold over one partition of one log.  What it emits is a function of that log's prefix
and of nothing else: no clock, no second input whose order is not fixed.  What else it must know (a spec, a
reference, a command, idleness) comes to it in that log, as a marker.  Content named by its digest may be looked up
anywhere: a digest has one meaning at all times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.references.reference import Reference

    FindReference = Callable[[str], Reference | None]
    """Looks up a reference by digest; None where the log that keeps references does not have it."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an event stands in its log; ``append_us`` is the log's append time, None where it has none."""

    partition: int
    offset: int
    append_us: int | None = None


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to be written to a topic (its short name, such as ``panes``), keyed."""

    topic: str
    key: str
    event: Event


@dataclass(frozen=True, slots=True)
class Reject:
    """The event just read (or some of its rows) belongs in the dead-letter topic."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State from which the fold can go on: ``position`` is the next offset to read."""

    position: int
    state: bytes


Output = Emit | Reject


class Processor(Protocol):
    """A fold: events in, events out, with a state that can be put away and taken up again."""

    def on_event(self, event: Event, at: Position) -> list[Output]:
        """Fold one event; what to write."""
        ...

    def flush(self, *, idle: bool = False) -> list[Output]:
        """What may be said between events; cumulative, so saying it more often changes nothing (law 3).

        ``idle``: the end of the log has been reached and nothing has come for as long as the host waits.
        """
        ...

    def snapshot(self) -> Snapshot:
        """The latest state to go on from: not always that after the last event (a Tally goes back to its bin)."""
        ...
