"""The workers' processors in one process, with no log between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.processors.protocol import Output
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

    Decision = WindowReport | Alert


class Pipeline:
    """A Tally for each partition and a Judge, fed with one model's rows.

    Parameters
    ----------
    spec, reference
        What holds from the beginning.
    partitions
        Of the events.
    listen
        Called with every event that a Tally gives to the Judge.
    """

    def __init__(
        self,
        spec: MonitorSpec,
        reference: Reference,
        partitions: int,
        listen: Callable[[Event], None] | None = None,
    ) -> None:
        self._references = {reference.digest: reference}
        counters = Counters(self.find_reference)
        self._tallies = [Tally(number, partitions, counters) for number in range(partitions)]
        self._offsets = [0] * partitions
        self._judge = Judge(self.find_reference)
        self._judged = 0
        self._listen = listen
        self.rejected: list[str] = []
        marks: tuple[Event, ...] = (
            SpecEffective(spec=spec),
            ReferenceEffective(model=reference.model, version=reference.version, digest=reference.digest),
        )
        for partition in range(partitions):
            for mark in marks:
                self.feed(mark, partition)

    def find_reference(self, digest: str) -> Reference | None:
        """Look a reference up."""
        return self._references.get(digest)

    def feed(self, event: Event, partition: int) -> list[Decision]:
        """Fold one event of a partition; what is decided on it."""
        tally = self._tallies[partition]
        at = Position(partition, self._offsets[partition])
        self._offsets[partition] += 1
        return list(self._hand_on([*tally.on_event(event, at), *tally.flush()]))

    def finish(self) -> list[Decision]:
        """Say that nothing more comes, as a draining worker does; the last window stays open."""
        said = [self._hand_on(tally.flush(idle=True)) for tally in self._tallies]
        return [decision for decisions in said for decision in decisions]

    def open_windows(self) -> list[WindowReport]:
        """Windows that are not over yet."""
        return list(self._judge.open_windows())

    def _hand_on(self, outputs: Iterable[Output]) -> Iterator[Decision]:
        for output in outputs:
            if not isinstance(output, Emit):
                self.rejected.append(f"{output.reason}: {output.detail}")
                continue
            if self._listen is not None:
                self._listen(output.event)
            decided = self._judge.on_event(output.event, Position(0, self._judged))
            self._judged += 1
            for decision in decided:
                if isinstance(decision, Emit) and isinstance(decision.event, WindowReport | Alert):
                    yield decision.event
