"""The five laws, a test each that would catch its breach."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import encode
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.rules.chain import Chains
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.processors.protocol import Output, Snapshot
    from bellbuoy_stream.references.reference import Reference

SECOND = 1_000_000
# An example folds whole streams (0.3 s): a failing one is shown as it was found.  To shrink it, hypothesis would go on
# for five minutes, which is as long as pytest-timeout waits, and the report would be of the timeout.
COSTLY = settings(max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
SPEC = MonitorSpec(
    model="m",
    window=WindowSpec(size="100s", pane="10s", disorder="5s", keep="400s"),
    drift=DriftSpec(policy="multiscale_ks", false_alarms="1 per 1h"),
).checked()


def floats(values: np.ndarray) -> Packed:
    return Packed("f8", np.asarray(values, dtype="<f8").tobytes(), len(values))


@functools.cache
def stream(seed: int = 1, rows: int = 1_600) -> tuple[Reference, list[Event]]:
    """A reference, and a log of markers and batches: in order but for a few late rows, drifted in the second half."""
    rng = np.random.default_rng(seed)
    times = np.arange(4_000, dtype=np.int64) * SECOND // 4
    reference = build_reference("m", "1", SPEC, [Rows({"x": floats(rng.normal(size=4_000))}, times)])
    log: list[Event] = [
        SpecEffective(spec=SPEC),
        ReferenceEffective(model="m", version="1", digest=reference.digest),
    ]
    for start in range(0, rows, 40):
        when = (2_000 + (start + np.arange(40)) / 4) * SECOND
        when = np.where(rng.random(40) < 0.05, when - 120 * SECOND, when).astype("<i8")
        values = rng.normal(size=40) + (1.5 if start > rows // 2 else 0.0)
        log.append(
            PredictionBatch(
                model="m", version="1", columns={"x": floats(values)}, times=Packed("i8", when.tobytes(), 40)
            )
        )
    return reference, log


def said(outputs: list[Output]) -> list[bytes]:
    return [encode(output.event)[0] for output in outputs if isinstance(output, Emit)]


@functools.cache
def undisturbed(rows: int) -> list[bytes]:
    """What the Judge says of the stream when nothing happens to it."""
    return fold(*stream(rows=rows))[0]


def fold(
    reference: Reference, log: list[Event], saved: Snapshot | None = None, upto: int | None = None
) -> tuple[list[bytes], Judge, Snapshot]:
    """One partition, Tally into Judge, flushed after each event; what the Judge says."""
    library = {reference.digest: reference}
    tally = Tally(0, 1, Counters(library.get))
    panes: list[Event] = []
    for offset, event in enumerate(log):
        for output in [*tally.on_event(event, Position(0, offset)), *tally.flush()]:
            assert isinstance(output, Emit)
            panes.append(output.event)
    panes += [output.event for output in tally.flush(idle=True) if isinstance(output, Emit)]
    judge = Judge(library.get, saved)
    first = saved.position if saved else 0
    out: list[bytes] = []
    for offset, event in enumerate(panes[:upto]):
        if offset >= first:
            out += said(judge.on_event(event, Position(0, offset)))
    return out, judge, judge.snapshot()


@COSTLY
@given(cut=st.integers(0, 300))
def test_law_1_what_is_said_depends_on_the_log_alone(cut: int) -> None:
    reference, log = stream()
    whole = undisturbed(rows=1_600)
    before, _, saved = fold(reference, log, upto=cut)
    after, _, _ = fold(reference, log, saved)
    assert before + after == whole
    assert any(b"opened" in record for record in whole)


@given(
    batches=st.lists(
        st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=20), min_size=2, max_size=4
    )
)
def test_law_2_sums_are_integers_and_their_order_does_not_matter(batches: list[list[float]]) -> None:
    from bellbuoy_stream.counting.cells import ColumnCounter
    from bellbuoy_stream.counting.values import values_of
    from bellbuoy_stream.references.reference import ColumnReference

    column = ColumnReference(name="x", source="x", cuts=np.array([0.0, 1.0]).tobytes(), unit=0.125)
    counter = ColumnCounter(column)
    parts = [counter.count(values_of(batch))[0] for batch in batches]
    assert all(part.dtype == np.int64 for part in parts)
    sums = {tuple(np.sum(order, axis=0).tolist()) for order in itertools.permutations(parts)}
    whole = counter.count(values_of([value for batch in batches for value in batch]))[0]
    assert sums == {tuple(whole.tolist())}
    assert Layout.of([("x", True, 5)]).zeros().dtype == np.int64


@COSTLY
@given(data=st.data())
def test_law_3_repeats_of_cumulative_counters_change_nothing(data: st.DataObject) -> None:
    reference, log = stream(rows=800)
    library = {reference.digest: reference}
    tally = Tally(0, 1, Counters(library.get))
    panes: list[Event] = []
    for offset, event in enumerate(log):
        outputs = list(tally.on_event(event, Position(0, offset)))
        if data.draw(st.booleans()):
            outputs += tally.flush()
        panes += [output.event for output in outputs if isinstance(output, Emit)]
        if data.draw(st.integers(0, 9)) == 0:  # a crash: the bin is read again from its start
            tally = Tally(0, 1, Counters(library.get), tally.snapshot())
            for again in range(tally.snapshot().position, offset + 1):
                tally.on_event(log[again], Position(0, again))
    panes += [output.event for output in tally.flush(idle=True) if isinstance(output, Emit)]
    judge = Judge(library.get)
    out = [record for event in panes for record in said(judge.on_event(event, Position(0, 0)))]
    assert out == undisturbed(rows=800)


@given(order=st.permutations(range(6)))
def test_law_4_the_first_record_that_extends_the_chain_is_the_decision(order: list[int]) -> None:
    class Decision:
        def __init__(self, id: str, step: int, previous: str | None) -> None:  # noqa: A002
            self.id, self.step, self.previous = id, step, previous

    records = [
        Decision("a", 0, None), Decision("rival-a", 0, None), Decision("b", 1, "a"),
        Decision("b-of-rival", 1, "rival-a"), Decision("c", 2, "b"), Decision("c", 2, "b"),
    ]  # fmt: skip
    readers = [Chains(), Chains()]
    taken = [[records[n].id for n in order if reader.extend("s", records[n])] for reader in readers]
    assert taken[0] == taken[1]
    assert len(set(taken[0])) == len(taken[0])
    steps = [next(record.step for record in records if record.id == name) for name in taken[0]]
    assert steps == list(range(len(steps)))


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_law_5_ids_are_content(hash_seed: str) -> None:
    """Another process, another hash seed, another time zone: the same ids."""
    here = undisturbed(rows=800)
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from test_laws import fold, stream; "
        "print(hashlib.sha256(b''.join(fold(*stream(rows=800))[0])).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    found = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    import hashlib

    assert found.stdout.strip() == hashlib.sha256(b"".join(here)).hexdigest()


def test_the_stream_of_these_laws_has_something_to_say() -> None:
    from bellbuoy_stream.events.codec import decode
    from bellbuoy_stream.events.windows import WindowReport

    reference, log = stream()
    events = [decode(record) for record in fold(reference, log)[0]]
    windows = [event for event in events if isinstance(event, WindowReport)]
    assert {event.state for event in events if isinstance(event, Alert)} >= {"opened"}
    assert any(window.revision > 0 and window.late > 0 for window in windows)
    assert sum(window.rows for window in windows if window.revision == 0) > 1_000
