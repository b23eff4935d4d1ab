"""Judge forgets versions that are no longer served, and says so where one of them has an open incident."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.markers import ReferenceEffective, SpecEffective
from bellbuoy_stream.events.predictions import PredictionBatch
from bellbuoy_stream.processors.counters import Counters
from bellbuoy_stream.processors.judge import Judge
from bellbuoy_stream.processors.protocol import Emit, Position
from bellbuoy_stream.processors.service import FEWEST_WINDOWS
from bellbuoy_stream.processors.tally import Tally
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.times import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellbuoy_stream.references.reference import Reference

HOUR = MICROSECONDS["h"]
START = 1_363_564_800_000_000
ROWS = 60
WHY = "the version is no longer served"
SPEC = MonitorSpec(
    model="m",
    window=WindowSpec(size="2h", pane="1h", disorder="0s", keep="4h"),
    drift=DriftSpec(segments=["c"], max_segments=2),
)


def columns_of(rows: int, rng: np.random.Generator) -> dict[str, list[Any] | Packed]:
    return {
        "x": Packed("f8", rng.normal(size=rows).astype("<f8").tobytes(), rows),
        "c": Packed("f8", rng.integers(0, 2, rows).astype("<f8").tobytes(), rows),
    }


@cache
def reference() -> Reference:
    rows = 40 * ROWS
    times = START - 40 * HOUR + np.arange(rows, dtype=np.int64) * (HOUR // ROWS)
    return build_reference("m", "0", SPEC, [Rows(columns_of(rows, np.random.default_rng(3)), times)])


class Served:
    """A model's panes, folded by a Tally and a Judge."""

    def __init__(self) -> None:
        find = {reference().digest: reference()}.get
        self.judge = Judge(find)
        self.alerts: list[Alert] = []
        self._tally = Tally(0, 1, Counters(find))
        self._rng = np.random.default_rng(4)
        self._at = self._written = 0
        self._fold(SpecEffective(spec=SPEC))
        self._fold(ReferenceEffective(model="m", version="0", digest=reference().digest))

    def hours(self, version: str, hours: Iterable[int], *, broken: bool = False) -> None:
        for hour in hours:
            times = START + hour * HOUR + np.arange(ROWS, dtype=np.int64) * (HOUR // ROWS)
            packed = Packed("i8", times.astype("<i8").tobytes(), ROWS)
            columns: dict[str, list[Any] | Packed] = {} if broken else columns_of(ROWS, self._rng)
            self._fold(PredictionBatch(model="m", version=version, columns=columns, times=packed))

    def subjects(self) -> set[str]:
        state = self.judge.models["m"].saved()
        return {subject.version for subject in (*state.monitors, *state.thresholds, *state.assembly.windows)}

    def _fold(self, event: SpecEffective | ReferenceEffective | PredictionBatch) -> None:
        for output in (*self._tally.on_event(event, Position(0, self._at)), *self._tally.flush()):
            assert isinstance(output, Emit)
            said = self.judge.on_event(output.event, Position(0, self._written))
            self.alerts += [o.event for o in said if isinstance(o, Emit) and isinstance(o.event, Alert)]
            self._written += 1
        self._at += 1


def test_fifty_versions_one_after_another_leave_bounded_state() -> None:
    served = Served()
    sizes = []
    for number in range(50):
        served.hours(f"v{number:02}", range(4 * number, 4 * number + 4))
        sizes.append(len(msgspec.msgpack.encode(served.judge.models["m"].saved())))
    assert served.subjects() == {"v47", "v48", "v49"}
    assert max(sizes) < 1.5 * sizes[5]
    # every version was compared with another's reference, which is an incident of type monitor
    gone = [alert.version for alert in served.alerts if alert.evidence.get("cause") == WHY]
    assert gone == [f"v{number:02}" for number in range(47)]
    assert len(served.judge.models["m"].state.incidents.open) <= 4


def test_an_open_incident_of_a_version_that_is_gone_is_resolved_and_says_why() -> None:
    served = Served()
    served.hours("0", range(2))
    served.hours("0", range(2, 4), broken=True)
    assert {alert.type for alert in served.alerts} == {"quality"}
    served.hours("1", range(4, 4 + 2 * FEWEST_WINDOWS))
    assert not [alert for alert in served.alerts if alert.version == "0" and alert.state == "resolved"]
    served.hours("1", range(4 + 2 * FEWEST_WINDOWS, 6 + 2 * FEWEST_WINDOWS))
    last = [alert for alert in served.alerts if alert.version == "0"][-1]
    assert (last.state, last.evidence["cause"], last.type) == ("resolved", WHY, "quality")


def test_a_model_that_is_asked_once_a_month_is_not_forgotten() -> None:
    served = Served()
    for month in range(4):
        served.hours("0", range(720 * month, 720 * month + 3), broken=month == 0)
        assert served.subjects() == {"0"}
    assert [alert.state for alert in served.alerts if alert.type == "quality"][:1] == ["opened"]
    assert WHY not in [alert.evidence.get("cause") for alert in served.alerts]


def test_a_version_that_comes_back_begins_anew() -> None:
    served = Served()
    served.hours("0", range(4))
    served.hours("1", range(4, 24))
    assert served.subjects() == {"1"}
    served.hours("0", range(24, 28))
    assert served.subjects() == {"0", "1"}
