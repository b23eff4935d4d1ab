"""A model that is silent for hours among another one's records, and then comes in all partitions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.references.reference import Reference

PARTITIONS = 3
SECOND, HOUR = MICROSECONDS["s"], MICROSECONDS["h"]
START = 1_363_564_800_000_000
SPECS = {
    name: MonitorSpec(model=name, window=WindowSpec(size="1h", pane="20m", disorder="1m"))
    for name in ("quiet", "loud")
}


def batch(model: str, begin: int, end: int, rows: int, seed: int) -> PredictionBatch:
    x = np.random.default_rng(seed).normal(size=rows)
    times = np.linspace(begin, end - 1, rows).astype("<i8")
    packed = Packed("i8", times.tobytes(), rows)
    return PredictionBatch(
        model=model, version="1", columns={"x": Packed("f8", x.astype("<f8").tobytes(), rows)}, times=packed
    )


REFERENCES: dict[str, Reference] = {
    name: build_reference(
        name, "1", spec, [Rows({"x": Packed("f8", np.arange(50.0).tobytes(), 50)}, np.arange(50) + START)]
    )
    for name, spec in SPECS.items()
}
Log = list[tuple[int, "Event"]]


def partition_log(partition: int) -> Log:
    """(append time, event): a day of both; then hours of the loud one; then a night's batch of the quiet one."""
    markers: list[Event] = [SpecEffective(spec=spec) for spec in SPECS.values()]
    markers += [
        ReferenceEffective(model=name, version="1", digest=r.digest) for name, r in REFERENCES.items()
    ]
    log: Log = [(START, marker) for marker in markers]
    log += [(START + HOUR, batch(name, START, START + HOUR, 30, partition)) for name in SPECS]
    for number in range(40):
        now = START + 2 * HOUR + number * 900 * SECOND
        log.append((now, batch("loud", now - 900 * SECOND, now, 20, number)))
    night = START + 12 * HOUR + partition * SECOND
    log += [
        (night + hour, batch("quiet", START + hour * HOUR, START + (hour + 1) * HOUR, 30, hour))
        for hour in range(1, 9)
    ]
    log += [(night + number * SECOND, batch("loud", night, night + 9, 20, number)) for number in range(3, 9)]
    return log


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, PARTITIONS - 1), max_size=170))
def test_its_windows_hold_the_rows_of_all_partitions(order: list[int]) -> None:
    """Whatever the order in which partitions are read, once the quiet model has come."""
    find = {reference.digest: reference for reference in REFERENCES.values()}.get
    logs = [partition_log(partition) for partition in range(PARTITIONS)]
    tallies = [Tally(partition, PARTITIONS, Counters(find)) for partition in range(PARTITIONS)]
    judge, panes = Judge(find), 0
    first: dict[str, WindowReport] = {}
    at = [0] * PARTITIONS
    calm = [at for at, (_, event) in enumerate(logs[0]) if getattr(event, "model", "") == "loud"][40] + 1
    plan = [partition for partition in range(PARTITIONS) for _ in range(calm)] + order
    for partition in [*plan, *(p for p in range(PARTITIONS) for _ in logs[p])]:
        if at[partition] == len(logs[partition]):
            continue
        append_us, event = logs[partition][at[partition]]
        tally, position = tallies[partition], Position(partition, at[partition], append_us)
        at[partition] += 1
        for output in [*tally.on_event(event, position), *tally.flush()]:
            assert isinstance(output, Emit)
            for said in judge.on_event(output.event, Position(0, panes)):
                assert isinstance(said, Emit)
                if isinstance(said.event, WindowReport) and said.event.model == "quiet":
                    first.setdefault(said.event.start, said.event)
            panes += 1
    assert len(first) >= 7
    assert {report.rows for report in first.values()} == {30 * PARTITIONS}
