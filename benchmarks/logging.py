"""What a call of ``PredictionLogger.log`` costs, with the broker up, slow and gone; and what packing costs.

A row has 20 float features and a score.
"""

from __future__ import annotations

import gc
import statistics
import threading
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import bellbuoy
from bellbuoy.sending import loop
from bellbuoy.transports.address import parse_address
from bellbuoy.transports.admin import create_topics
from bellbuoy.transports.memory import MemoryTransport
from bellbuoy_stream.events.topics import Topics
from benchmarks.throughput import broker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events import Outgoing

ROWS = 60_000
PAUSE_EVERY = 20  # rows between pauses: a live app does other things, too
PAUSE_S = 0.001


class SlowTransport(MemoryTransport):
    """A log that takes two seconds for every append."""

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Wait, and write."""
        threading.Event().wait(2)
        super().append(messages)


def measure(name: str, url: str, prefix: str = "") -> None:
    row = {f"feature_{number}": number * 0.37 for number in range(20)}
    log = bellbuoy.PredictionLogger(url, model="bench", version="1", prefix=prefix)
    log.log(row, score=0.5)
    clock, spent = time.perf_counter_ns, []
    gc.collect()
    for number in range(ROWS):
        began = clock()
        log.log(row, score=0.5)
        spent.append(clock() - began)
        if number % PAUSE_EVERY == 0:
            time.sleep(PAUSE_S)
    flushed = log.flush(10)
    log.close(0)
    stats = log.stats()
    spent.sort()
    quantiles = [spent[int(len(spent) * share)] / 1_000 for share in (0.5, 0.99, 0.999)]
    print(
        f"| {name} | {quantiles[0]:.2f} | {quantiles[1]:.2f} | {quantiles[2]:.1f} | {spent[-1] / 1_000:.0f} | "
        f"{stats.sent} | {stats.dropped} | {stats.bytes / max(stats.sent, 1):.0f} | {flushed} |"
    )


def clock_cost_us() -> float:
    clock = time.perf_counter_ns
    return statistics.median(-(clock() - clock()) for _ in range(10_000)) / 1_000


def run() -> None:
    print("\n## Logging: microseconds of one call, 20 features\n")
    print(f"Reading the clock costs {clock_cost_us():.2f} of each.\n")
    print("| broker | median | p99 | p99.9 | max | sent | dropped | bytes a row | flushed |")
    print("|---|---|---|---|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        measure("SQLite", f"sqlite:///{Path(folder) / 'bell.db'}")
    with broker() as found:
        if found is not None:
            prefix = f"bench-{uuid.uuid4().hex[:6]}-"
            create_topics(parse_address(found.url), Topics(prefix))
            measure("Kafka", found.url, prefix)
            found.delete_topics(prefix)
    with patch.object(loop, "open_transport", lambda *_: SlowTransport("slow")):
        measure("slow (2 s an append)", "memory://slow")
    measure("Kafka, gone", "kafka://127.0.0.1:1")
