"""Whatever the order in which partitions are read, however often a Tally speaks, and wherever folds are cut by a
crash and taken up again: the same events in the same partitions give the same windows and alerts, to the last bit.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.columns import Packed, pack
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.processors.protocol import Output, Snapshot
    from bellbuoy_stream.references.reference import Reference

PARTITIONS = 3
MINUTE, HOUR = MICROSECONDS["m"], MICROSECONDS["h"]
START = 1_363_564_800_000_000
BATCHES = 24


def spec_of(policy: str) -> MonitorSpec:
    """Short windows, so that many close."""
    return MonitorSpec(
        model="m",
        window=WindowSpec(size="1h", pane="20m", disorder="5m", keep="5h", idle="1w"),
        drift=msgspec.convert({"policy": policy, "false_alarms": "1 per 1d"}, DriftSpec),
    )


@cache
def reference() -> Reference:
    """Two days of rows of two columns."""
    rng = np.random.default_rng(3)
    rows = 3_000
    times = START - 48 * HOUR + np.arange(rows, dtype=np.int64) * (48 * HOUR // rows)
    columns = {
        "x": Packed("f8", rng.normal(size=rows).astype("<f8").tobytes(), rows),
        "c": pack(rng.choice(["a", "b", "c"], rows).tolist()),
    }
    return build_reference("m", "1", spec_of("window_ks"), [Rows(columns, times)])


@cache
def log(policy: str, seed: int) -> tuple[tuple[Event, ...], ...]:
    """Events of each partition: markers, then batches, some of them hours late, a drift in the middle."""
    rng = np.random.default_rng(seed)
    partitions: list[tuple[Event, ...]] = []
    for partition in range(PARTITIONS):
        events: list[Event] = [
            SpecEffective(spec=spec_of(policy)),
            ReferenceEffective(model="m", version="1", digest=reference().digest),
        ]
        for number in range(BATCHES):
            now = START + number * 15 * MINUTE + partition * MINUTE
            rows = int(rng.integers(1, 60))
            times = now + rng.integers(-9 * MINUTE, 9 * MINUTE, rows)
            if rng.random() < 0.3:
                times -= int(rng.integers(1, 420)) * MINUTE
            x = rng.normal(2.0 if number > BATCHES // 2 else 0.0, 1.0, rows)
            columns = {
                "x": Packed("f8", x.astype("<f8").tobytes(), rows),
                "c": pack(rng.choice(["a", "b", "c", "new"], rows, p=[0.4, 0.3, 0.28, 0.02]).tolist()),
            }
            packed = Packed("i8", times.astype("<i8").tobytes(), rows)
            events.append(PredictionBatch(model="m", version="1", columns=columns, times=packed))
        partitions.append(tuple(events))
    return tuple(partitions)


class Crash:
    """Folds of one log, cut and taken up again as a plan says."""

    def __init__(self, policy: str, seed: int) -> None:
        self.find = {reference().digest: reference()}.get
        self.counters = Counters(self.find)
        self.log = log(policy, seed)
        self.tallies = [Tally(partition, PARTITIONS, self.counters) for partition in range(PARTITIONS)]
        self.at = [0] * PARTITIONS
        self.panes: list[Event] = []

    def read(self, partition: int) -> bool:
        """Fold a partition's next event; whether there was one."""
        offset = self.at[partition]
        if offset == len(self.log[partition]):
            return False
        self._take(self.tallies[partition].on_event(self.log[partition][offset], Position(partition, offset)))
        self.at[partition] += 1
        return True

    def flush(self, partition: int, *, idle: bool = False) -> None:
        """Let a Tally speak."""
        self._take(self.tallies[partition].flush(idle=idle))

    def crash(self, partition: int) -> None:
        """Go back to the latest snapshot; what was not flushed is gone, what was said stays said."""
        saved = self.tallies[partition].snapshot()
        self.tallies[partition] = Tally(partition, PARTITIONS, self.counters, saved)
        self.at[partition] = saved.position

    def _take(self, outputs: Iterable[Output]) -> None:
        self.panes += [output.event for output in outputs if isinstance(output, Emit)]

    def finish(self) -> None:
        """Read what is left; then nothing more comes."""
        for partition in range(PARTITIONS):
            while self.read(partition):
                pass
            self.flush(partition)
        for partition in range(PARTITIONS):
            self.flush(partition, idle=True)

    def judged(self, cuts: Iterable[int] = ()) -> tuple[dict[str, bytes], list[bytes], dict[str, bytes]]:
        """Last revisions, alerts in order, and revisions 0, with the Judge restored at some places."""
        judge = Judge(self.find)
        last: dict[str, tuple[int, bytes]] = {}
        first: dict[str, bytes] = {}
        alerts: list[bytes] = []
        restore = set(cuts)
        for offset, event in enumerate(self.panes):
            if offset in restore:
                saved: Snapshot = judge.snapshot()
                judge = Judge(self.find, saved)
            for output in judge.on_event(event, Position(0, offset)):
                assert isinstance(output, Emit)
                body = msgspec.msgpack.encode(output.event)
                if isinstance(output.event, WindowReport):
                    report = output.event
                    last[report.id] = max(last.get(report.id, (-1, b"")), (report.revision, body))
                    if report.revision == 0:
                        first[report.id] = body
                elif isinstance(output.event, Alert):
                    alerts.append(body)
        return {name: body for name, (_, body) in last.items()}, alerts, first


@cache
def undisturbed(policy: str, seed: int) -> tuple[dict[str, bytes], list[bytes], dict[str, bytes]]:
    """One partition after the other, no crash."""
    run = Crash(policy, seed)
    run.finish()
    return run.judged()


steps = st.lists(
    st.tuples(
        st.sampled_from(["read"] * 6 + ["flush", "flush", "crash"]),
        st.integers(0, PARTITIONS - 1),
        st.integers(1, 9),
    ),
    max_size=60,
)


# an example folds a whole log (0.3 s); to shrink a failing one would take longer than pytest-timeout waits
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    policy=st.sampled_from(["multiscale_ks", "window_ks"]),
    seed=st.integers(0, 3),
    plan=steps,
    cuts=st.lists(st.integers(0, 400), max_size=5),
)
def test_nothing_depends_on_the_interleaving(
    policy: str, seed: int, plan: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    run = Crash(policy, seed)
    for what, partition, times in plan:
        if what == "read":
            for _ in range(times):
                run.read(partition)
        elif what == "flush":
            run.flush(partition)
        else:
            run.crash(partition)
    run.finish()
    assert run.judged(cuts) == undisturbed(policy, seed)


def test_there_is_something_to_compare() -> None:
    seen: dict[str, int] = defaultdict(int)
    for policy in ("multiscale_ks", "window_ks"):
        windows, alerts, first = undisturbed(policy, 0)
        seen["windows"] += len(windows)
        seen["alerts"] += len(alerts)
        seen["revised"] += sum(windows[name] != first.get(name) for name in windows)
    assert min(seen["windows"], seen["alerts"] * 5, seen["revised"] * 3) >= 10, seen
