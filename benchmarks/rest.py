"""Processor time of a worker that has nothing to do, on Kafka: both stages, four partitions."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

from benchmarks.throughput import broker, fill, records

SETTLE_S, WATCH_S = 90.0, 60.0
"""Partitions call themselves idle after a minute; from then on nothing is left to do."""
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run() -> None:
    print("\n## A worker at rest\n")
    if not Path("/proc/self/stat").exists():
        print("Left out: this system has no /proc.")
        return
    with broker() as found:
        if found is None:
            return
        prefix = f"bench-{uuid.uuid4().hex[:6]}-"
        fill(found.url, prefix, [record for record, _ in zip(records(), range(20), strict=False)])
        command = [str(Path(sys.executable).with_name("bellbuoy")), "worker"]
        environment = os.environ | {"BELLBUOY_BROKER": found.url, "BELLBUOY_PREFIX": prefix}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as worker:
            time.sleep(SETTLE_S)
            before = processor_seconds(worker.pid)
            time.sleep(WATCH_S)
            used = processor_seconds(worker.pid) - before
            worker.terminate()
        print(
            f"{used / WATCH_S:.2%} of a core, over {WATCH_S:.0f} s, {SETTLE_S:.0f} s after its last record."
        )
        found.delete_topics(prefix)
