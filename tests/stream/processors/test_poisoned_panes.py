"""Whatever stands on the panes topic, Judge goes on: what fits nothing it knows is refused and leaves no trace."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.codec import decode, encode
from bellbuoy_stream.events.columns import Packed, pack
from bellbuoy_stream.events.markers import Command, ReferenceEffective, SpecEffective
from bellbuoy_stream.events.panes import Cells, PaneDelta, Progress
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position, Reject
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.times import MAX_US, MICROSECONDS

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.processors.protocol import Output
    from bellbuoy_stream.references.reference import Reference

MINUTE, HOUR = MICROSECONDS["m"], MICROSECONDS["h"]
START = 1_363_564_800_000_000
SPEC = MonitorSpec(
    model="m",
    window=WindowSpec(size="1h", pane="20m", disorder="0s", keep="5h", timezone="Asia/Kathmandu"),
    drift=DriftSpec(policy="multiscale_ks", segments=["c"]),
)


def columns_of(rng: np.random.Generator, rows: int, shift: float = 0.0) -> dict[str, Any]:
    return {
        "x": Packed("f8", rng.normal(shift, size=rows).astype("<f8").tobytes(), rows),
        "c": pack(rng.choice(["a", "b"], rows).tolist()),
    }


@cache
def reference() -> Reference:
    rng = np.random.default_rng(3)
    times = START - 48 * HOUR + np.arange(1_500, dtype=np.int64) * (48 * HOUR // 1_500)
    return build_reference("m", "1", SPEC, [Rows(columns_of(rng, 1_500), times)])


@cache
def panes() -> tuple[Event, ...]:
    """What a Tally says of six hours, rows late by a window among them, and the operator's word."""
    rng = np.random.default_rng(4)
    tally = Tally(0, 1, Counters({reference().digest: reference()}.get))
    events: list[Event] = [
        SpecEffective(spec=SPEC),
        ReferenceEffective(model="m", version="1", digest=reference().digest),
    ]
    for number in range(9):
        times = START + number * 40 * MINUTE + rng.integers(0, 20 * MINUTE, 60)
        times[:3] -= 2 * HOUR if number > 5 else 0
        packed = Packed("i8", times.astype("<i8").tobytes(), len(times))
        columns = columns_of(rng, 60, shift=3.0 if number > 4 else 0.0)
        events.append(PredictionBatch(model="m", version="1", columns=columns, times=packed))
    said: list[Event] = []
    for offset, event in enumerate(events):
        outputs = [*tally.on_event(event, Position(0, offset)), *tally.flush()]
        said += [output.event for output in outputs if isinstance(output, Emit)]
    command = Command(model="m", verb="mute", columns=["x"], until_us=START + HOUR, time_us=START)
    return (*said[:9], command, *said[9:], Command(model="m", verb="ack", subject="incident-1"))


def judge() -> Judge:
    return Judge({reference().digest: reference()}.get)


def fold(fresh: Judge, events: tuple[Event, ...], first: int = 0) -> list[Output]:
    return [out for at, event in enumerate(events, first) for out in fresh.on_event(event, Position(0, at))]


def a_delta(late: int = 0, segment: str | None = None) -> PaneDelta:
    return next(
        event
        for event in reversed(panes())
        if isinstance(event, PaneDelta) and event.segment == segment and min(event.late, 1) == late
    )


def refused(event: Event) -> str:
    """Reason for which a record is refused after the whole log; the state is the same before and after."""
    ready = judge()
    assert not [out for out in fold(ready, panes()) if isinstance(out, Reject)]
    before = ready.snapshot().state
    (output,) = ready.on_event(event, Position(0, len(panes())))
    assert isinstance(output, Reject)
    assert output.detail
    assert ready.snapshot().state == before
    return output.reason


CELLS = Cells("u1", bytes([1, 2]), np.array([0, 3], dtype="<u4").tobytes())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spec": "foreign"}, "unknown-spec"),
        ({"model": "foreign"}, "unknown-model"),
        ({"reference": "foreign"}, "unknown-reference"),
        ({"segment": "c=foreign"}, "unknown-segment"),
        ({"start_us": START + 1}, "wrong-pane"),
        ({"start_us": -(1 << 62)}, "wrong-pane"),
        ({"start_us": START, "end_us": START}, "wrong-pane"),
        ({"end_us": MAX_US}, "wrong-pane"),
        ({"late": -1}, "wrong-pane"),
        ({"late": 1}, "wrong-pane"),
        ({"partition": -1}, "wrong-counts"),
        ({"bin": 1 << 62}, "wrong-counts"),
        ({"rows": -1}, "wrong-counts"),
        ({"cells": Cells("f8", b"")}, "wrong-cells"),
        ({"cells": Cells("u4", b"123")}, "wrong-cells"),
        ({"cells": msgspec.structs.replace(CELLS, data=b"1")}, "wrong-cells"),
        ({"cells": msgspec.structs.replace(CELLS, at=bytes(8))}, "wrong-cells"),
        ({"cells": Cells("u1", bytes(100_000))}, "wrong-cells"),
        ({"cells": CELLS, "first": -1}, "wrong-cells"),
        ({"cells": CELLS, "first": 1 << 40}, "wrong-cells"),
        ({"cells": Cells("i8", np.array([-1]).tobytes())}, "wrong-cells"),
        ({"cells": Cells("i8", np.array([1 << 40]).tobytes())}, "wrong-cells"),
        ({"cells": Cells("u1", b"", b"", Cells("i8", np.array([-1]).tobytes()))}, "wrong-cells"),
        ({"cells": Cells("u1", b"", b"", Cells("u1", bytes(100_000)))}, "wrong-cells"),
        ({"cells": Cells("u1", b"", b"", Cells("u1", b"", b"", CELLS))}, "wrong-cells"),
    ],
)
def test_a_delta_that_fits_nothing_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refused(msgspec.structs.replace(a_delta(), **changes)) == reason


def test_rows_later_than_any_revision_are_refused() -> None:
    late = a_delta(late=1)
    assert refused(msgspec.structs.replace(late, late=1 << 40)) == "wrong-pane"


@pytest.mark.parametrize(
    "changes",
    [
        {"partition": -1},
        {"partition": 1},
        {"partitions": 1 << 30},
        {"watermark_us": 1 << 62},
        {"offset": -1},
    ],
)
def test_a_progress_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    progress = next(event for event in panes() if isinstance(event, Progress))
    assert refused(msgspec.structs.replace(progress, **changes)) == "wrong-progress"


def test_a_progress_of_an_unknown_model_is_refused() -> None:
    assert refused(Progress(model="n", partition=0, partitions=1, bin=0, offset=1)) == "unknown-model"


def test_a_command_at_no_time_is_refused() -> None:
    assert refused(Command(model="m", verb="ack", subject="incident-1", time_us=1 << 62)) == "wrong-command"


@pytest.mark.parametrize(
    "spec",
    [
        MonitorSpec(model="m", window=WindowSpec(size="0s")),
        MonitorSpec(model="m", window=WindowSpec(size="soon")),
        MonitorSpec(model="m", window=WindowSpec(keep="9" * 400 + "w")),
        MonitorSpec(model="m", window=WindowSpec(keep="9999w")),
        MonitorSpec(model="m", window=WindowSpec(timezone="Mars/Olympus")),
        MonitorSpec(model="m", drift=DriftSpec(false_alarms="1 per 0d")),
        MonitorSpec(model="m", drift=DriftSpec(season="0s")),
        MonitorSpec(model="m", drift=DriftSpec(segments=["c"], max_segments=-1)),
    ],
)
def test_an_impossible_spec_is_refused(spec: MonitorSpec) -> None:
    assert refused(SpecEffective(spec=spec)) == "bad-spec"


INTEGERS = st.one_of(
    st.integers(-2, 5),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(START // MINUTE - 600, START // MINUTE + 600).map(lambda minutes: minutes * MINUTE),
)
TEXTS = st.one_of(
    st.sampled_from(["", "m", "1", "2", "c=a", "c=*", "x\x1fy", "1d", "0s", "1 per 30d", "ack", "UTC"]),
    st.text(max_size=4),
)
CELL_TEXTS = st.builds(
    Cells,
    st.sampled_from(["u1", "u2", "u4", "i8", "f8"]),
    st.binary(max_size=64),
    st.one_of(st.none(), st.binary(max_size=32), st.just(bytes([0, 0, 0, 0, 5, 0, 0, 0]))),
)


def replacement(value: object) -> st.SearchStrategy[Any]:
    """Other values of the same type, or None."""
    known: list[tuple[type, st.SearchStrategy[Any]]] = [
        (bool, st.booleans()),
        (int, INTEGERS),
        (float, st.floats()),
        (str, TEXTS),
        (list, st.lists(TEXTS, max_size=2)),
        (Cells, CELL_TEXTS),
        (msgspec.Struct, st.deferred(lambda: mutated(value))),
    ]
    fitting = next((strategy for kind, strategy in known if isinstance(value, kind)), None)
    return st.one_of(INTEGERS, TEXTS, CELL_TEXTS) if fitting is None else st.one_of(fitting, st.none())


@st.composite
def mutated(draw: st.DrawFn, struct: Any) -> Any:
    """A Struct with one to three fields of other values."""
    names = draw(st.lists(st.sampled_from(struct.__struct_fields__), min_size=1, max_size=3, unique=True))
    changes = {name: draw(replacement(getattr(struct, name))) for name in names}
    return msgspec.structs.replace(struct, **changes)


@st.composite
def poisoned(draw: st.DrawFn) -> tuple[int, Event] | None:
    """Any record that can be decoded, and where it stands."""
    at = draw(st.integers(1, len(panes())))
    event = draw(mutated(draw(st.sampled_from(panes()))))
    try:
        return at, decode(*encode(event))
    except (ValueError, OverflowError):
        return None


@settings(max_examples=40, deadline=None)
@given(st.lists(poisoned(), min_size=1, max_size=4))
def test_nothing_that_can_be_decoded_stops_a_judge(records: list[tuple[int, Event] | None]) -> None:
    log = list(panes())
    for record in records:
        if record is not None:
            log.insert(record[0], record[1])
    ready = judge()
    written = fold(ready, tuple(log))
    assert all(encode(out.event)[0] for out in written if isinstance(out, Emit))
    restored = Judge({reference().digest: reference()}.get, ready.snapshot())
    fold(restored, panes(), len(log))


def test_a_version_may_be_called_anything_and_its_incident_be_acknowledged() -> None:
    strange = tuple(
        msgspec.structs.replace(event, version="1\x1f2\x1e") if isinstance(event, PaneDelta) else event
        for event in panes()
    )
    ready = judge()
    fold(ready, strange)
    incidents = list(ready.models["m"].state.incidents.open.values())
    assert incidents
    command = Command(model="m", verb="ack", subject=incidents[0].id)
    (output,) = ready.on_event(command, Position(0, len(strange)))
    assert isinstance(output, Emit)
    assert re.search("acknowledged", msgspec.json.encode(output.event).decode())
    assert getattr(output.event, "version", None) == "1\x1f2\x1e"
