"""What Tally and Judge hold after 10 and after 20 million rows: state must not grow with the rows that went by.

Records of 4,096 rows and three float columns, one a minute of event time, panes of a minute and windows of ten.  So
memos of a fixed size (1,024 panes) are full before the first look.
A Tally keeps the counters of a bin of 1,000 records and lets go of them when the next begins, so what is live is the
most that was live in the last 1,000 records.  One child process traces allocations, another only looks at its peak.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy.transports.memory import MemoryTransport
from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_consumers.runtimes.fold import Fold
from bellbuoy_consumers.runtimes.library import Library
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events import Message, Packed, PredictionBatch, encode
from bellbuoy_stream.processors.bin import BIN_RECORDS
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellbuoy_stream.events import Outgoing
    from bellbuoy_stream.references.reference import Reference

COLUMNS, ROWS = 3, 4_096
REFERENCE_ROWS = 10_000
RECORDS_A_WINDOW = 10
RECORDS_A_POLL = 5
LOOKS = (2_450, 4_900)  # records: whole windows, 10 and 20 million rows
ALLOWED = 0.05  # growth from the first look to the second
MINUTE = MICROSECONDS["m"]
START = 1_363_564_800_000_000
SPEC = MonitorSpec(
    model="bench", window=WindowSpec(size=f"{RECORDS_A_WINDOW}m", pane="1m", keep="1h", idle="1w")
)


class Look(NamedTuple):
    """What is held after so many rows, in bytes; ``live`` is 0 where the child traces nothing."""

    rows: int
    windows: int
    tally: int
    judge: int
    live: int
    peak: int


class Worker:
    """A Tally and the Judge that reads what it writes, without a log between them."""

    def __init__(self) -> None:
        log = MemoryTransport("memory")
        publish_spec(log, SPEC)
        publish_reference(log, reference())
        tally, judge = stages(Library(log).find)[:2]
        self.tally, self.judge = Fold(tally, 0, 1), Fold(judge, 0, 1)
        self.windows = self._offset = 0
        self.marks = log.read("bellbuoy.events", 0, 0, 2)
        self.take(self.marks)

    def take(self, messages: Sequence[Message]) -> None:
        """Fold records, and what comes of them."""
        panes = list(self._numbered([*self.tally.apply(messages), *self.tally.flush()]))
        said = [*self.judge.apply(panes), *self.judge.flush()]
        self.windows += sum(one.topic == "bellbuoy.windows" for one in said)

    def _numbered(self, written: list[Outgoing]) -> Iterator[Message]:
        for one in written:
            yield Message(one.topic, 0, self._offset, None, one.key, one.value, one.headers)
            self._offset += 1


def columns(rows: int, rng: np.random.Generator) -> dict[str, Packed]:
    return {
        f"x{number}": Packed("f8", rng.normal(size=rows).astype("<f8").tobytes(), rows)
        for number in range(COLUMNS)
    }


def reference() -> Reference:
    times = START - np.arange(REFERENCE_ROWS, 0, -1, dtype=np.int64) * MINUTE
    return build_reference(
        "bench", "1", SPEC, [Rows(columns(REFERENCE_ROWS, np.random.default_rng(1)), times)]
    )


def record(number: int, rng: np.random.Generator) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    times = START + number * MINUTE + np.sort(rng.integers(0, MINUTE, ROWS))
    packed = Packed("i8", times.astype("<i8").tobytes(), ROWS)
    event = PredictionBatch(model="bench", version="1", columns=dict(columns(ROWS, rng)), times=packed)
    return encode(event)


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def live_bytes() -> int:
    """Traced bytes that are in use now, garbage aside."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def looks(*, traced: bool) -> list[Look]:
    """Fold all rows, and look at each mark; runs in a child."""
    if traced:
        tracemalloc.start()
    worker, rng, found, most = Worker(), np.random.default_rng(2), [], 0
    for first in range(0, LOOKS[-1], RECORDS_A_POLL):
        offset = len(worker.marks) + first
        worker.take([
            Message("bellbuoy.events", 0, offset + at, None, None, *record(first + at, rng))
            for at in range(RECORDS_A_POLL)
        ])  # fmt: skip
        done = first + RECORDS_A_POLL
        if traced and any(0 <= mark - done < BIN_RECORDS for mark in LOOKS):
            most = max(most, live_bytes())
        if done in LOOKS:
            found.append(look(worker, done * ROWS, most))
            most = 0
    return found


def look(worker: Worker, rows: int, live: int) -> Look:
    tally, judge = (len(fold.processor.snapshot().state) for fold in (worker.tally, worker.judge))
    return Look(rows, worker.windows, tally, judge, live, peak_bytes())


def in_child(*, traced: bool) -> list[Look]:
    """The looks of a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(looks, kwds={"traced": traced})


def run() -> None:
    print(f"\n## Memory: Tally and Judge, {COLUMNS} float64 columns, records of {ROWS:,} rows\n")
    began = time.perf_counter()
    traced, plain = in_child(traced=True), in_child(traced=False)
    windows = " and ".join(f"{one.windows:,}" for one in traced)
    print(f"{windows} windows were reported; {time.perf_counter() - began:.0f} s.\n")
    print(
        "| bytes | " + " | ".join(f"{one.rows:,} rows" for one in traced) + " | growth |\n|---|---|---|---|"
    )
    measured = (
        ("snapshot of Tally", [one.tally for one in traced]),
        ("snapshot of Judge", [one.judge for one in traced]),
        ("live, most of the last bin", [one.live for one in traced]),
        ("peak resident", [one.peak for one in plain]),
    )
    for name, (before, after) in measured:
        growth = after / before - 1
        verdict = "" if growth < ALLOWED else f", above {ALLOWED:.0%}"
        print(f"| {name} | {before:,} | {after:,} | {growth:+.1%}{verdict} |")
