"""The page draws what was counted."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_consumers.files import Roles, RowFile, StepClock
from bellbuoy_consumers.replay import prepare
from bellbuoy_consumers.report import BarShape, Recorder, StepShape, Story, render, shape_of
from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.references import ColumnReference
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec


def counted(before: list[Any], now: list[Any]) -> tuple[ColumnReference, np.ndarray]:
    reference = build_reference("m", "1", MonitorSpec(model="m"), [Rows({"x": before})])
    counter = BatchCounter(reference.columns, reference.layout)
    counts = counter.count({"x": values_of(now)}, np.zeros(len(now), dtype=np.int64), None, 1)[0]
    place = reference.layout["x"]
    return reference.columns[0], counts[place.start : place.stop]


numbers = st.lists(
    st.one_of(st.integers(-50, 50), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=60)
@given(numbers, numbers)
def test_shares_of_a_numeric_column_add_up_and_curves_rise(before: list[float], now: list[float]) -> None:
    shape = shape_of(*counted(before, now))
    assert isinstance(shape, StepShape)
    assert shape.reference.sum() == pytest.approx(1)
    assert shape.window.sum() == pytest.approx(1)
    assert np.all(np.diff(shape.edges) > 0)
    for curve in (shape.reference_below, shape.window_below):
        assert np.all(np.diff(curve) >= -1e-12)
        assert curve.min() >= -1e-12
        assert curve.max() <= 1 + 1e-12


def test_a_numeric_column_is_drawn_where_its_rows_lie() -> None:
    shape = shape_of(*counted(list(range(100)), [50.0] * 10 + [130.0] * 10))
    assert isinstance(shape, StepShape)
    middle = (shape.edges[:-1] + shape.edges[1:]) / 2
    assert float((middle * shape.window).sum()) == pytest.approx(90, abs=2)
    assert shape.beyond == pytest.approx(0.5)


def test_categories_that_changed_most_come_first() -> None:
    shape = shape_of(*counted(["a"] * 50 + ["b"] * 50, ["a"] * 10 + ["b"] * 60 + ["new"] * 30))
    assert isinstance(shape, BarShape)
    assert shape.names == ("a", "(never seen)", "b")
    assert shape.window.round(2).tolist() == [0.1, 0.3, 0.6]


def test_nothing_is_drawn_of_a_column_without_values() -> None:
    assert shape_of(*counted([1.0, 2.0], [None, None])) is None


NAME = "<b>x</b>"


def told(path: Path, x: np.ndarray) -> Story:
    """A replay's story; the first 1,000 rows are the reference, windows have 200."""
    path.write_text(f"{NAME}\n" + "\n".join(f"{value:.3f}" for value in x) + "\n", encoding="utf-8")
    spec = MonitorSpec(model="m", window=WindowSpec(size="200s", pane="50s", disorder="0s", keep="400s"))
    played = prepare(RowFile(path, Roles(), StepClock(1_000_000)), spec, 1_000, 4)
    recorder = Recorder(spec, played.reference, 1_000_000)
    for step in played.run(listen=recorder.listen):
        recorder.decide(step.decision)
    return recorder.story(len(x))


def hover_data(page: str) -> Any:
    data = page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    return msgspec.json.decode(data)


def test_a_page_holds_every_window_that_is_over_and_no_markup_of_the_data(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    story = told(
        tmp_path / "rows.csv", np.concatenate([random.normal(0, 1, 3_000), random.normal(3, 1, 1_001)])
    )
    page = render(story)
    assert NAME not in page
    shown = hover_data(page)
    assert len(shown["when"]) == 15
    assert shown["when"][0] == "row 1,000 to row 1,200"
    assert sum(shown["columns"][NAME]["drift"]) >= 5
    assert [picture.column for picture in story.pictures] == [NAME]
    assert "Drift: 1 of 1 columns changed" in page


def test_a_window_that_is_not_over_yet_makes_no_spike_and_is_named(tmp_path: Path) -> None:
    x = np.concatenate([np.random.default_rng(2).normal(0, 1, 2_000), [9.0] * 7])
    story = told(tmp_path / "rows.csv", x)
    [left_out] = [window for window in story.windows if not window.closed]
    far = left_out.columns[NAME].ks
    assert far is not None
    assert far > 0.9
    page = render(story)
    assert max(hover_data(page)["columns"][NAME]["ks"]) < 0.2
    assert story.largest(NAME) < 0.2
    assert page.count('class="unfinished"') == 1
    said = "7 rows from row 2,000 on, in a window that is not over yet"
    assert f"row 1,000 to row 2,000, in 5 windows of 200s; then {said}" in page
    assert f"left out: {said}" in page
    assert "Watched" not in page


def test_a_page_without_a_window_that_is_over_says_so(tmp_path: Path) -> None:
    page = render(told(tmp_path / "rows.csv", np.random.default_rng(3).normal(0, 1, 1_100)))
    assert "No window is over yet." in page
    assert "<dd>100 rows from row 1,000 on, in a window that is not over yet</dd>" in page


def test_a_median_beyond_the_reference_is_no_number_on_a_page(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    x = np.concatenate([random.uniform(0, 10, 2_000), random.uniform(12, 20, 1_001)])
    x[0] = 10.0
    [picture] = told(tmp_path / "rows.csv", x).pictures
    assert picture.median == "above 10 (the reference's highest)"
