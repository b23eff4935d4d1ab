"""How far a model's stream has come: the minimum over its partitions, idle ones left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from bellbuoy_stream.events.panes import Progress


class Mark(msgspec.Struct):
    """How far one partition has been read."""

    offset: int
    watermark_us: int | None
    idle: bool


class Watermark(msgspec.Struct):
    """Watermark of one model from the progress of its partitions.

    ::

        partition 0   ----------------->  12:00
        partition 1   -------->           10:00     all live:            10:00
        partition 2   (idle)               3:00     2 idle:  left out    10:00
                                                    1, 2 idle:           12:00
                                                    all idle: highest    12:00

    A partition that has said nothing yet holds all others back: nobody knows what lies in it.

    Examples
    --------
    >>> from bellbuoy_stream.events.panes import Progress
    >>> def progress(partition, offset, watermark, idle=False):
    ...     return Progress(model="m", partition=partition, partitions=2, bin=0, offset=offset,
    ...                     watermark_us=watermark, idle=idle)
    >>> watermark = Watermark()
    >>> watermark.take(progress(0, 1, 50)), watermark.take(progress(1, 1, 20)), watermark.take(progress(1, 1, 20, True))
    (None, 20, 50)
    """

    partitions: int = 0
    marks: dict[int, Mark] = {}
    reached_us: int | None = None

    def take(self, progress: Progress) -> int | None:
        """Take a report; the highest watermark that the model has reached, None before the first."""
        self.partitions = max(self.partitions, progress.partitions)
        mark = self.marks.get(progress.partition)
        # at the same offset the later word counts: idle at the end of the log, or awake again before it goes on
        if (
            mark is None
            or progress.offset > mark.offset
            or (progress.offset == mark.offset and progress.idle != mark.idle)
        ):
            self.marks[progress.partition] = Mark(progress.offset, progress.watermark_us, progress.idle)
        now = self._now()
        if now is not None and (self.reached_us is None or now > self.reached_us):
            self.reached_us = now
        return self.reached_us

    def _now(self) -> int | None:
        if len(self.marks) < self.partitions:
            return None
        live = [mark.watermark_us for mark in self.marks.values() if not mark.idle]
        if not live:
            return max(
                (mark.watermark_us for mark in self.marks.values() if mark.watermark_us is not None),
                default=None,
            )
        known = [watermark for watermark in live if watermark is not None]
        return min(known) if len(known) == len(live) else None
