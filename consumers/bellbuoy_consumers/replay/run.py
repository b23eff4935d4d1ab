"""A file played through the workers' processors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_consumers.files import RowSpan, file_digest, scan_times
from bellbuoy_consumers.files.batches import BATCH_ROWS, file_batches
from bellbuoy_consumers.replay.pipeline import Pipeline
from bellbuoy_stream.building import ReferenceBuilder
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellbuoy_consumers.files import RowFile, Scan
    from bellbuoy_consumers.replay.stream_rows import StreamRows
    from bellbuoy_stream.events.alerts import Alert
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

    Advance = Callable[[str, int, int], None]
    """Told (what is being done, rows done, rows in all)."""

VERSION = "1"
MOST_BATCHES = 10_000
"""Smaller batches say more exactly after which row a decision fell, and take longer."""
BATCHES_A_PANE = 8
"""Rounds through all partitions in the rows of one pane."""


@dataclass(frozen=True, slots=True)
class Step:
    """A decision, and how many rows of the file had been read when it was made."""

    row: int
    decision: WindowReport | Alert


@dataclass(frozen=True)
class Replay:
    """What is played: a file, the rows before ``first`` left out, under a spec and against a reference."""

    file: RowFile
    spec: MonitorSpec
    reference: Reference
    partitions: int
    first: int
    scan: Scan

    def run(
        self, advance: Advance = lambda *_: None, listen: Callable[[Event], None] | None = None
    ) -> Iterator[Step]:
        """Every decision, in stream order; windows that are not over come last.

        A file whose rows lie further back than the spec's ``disorder`` allows is read in the batches of `bellbuoy
        send`, since then it matters which rows come together; any other one in smaller batches.

        Raises
        ------
        InputError
            Where the processors refuse rows.
        """
        pipeline = Pipeline(self.spec, self.reference, self.partitions, listen)
        digest = file_digest(self.file.path, f"{self.spec.model}@{VERSION}")
        span = RowSpan(self.first)
        rows = batch_rows(self.scan, self.spec, self.partitions)
        if self.file.roles.id:  # each batch is parted among all partitions, so that they go on together
            rows = min(rows * self.partitions, BATCH_ROWS)
        reached = self.first
        for part in file_batches(self.file, self.spec.model, VERSION, digest, self.partitions, rows, span):
            reached = part.stop
            for decision in pipeline.feed(part.batch, part.partition):
                yield Step(part.stop, decision)
            if pipeline.rejected:
                raise InputError(f"{self.file.path}: {pipeline.rejected[0]}")
            advance("replay", reached - self.first, self.scan.rows)
        for decision in pipeline.finish():
            yield Step(reached, decision)
        for window in pipeline.open_windows():
            yield Step(reached, window)


def batch_rows(scan: Scan, spec: MonitorSpec, partitions: int) -> int:
    """Rows a batch, so that a decision falls within an eighth of a pane of what caused it.

    Examples
    --------
    >>> from bellbuoy_consumers.files import Scan
    >>> from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec
    >>> spec = MonitorSpec(model="m", window=WindowSpec(size="500s", pane="50s", disorder="0s"))
    >>> batch_rows(Scan(10_000, 0, 9_999_000_000, 0), spec, 4), batch_rows(Scan(10_000, 0, 9_999_000_000, 7), spec, 4)
    (1, 4096)
    """
    if scan.behind_us > duration_us(spec.window.disorder):
        return BATCH_ROWS
    wanted = scan.rows_in(duration_us(spec.window.pane)) / (BATCHES_A_PANE * partitions)
    return min(max(int(wanted), scan.rows // MOST_BATCHES, 1), BATCH_ROWS)


def prepare(
    file: RowFile,
    spec: MonitorSpec,
    reference: int | RowFile,
    partitions: int,
    advance: Advance = lambda *_: None,
) -> Replay:
    """Build the reference and look at the times.

    Parameters
    ----------
    reference
        How many of the file's first rows, which are then left out of monitoring; or another file.

    Raises
    ------
    InputError
        Where no rows are left, or rows have no time.
    """
    source, span, first = (
        (file, RowSpan(0, reference), reference) if isinstance(reference, int) else (reference, RowSpan(), 0)
    )
    scan = scan_times(file, RowSpan(first))
    if not scan.rows:
        if file.roles.time is None and next(iter(file.times()), None) is None:
            raise InputError(
                "rows need a time: name their column with --time, or give each its place with --step 1s"
            )
        raise InputError(f"{file.path} has no rows after the first {first}, which are the reference")
    built = reference_of(source, spec, VERSION, span, advance)
    return Replay(file, spec, built, partitions, first, scan)


def reference_of(
    file: RowFile | StreamRows,
    spec: MonitorSpec,
    version: str,
    span: RowSpan | None = None,
    advance: Advance = lambda *_: None,
) -> Reference:
    """Reference of the rows of a file or of the log, in two passes over them.

    Raises
    ------
    InputError
        Where there are no rows.
    """
    builder = ReferenceBuilder(spec.model, version, spec)
    done = 0
    for chunk in file.chunks(span=span):
        builder.add(chunk.monitored(), chunk.times)
        done += chunk.rows
        advance("reference, first pass", done, 0)
    tally = builder.tally()
    total, done = done, 0
    for chunk in file.chunks(span=span):
        tally.add(chunk.monitored(), chunk.times)
        done += chunk.rows
        advance("reference, second pass", done, total)
    return tally.build()
