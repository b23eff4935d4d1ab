"""Synthetic rows of one model, the same every time: what the runtimes are compared on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.codec import encode
from bellbuoy_stream.events.columns import Packed, pack
from bellbuoy_stream.events.message import Outgoing
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.references.reference import Reference

MODEL, VERSION = "flights", "1"
MINUTE, HOUR = MICROSECONDS["m"], MICROSECONDS["h"]
START = 1_363_564_800_000_000
PARTITIONS = 4
AIRPORTS = np.array(["EWR", "JFK", "LGA"])

SPEC = MonitorSpec(
    model=MODEL,
    # idle: no partition of a test is left out because this machine paused for a minute
    window=WindowSpec(size="1h", pane="10m", disorder="5m", keep="1d", idle="1w"),
    drift=DriftSpec(false_alarms="1 per 1d"),
)


def columns_of(rows: int, seed: int, shift: float = 0.0) -> dict[str, Column]:
    """Two numeric columns and a categorical one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.0, rows)
    hour = rng.integers(0, 24, rows)
    origin = AIRPORTS[rng.choice(3, rows, p=[0.5, 0.3, 0.2])]
    return {
        "x": Packed("f8", x.astype("<f8").tobytes(), rows),
        "hour": pack(hour.tolist()),
        "origin": pack(origin.tolist()),
    }


def reference(version: str = VERSION, seed: int = 1, days: int = 4) -> Reference:
    """A reference with times, so that it can be calibrated."""
    rows = 200 * 24 * days
    times = START - days * 24 * HOUR + np.arange(rows, dtype=np.int64) * (days * 24 * HOUR // rows)
    return build_reference(MODEL, version, SPEC, [Rows(columns_of(rows, seed), times)])


def batch(
    times: np.ndarray[tuple[int], np.dtype[np.int64]],
    seed: int,
    shift: float = 0.0,
    version: str = VERSION,
    **more: object,
) -> PredictionBatch:
    """Rows at these event times."""
    packed = Packed("i8", times.astype("<i8").tobytes(), len(times))
    made = PredictionBatch(
        model=MODEL, version=version, columns=columns_of(len(times), seed, shift), times=packed
    )
    return msgspec.structs.replace(made, **more)


def stream(
    hours: int = 6, batches_an_hour: int = 30, rows: int = 40, drift_from: int = 3, seed: int = 7
) -> Iterator[tuple[int, PredictionBatch]]:
    """(partition, batch) in the order of sending: some rows late for their pane, some for their window.

    Partitions run a little apart, as partitions do.
    """
    rng = np.random.default_rng(seed)
    for number in range(hours * batches_an_hour):
        partition = int(rng.integers(PARTITIONS))
        now = START + number * HOUR // batches_an_hour + partition * MINUTE
        times = now + rng.integers(-2 * MINUTE, 2 * MINUTE, rows)
        if number % 7 == 3:
            times[: rows // 8] -= 20 * MINUTE
        if number % 11 == 5:
            times[: rows // 8] -= 100 * MINUTE
        shift = 1.0 if number >= drift_from * batches_an_hour else 0.0
        yield partition, batch(np.maximum(times, START), seed * 1_000 + number, shift)


def record(event: PredictionBatch, partition: int) -> Outgoing:
    """The event as a record for one partition."""
    body, headers = encode(event, "msgpack")
    return Outgoing("bellbuoy.events", None, body, headers, partition)


def records(**more: int) -> list[Outgoing]:
    """The stream as records."""
    return [record(event, partition) for partition, event in stream(**more)]
