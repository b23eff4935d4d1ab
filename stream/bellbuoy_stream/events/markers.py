"""Markers: what a fold must know, said in the very log it folds (law 1).

A marker is written to every partition of ``bellbuoy.events``.  ``from_us`` says from which *event time* on it
holds, so its effect does not depend on how partitions interleave; None: from the beginning.
"""

from __future__ import annotations

from bellbuoy_stream.events.base import Event
from bellbuoy_stream.specs.monitor import MonitorSpec


class SpecEffective(Event, frozen=True, kw_only=True, omit_defaults=True, tag="spec"):
    """A spec that holds for its model, for panes that start at ``from_us`` or later."""

    spec: MonitorSpec
    from_us: int | None = None


class ReferenceEffective(Event, frozen=True, kw_only=True, omit_defaults=True, tag="reference"):
    """Rows of this version are counted against the reference with this digest, from ``from_us`` on."""

    model: str
    version: str
    digest: str
    from_us: int | None = None


class Command(Event, frozen=True, kw_only=True, omit_defaults=True, tag="command"):
    """The operator's word, written to the model's partition of ``bellbuoy.panes``.

    ``verb``: ``ack`` (``subject``: incident), ``mute`` (``columns`` until ``until_us`` of event or append time),
    ``rebaseline``.
    """

    model: str
    verb: str
    subject: str | None = None
    columns: list[str] = []
    until_us: int | None = None
    who: str | None = None
    why: str | None = None
    time_us: int | None = None
