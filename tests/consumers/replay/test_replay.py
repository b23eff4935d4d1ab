"""A replay decides what the workers decide, however finely it reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellbuoy_consumers.files import Roles, RowFile, Scan, StepClock
from bellbuoy_consumers.replay import Replay, Step, batch_rows, prepare
from bellbuoy_consumers.replay.flags import Flags, spec_of_flags
from bellbuoy_stream.errors import InputError, SpecError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.windows import WindowReport
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

SECOND = 1_000_000
SPEC = MonitorSpec(model="m", window=WindowSpec(size="500s", pane="50s", disorder="0s", keep="1000s"))


def write(path: Path, levels: list[float], rows: int, order: np.ndarray | None = None) -> None:
    random = np.random.default_rng(7)
    x = np.concatenate([random.normal(level, 1, rows) for level in levels])
    at = np.arange(len(x))
    if order is not None:
        x, at = x[order], at[order]
    lines = [f"{time},{value:.4f}" for time, value in zip(at, x, strict=True)]
    path.write_text("at,x\n" + "\n".join(lines) + "\n", encoding="utf-8")


def decisions(played: Replay) -> list[WindowReport | Alert]:
    return [step.decision for step in played.run()]


def test_decisions_do_not_depend_on_how_many_rows_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "rows.csv", [0, 0, 3], 2_000)
    file = RowFile(tmp_path / "rows.csv", Roles(time="at"))
    fine = prepare(file, SPEC, 1_500, 4)
    told = decisions(fine)
    assert batch_rows(fine.scan, SPEC, 4) < 50
    monkeypatch.setattr("bellbuoy_consumers.replay.run.batch_rows", lambda *_: 4_096)
    assert decisions(fine) == told
    assert decisions(replace(fine, partitions=1)) == told


def test_a_decision_is_told_within_a_pane_of_its_row(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", [0, 0], 2_000)
    played = prepare(RowFile(tmp_path / "rows.csv", Roles(), StepClock(SECOND)), SPEC, 1_500, 4)
    windows = [
        step for step in played.run() if isinstance(step.decision, WindowReport) and step.decision.closed
    ]
    assert len(windows) == 4
    for number, step in enumerate(windows, 4):
        assert 0 <= step.row - number * 500 <= 50


def test_every_row_is_counted_once_and_the_last_window_stays_open(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", [0], 3_210)
    played = prepare(RowFile(tmp_path / "rows.csv", Roles(), StepClock(SECOND)), SPEC, 1_000, 4)
    windows = [one for one in decisions(played) if isinstance(one, WindowReport)]
    assert sum(window.rows for window in windows) == 2_210
    assert [window.closed for window in windows] == [True, True, True, True, False]


def test_several_drifts_give_several_incidents_with_rebaselining(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", [0, 3, 0, 3], 4_000)
    spec = replace_drift(SPEC, DriftSpec(after_alarm="rebaseline"))
    played = prepare(RowFile(tmp_path / "rows.csv", Roles(only=("x",)), StepClock(SECOND)), spec, 2_000, 4)
    opened = [
        step for step in played.run() if isinstance(step.decision, Alert) and step.decision.state == "opened"
    ]
    assert [near(step) for step in opened] == [4_000, 8_000, 12_000]


def near(step: Step) -> int:
    """The thousand below a step's row."""
    return step.row // 1_000 * 1_000


def replace_drift(spec: MonitorSpec, drift: DriftSpec) -> MonitorSpec:
    return MonitorSpec(model=spec.model, window=spec.window, drift=drift)


def test_rows_out_of_order_beyond_the_disorder_are_read_in_the_batches_of_send(tmp_path: Path) -> None:
    order = np.arange(6_000)
    order[3_000], order[5_000] = order[5_000], order[3_000]
    write(tmp_path / "rows.csv", [0], 6_000, order)
    played = prepare(RowFile(tmp_path / "rows.csv", Roles(time="at")), SPEC, 1_000, 4)
    assert played.scan.behind_us > 0
    assert batch_rows(played.scan, SPEC, 4) == 4_096


@pytest.mark.parametrize("rows", [0, 1, 49, 10**9])
def test_a_batch_has_at_least_one_row_and_at_most_that_of_send(rows: int) -> None:
    assert 1 <= batch_rows(Scan(rows, 0, max(rows, 1) * SECOND, 0), SPEC, 4) <= 4_096


def test_rows_need_times_and_something_to_compare_with(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", [0], 100)
    with pytest.raises(InputError, match="rows need a time"):
        prepare(RowFile(tmp_path / "rows.csv"), SPEC, 10, 4)
    with pytest.raises(InputError, match="no rows after the first 100"):
        prepare(RowFile(tmp_path / "rows.csv", Roles(time="at")), SPEC, 100, 4)


def test_flags_win_over_the_spec_and_defaults_suit_numbered_rows() -> None:
    given = MonitorSpec(model="m", window=WindowSpec(size="1d", pane="1h", disorder="10m"))
    kept = spec_of_flags(Flags(min_effect=0.3), Path("x.csv"), given)
    assert (kept.window, kept.drift.min_effect) == (given.window, 0.3)
    assert spec_of_flags(Flags(step="1s"), Path("x.csv")).window.size == "1000s"
    assert spec_of_flags(Flags(window="1w"), Path("x.csv")).window.pane == "7h"
    assert spec_of_flags(Flags(id="a,b", label="late"), Path("x.csv")).data.id == ["a", "b"]
    with pytest.raises(SpecError, match="must divide"):
        spec_of_flags(Flags(window="7s", pane="2s"), Path("x.csv"))
    with pytest.raises(SpecError, match=r"drift\.policy"):
        spec_of_flags(Flags(policy="guess"), Path("x.csv"))
