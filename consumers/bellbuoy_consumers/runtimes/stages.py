"""The stages a worker can run, by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.fold import Stage
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.tally import Tally

if TYPE_CHECKING:
    from bellbuoy_stream.processors.protocol import FindReference, Processor, Snapshot

ROLES = ("tally", "judge")


def stages(find_reference: FindReference) -> tuple[Stage, ...]:
    """All stages, each after the one whose output it reads."""
    counters = Counters(find_reference)

    def tally(partition: int, partitions: int, saved: Snapshot | None) -> Processor:
        return Tally(partition, partitions, counters, saved)

    def judge(partition: int, partitions: int, saved: Snapshot | None) -> Processor:
        del partition, partitions
        return Judge(find_reference, saved)

    return (Stage("tally", "bellbuoy.events", tally), Stage("judge", "bellbuoy.panes", judge, after="tally"))
