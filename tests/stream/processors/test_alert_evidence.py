"""An alert names the policy that decided, which is not always the one that the spec names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.monitor import FALLBACK, REBASELINE
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.events.base import Event

PANE = 100_000_000
PANE_ROWS = 100


def batch(shift: float, pane: int, rng: np.random.Generator) -> PredictionBatch:
    times = pane * PANE + np.arange(PANE_ROWS, dtype=np.int64) * (PANE // PANE_ROWS)
    values = Packed("f8", rng.normal(shift, size=PANE_ROWS).astype("<f8").tobytes(), PANE_ROWS)
    packed = Packed("i8", times.astype("<i8").tobytes(), PANE_ROWS)
    return PredictionBatch(model="m", version="1", columns={"x": values}, times=packed)


def policies(spec: MonitorSpec, scatter: float, shifts: list[float]) -> list[str]:
    """Policies that the drift alerts of a stream of panes name; the mean of the reference's panes scatters."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=600 * PANE_ROWS) + np.repeat(rng.normal(size=600) * scatter, PANE_ROWS)
    times = np.arange(600 * PANE_ROWS, dtype=np.int64) * (PANE // PANE_ROWS)
    column = Packed("f8", values.astype("<f8").tobytes(), len(values))
    reference = build_reference("m", "1", spec, [Rows({"x": column}, times)])
    find = {reference.digest: reference}.get
    tally, judge = Tally(0, 1, Counters(find)), Judge(find)

    def said() -> Iterator[Event]:
        events: list[Event] = [
            SpecEffective(spec=spec),
            ReferenceEffective(model="m", version="1", digest=reference.digest),
            *(batch(shift, 600 + number, rng) for number, shift in enumerate(shifts)),
        ]
        for offset, event in enumerate(events):
            for output in (*tally.on_event(event, Position(0, offset)), *tally.flush()):
                if isinstance(output, Emit):
                    yield output.event

    written = [out for at, event in enumerate(said()) for out in judge.on_event(event, Position(0, at))]
    events = [output.event for output in written if isinstance(output, Emit)]
    return [
        str(event.evidence["policy"]) for event in events if isinstance(event, Alert) and event.type == "drift"
        and "policy" in event.evidence
    ]  # fmt: skip


def spec_of(drift: DriftSpec) -> MonitorSpec:
    return MonitorSpec(model="m", window=WindowSpec(size="1000s", pane="100s", disorder="0s"), drift=drift)


def test_where_the_spec_s_policy_refuses_the_reference_the_one_that_watches_is_named() -> None:
    spec = spec_of(DriftSpec(policy="sequential", false_alarms="1 per 1d"))
    assert set(policies(spec, 1.0, [6.0] * 40)) == {FALLBACK}
    assert set(policies(spec, 0.0, [1.0] * 10)) == {"sequential"}


def test_a_second_change_while_the_first_settles_is_the_word_of_the_re_baselining() -> None:
    spec = spec_of(DriftSpec(false_alarms="1 per 1d", after_alarm="rebaseline"))
    named = policies(spec, 0.0, [1.0] * 330 + [4.0] * 60)
    assert set(named) == {"multiscale_ks", REBASELINE}
