"""Rows a second on one core, from Kafka to counters and to window reports, beside scipy's KS test on the same rows.

20 numeric columns of float64, records of 4,096 rows.  The worker is held on one core; the broker has the others.
Where ``BELLBUOY_TEST_KAFKA=host:port`` names no broker, one is started.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import statistics
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import ks_2samp

from bellbuoy.transports.address import parse_address
from bellbuoy.transports.admin import create_topics
from bellbuoy.transports.opening import open_transport
from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_consumers.runtimes.faust import FaustWorker
from bellbuoy_consumers.runtimes.faust.allocation import keep_freed_memory
from bellbuoy_consumers.runtimes.fold import Fold, Stage
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.events import Message, Outgoing, Packed, PredictionBatch, decode, encode
from bellbuoy_stream.events.topics import Topics
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec
from bellbuoy_stream.statistics import table_statistics
from bellbuoy_stream.times import MICROSECONDS
from benchmarks._plain import plain_seconds
from tests.kafka.broker import KafkaBroker, started
from tests.kafka.engine import HOW_TO_HAVE_THEM, engine_or_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events import Column
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.processors.protocol import Output, Position, Processor, Snapshot
    from bellbuoy_stream.references.reference import Reference

COLUMNS, ROWS = 20, 4_096
RECORDS = 480  # two million rows; 330 MB
ROUNDS = 3  # of every path, one after the other: machines are not the same from minute to minute
PARTITIONS = 4
REFERENCE_ROWS = 10_000
RECORDS_A_WINDOW, RECORDS_A_LONG_WINDOW = 10, 240  # two panes a window, and 24 as by default
MINUTE = MICROSECONDS["m"]
START = 1_363_564_800_000_000
REPORTS = 20  # that are timed
BOTH = ("tally", "judge")
PATHS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("a plain Faust agent that only sorts and counts", (), RECORDS_A_WINDOW),
    ("Kafka to PaneDelta", ("tally",), RECORDS_A_WINDOW),
    (f"Kafka to WindowReport, {RECORDS_A_WINDOW} records a window", BOTH, RECORDS_A_WINDOW),
    (f"Kafka to WindowReport, {RECORDS_A_LONG_WINDOW} records a window", BOTH, RECORDS_A_LONG_WINDOW),
)


def spec(records_a_window: int) -> MonitorSpec:
    """Windows of so many records, panes of a 24th of that, or of five where that is more."""
    size, pane = f"{records_a_window}m", f"{max(5, records_a_window // 24)}m"
    return MonitorSpec(model="bench", window=WindowSpec(size=size, pane=pane, keep="1h", idle="1w"))


SPEC = spec(RECORDS_A_WINDOW)


def columns(rows: int, rng: np.random.Generator) -> dict[str, Packed]:
    return {
        f"x{number}": Packed("f8", rng.normal(size=rows).astype("<f8").tobytes(), rows)
        for number in range(COLUMNS)
    }


def reference(of: MonitorSpec = SPEC) -> Reference:
    rng = np.random.default_rng(1)
    times = START - np.arange(REFERENCE_ROWS, 0, -1, dtype=np.int64) * MINUTE
    return build_reference("bench", "1", of, [Rows(columns(REFERENCE_ROWS, rng), times)])


def records() -> Iterator[Outgoing]:
    """A record a minute of event time, to one partition after the other."""
    rng = np.random.default_rng(2)
    for number in range(RECORDS):
        times = START + number * MINUTE + np.sort(rng.integers(0, MINUTE, ROWS))
        packed = Packed("i8", times.astype("<i8").tobytes(), ROWS)
        event = PredictionBatch(model="bench", version="1", columns=dict(columns(ROWS, rng)), times=packed)
        body, headers = encode(event)
        yield Outgoing("bellbuoy.events", None, body, headers, number % PARTITIONS)


@dataclass
class Clock:
    """When the first record was folded and the last output made, on the wall and on the processor."""

    began: tuple[float, float] | None = None
    ended: tuple[float, float] = (0.0, 0.0)

    def tick(self) -> None:
        """Note the time."""
        self.ended = time.perf_counter(), time.process_time()
        self.began = self.began or self.ended

    def seconds(self) -> tuple[float, float]:
        """Wall and processor seconds between the first tick and the last."""
        assert self.began is not None
        return self.ended[0] - self.began[0], self.ended[1] - self.began[1]


class Timed:
    """A processor that notes when it works."""

    def __init__(self, processor: Processor, clock: Clock) -> None:
        self._processor = processor
        self._clock = clock

    def on_event(self, event: Event, at: Position) -> list[Output]:
        """See the processor."""
        self._clock.tick()
        out = self._processor.on_event(event, at)
        self._clock.tick()
        return out

    def flush(self, *, idle: bool = False) -> list[Output]:
        """See the processor."""
        return self._processor.flush(idle=idle)

    def snapshot(self) -> Snapshot:
        """See the processor."""
        return self._processor.snapshot()


def timed(stage: Stage, clock: Clock) -> Stage:
    def build(partition: int, partitions: int, saved: Snapshot | None) -> Processor:
        return Timed(stage.build(partition, partitions, saved), clock)

    return Stage(stage.name, stage.topic, build, stage.after)


@contextmanager
def broker() -> Iterator[KafkaBroker | None]:
    """A broker, or None and a line that says why."""
    if external := os.environ.get("BELLBUOY_TEST_KAFKA"):
        yield KafkaBroker(external)
        return
    engine, missing = engine_or_reason()
    if engine is None:
        print(f"Left out: no Kafka ({missing}). {HOW_TO_HAVE_THEM}")
        yield None
        return
    with TemporaryDirectory(prefix="bellbuoy-bench-") as home, started(engine, Path(home)) as own:
        yield own


@contextmanager
def one_core() -> Iterator[None]:
    """Hold this thread, and those that it starts, on one core where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def work_off(url: str, prefix: str, roles: Sequence[str]) -> tuple[float, float]:
    """Wall and processor seconds that a worker took for all records."""
    log, clock = open_transport(url, prefix), Clock()
    chosen = [timed(stage, clock) for stage in stages(Library(log).find) if stage.name in roles]
    keep_freed_memory()  # as a worker's process does
    with one_core():
        FaustWorker(url, chosen, prefix).drain()
    log.close()
    return clock.seconds()


def plain_rate_seconds(url: str, prefix: str) -> tuple[float, float]:
    """Wall and processor seconds that a Faust agent takes which only counts, on the same core and the same records."""
    cuts = np.sort(np.random.default_rng(1).normal(size=256))
    topic = Topics(prefix).physical("bellbuoy.events")
    keep_freed_memory()
    with one_core():
        return plain_seconds(url, topic, f"{prefix}plain", RECORDS, cuts)


def fill(url: str, prefix: str, messages: list[Outgoing], of: MonitorSpec = SPEC) -> None:
    create_topics(parse_address(url), Topics(prefix))
    log = open_transport(url, prefix)
    publish_spec(log, of)
    publish_reference(log, reference(of))
    for at in range(0, len(messages), 20):
        log.append(messages[at : at + 20])
    log.close()


def floats(column: Column) -> NDArray[np.float64]:
    assert isinstance(column, Packed)
    return np.frombuffer(column.data, dtype="<f8")


def ks_seconds_a_row(messages: list[Outgoing]) -> float:
    """Seconds a row of decoding the records of some windows and testing every column against the reference."""
    rng = np.random.default_rng(1)
    sample = [floats(column) for column in columns(REFERENCE_ROWS, rng).values()]
    windows = 6
    began = time.process_time()
    for window in range(windows):
        few = messages[window * RECORDS_A_WINDOW : (window + 1) * RECORDS_A_WINDOW]
        batches = [decode(message.value, message.headers) for message in few]
        for number, before in enumerate(sample):
            parts = [
                floats(batch.columns[f"x{number}"]) for batch in batches if isinstance(batch, PredictionBatch)
            ]
            ks_2samp(before, np.concatenate(parts), method="asymp")
    return (time.process_time() - began) / (windows * RECORDS_A_WINDOW * ROWS)


def report_ms(messages: list[Outgoing], records_a_window: int) -> float:
    """Processor milliseconds of all statistics of one window."""
    before = reference().columns
    events = [decode(message.value, message.headers) for message in messages[:records_a_window]]
    batches = [event.columns for event in events if isinstance(event, PredictionBatch)]
    counters = [(column.name, ColumnCounter(column)) for column in before]
    counts = [
        np.sum([counter.count(values_of(batch[name]))[0] for batch in batches], axis=0)
        for name, counter in counters
    ]
    table_statistics(before, counts)  # prepares the reference
    began = time.process_time()
    for _ in range(REPORTS):
        table_statistics(before, counts)
    return 1_000 * (time.process_time() - began) / REPORTS


def profile(find: Callable[[str], Reference | None], messages: list[Outgoing], marks: list[Message]) -> None:
    """Where the time of folding goes: decoding, counting, encoding."""
    few = [
        Message("bellbuoy.events", 0, len(marks) + at, None, None, message.value, message.headers)
        for at, message in enumerate(messages[:100])
    ]
    fold = Fold(stages(find)[0], 0, 1)
    fold.apply(marks)
    profiler = cProfile.Profile()
    profiler.enable()
    for at in range(0, len(few), 20):
        fold.apply(few[at : at + 20])
        fold.flush()
    profiler.disable()
    table = pstats.Stats(profiler)
    total = sum(row[2] for row in table.stats.values())  # type: ignore[attr-defined]
    print(f"\nFolding alone: {100 * ROWS / total:,.0f} rows/s under the profiler.  Where it goes:\n")
    print("| share | calls | function |\n|---|---|---|")
    rows = sorted(table.stats.items(), key=lambda item: -item[1][2])  # type: ignore[attr-defined]
    for (file, line, name), (_, calls, own, _, _) in rows[:12]:
        where = f"{Path(file).name}:{line} {name}" if line else name
        print(f"| {own / total:.1%} | {calls} | `{where}` |")


def marks_of(log: Transport) -> list[Message]:
    """The spec's and the reference's markers."""
    return log.read("bellbuoy.events", 0, 0, 2)


def run() -> None:
    print(f"\n## Throughput: {COLUMNS} float64 columns, records of {ROWS:,} rows, one core\n")
    with broker() as found:
        if found is None:
            return
        prefix = f"bench{uuid.uuid4().hex[:8]}-"
        messages = list(records())
        rows = RECORDS * ROWS
        ks = 1 / ks_seconds_a_row(messages)
        taken: dict[str, list[tuple[float, float]]] = {}
        for number in range(ROUNDS):
            for at, (name, roles, records_a_window) in enumerate(PATHS):
                ours = f"{prefix}{number}{at}-"
                fill(found.url, ours, messages, spec(records_a_window))
                seconds = work_off(found.url, ours, roles) if roles else plain_rate_seconds(found.url, ours)
                taken.setdefault(name, []).append(seconds)
                found.delete_topics(ours)
        processor = {
            name: statistics.median(seconds[1] for seconds in rounds) for name, rounds in taken.items()
        }
        plain = processor[PATHS[0][0]]
        print(f"Medians of {ROUNDS} rounds, in brackets all of them.\n")
        print("| path | rows/s, wall | rows/s of processor time | times ks_2samp | times a plain agent |")
        print("|---|---|---|---|---|")
        print(
            f"| ks_2samp, windows of {RECORDS_A_WINDOW * ROWS:,} rows, decoding included | | {ks:,.0f} | 1.0 | |"
        )
        for name, rounds in taken.items():
            wall = rows / statistics.median(seconds[0] for seconds in rounds)
            each = ", ".join(f"{rows / seconds[1] / 1_000:,.0f}k" for seconds in rounds)
            rate = rows / processor[name]
            share = plain / processor[name]
            print(f"| {name} | {wall:,.0f} | {rate:,.0f} ({each}) | {rate / ks:.1f} | {share:.2f} |")
        costs = [report_ms(messages, count) for count in (RECORDS_A_WINDOW, RECORDS_A_LONG_WINDOW)]
        print(
            f"\nA report costs {costs[0]:.1f} ms of processor time for a window of {RECORDS_A_WINDOW} records, and"
            f" {costs[1]:.1f} ms for one of {RECORDS_A_LONG_WINDOW}: its cost is per window and not per row."
        )
        fill(found.url, prefix, [])
        log = open_transport(found.url, prefix)
        profile(Library(log).find, messages, marks_of(log))
        log.close()
        found.delete_topics(prefix)
