"""What a Tally says: cumulative counters of panes, and how far it has read."""

from __future__ import annotations

import msgspec

from bellbuoy_stream.events.base import Event


class Cells(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stretch of a vector of counters, in the shorter of two forms.

    ``kind`` is the item type (``u1 u2 u4 i8``); ``at`` (u4) holds the positions of the non-zero counters, or is
    None where all of them are written.
    ``beyond``: counters too large for the kind, in cells of their own; here they are 0.
    """

    kind: str
    data: bytes
    at: bytes | None = None
    beyond: Cells | None = None


class PaneDelta(Event, frozen=True, kw_only=True, omit_defaults=True, tag="pane"):
    """Counters of one pane from one bin of one partition, cumulative up to ``offset`` (exclusive).

    Of several with the same (partition, bin, pane, late, first) the one with the highest offset holds all the
    others (law 3).  ``late`` 0: rows on time for their pane; 1: late for the pane, on time for their window, which
    [start, end) then is; n + 1: rows of the window's revision n.  ``first``: position of the stretch in the vector.
    """

    model: str
    version: str
    spec: str
    reference: str | None
    partition: int
    bin: int
    offset: int
    start_us: int
    end_us: int
    late: int = 0
    segment: str | None = None
    first: int = 0
    cells: Cells | None = None
    rows: int = 0
    weight_milli: int = 0
    dropped: int = 0
    unparsable: int = 0


class Progress(Event, frozen=True, kw_only=True, omit_defaults=True, tag="progress"):
    """How far a partition has been read, as far as one model is concerned; the highest offset wins.

    ``watermark_us``: highest event time of the model's rows less the allowed disorder, None before the first row.
    ``idle``: silent for longer than the spec allows, so it does not hold the others back.
    """

    model: str
    partition: int
    partitions: int
    bin: int
    offset: int
    watermark_us: int | None = None
    idle: bool = False
    rows: int = 0
    late: int = 0
    dropped: int = 0
    dead: int = 0
