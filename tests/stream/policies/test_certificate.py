"""Certified: where the reference's own scatter lets no more false alarms be expected than the budget allows."""

import msgspec
import numpy as np
import pytest

from bellbuoy_stream.policies import Certificate, multiscale_plan
from bellbuoy_stream.policies.exceedance import chance_beyond
from bellbuoy_stream.references.reference import Calibration, ColumnReference, Reference
from bellbuoy_stream.specs.monitor import MonitorSpec
from bellbuoy_stream.times import duration_us

DAYS, DAY_PANES, PANE_ROWS = 60, 24, 50
SPEC = MonitorSpec(model="m")


@pytest.mark.parametrize("blocks", [1, 5, 40])
@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_the_chance_is_that_of_one_more_normal_distance(blocks: int, ratio: float) -> None:
    rng = np.random.default_rng(blocks)
    drawn = np.abs(rng.normal(size=(200_000, blocks + 1)))
    measured = (drawn[:, 0] > ratio * drawn[:, 1:].max(axis=1)).mean()
    error = 4 * np.sqrt(measured / len(drawn)) + 0.01 * measured
    assert chance_beyond(np.array([ratio]), np.array([blocks]))[0] == pytest.approx(measured, abs=error)


def test_whatever_the_law_a_block_beats_the_largest_of_n_once_in_n_and_one() -> None:
    blocks = np.array([1.0, 19.0, 99.0])
    assert chance_beyond(np.ones(3), blocks) == pytest.approx(1 / (blocks + 1), rel=0.01)


def certificate(
    scatter: float, effective: list[float], share: float = 1.0, days: int = DAYS, windows: int | None = None
) -> Certificate:
    """Of columns whose blocks all lie up to ``scatter`` from the rest, shrinking with the root of a day's blocks on."""
    names = [f"x{at}" for at in range(len(effective))]
    scales = [1 << k for k in range((days * DAY_PANES // 2).bit_length())]
    allowance = [scatter * min(1.0, (DAY_PANES / scale) ** 0.5) for scale in scales]
    calibration = Calibration(
        pane_us=duration_us("1h"), scales=scales, allowance=dict.fromkeys(names, allowance), panes=days * DAY_PANES,
        filled=days * DAY_PANES, report_panes=DAY_PANES, effective=dict(zip(names, effective, strict=True)),
        blocks=dict.fromkeys(names, days) | ({names[-1]: windows} if windows is not None else {}),
    )  # fmt: skip
    rows = np.array([days * DAY_PANES * PANE_ROWS // 2, 0, days * DAY_PANES * PANE_ROWS // 2, *[0] * 6])
    columns = [ColumnReference(name=n, source=n, cuts=b"\0" * 8, counts=rows.tobytes()) for n in names]
    reference = Reference(
        model="m", version="1", rows=int(rows.sum()), columns=columns, calibration=calibration
    )
    return multiscale_plan(SPEC, reference, None, share).certificate


def test_scatter_far_below_the_smallest_effect_needs_no_long_reference() -> None:
    assert certificate(0.03, [20.0] * 30, days=20).certified


def test_scatter_that_sets_the_threshold_needs_a_reference_that_grows_with_the_columns() -> None:
    assert certificate(0.4, [55.0] * 4).certified
    assert not certificate(0.4, [55.0] * 25).certified
    assert certificate(0.4, [365.0] * 25, days=370).certified


def test_moods_longer_than_a_window_and_a_smaller_share_of_the_budget_ask_for_more() -> None:
    assert not certificate(0.4, [9.0] * 4).certified
    assert not certificate(0.4, [55.0] * 4, share=0.2).certified


def test_the_reason_names_the_column_that_asks_most() -> None:
    (reason,) = certificate(0.4, [55.0, 55.0, 4.0], share=0.5).reasons
    assert "most are of column 'x2', whose 60 windows tell as much as 4 independent ones" in reason
    few = certificate(0.03, [55.0] * 3, windows=2)
    assert (few.certified, few.blocks) == (False, 2)
    assert few.reasons == ["column 'x2' has 2 blocks of one window; 20 are needed"]


def test_a_scale_that_could_not_be_measured_never_rings_and_costs_nothing() -> None:
    assert certificate(1.0, [1.0], days=1, windows=20).certified
    assert not certificate(0.6, [1.0], days=1, windows=20).certified


def test_a_calibration_of_another_form_is_refused() -> None:
    data = msgspec.msgpack.encode({"pane_us": 1, "blocks": 20})
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(data, type=Calibration)
