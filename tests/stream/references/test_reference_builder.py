from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bellbuoy_stream.building import ReferenceBuilder, Rows, build_reference
from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.layout import INFINITE, NAN, NULL, WRONG
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.events.columns import pack
from bellbuoy_stream.references import decode_reference
from bellbuoy_stream.specs.monitor import ColumnSpec, DataSpec, DriftSpec, MonitorSpec, WindowSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references import Reference

HOUR = 3_600_000_000


def spec(**sections: Any) -> MonitorSpec:
    return MonitorSpec(model="m", **sections)


def build(
    columns: Mapping[str, list[Any]],
    times: NDArray[np.int64] | None = None,
    chunk: int | None = None,
    /,
    **sections: Any,
) -> Reference:
    rows = len(next(iter(columns.values())))
    step = chunk or rows
    chunks = [
        Rows(
            {name: c[at : at + step] for name, c in columns.items()},
            None if times is None else times[at : at + step],
        )
        for at in range(0, rows, step)
    ]
    return build_reference("m", "1", spec(**sections), chunks)


def cells(reference: Reference, name: str) -> Counts:
    place = reference.layout[name]
    return place.values(reference.counts)


def extra(reference: Reference, name: str, which: int) -> int:
    return int(reference.layout[name].extra(reference.counts, which))


def test_few_distinct_values_are_all_cuts_and_every_row_is_counted_where_it_belongs() -> None:
    reference = build({"x": [3.0, 1.0, 3.0, None, float("nan"), float("inf"), "text", -0.0, 0.0]})
    column = reference.columns[0]
    assert column.exact
    assert column.cut_points.tolist() == [0.0, 1.0, 3.0]
    assert cells(reference, "x").tolist() == [0, 2, 0, 1, 0, 2, 0]
    assert [extra(reference, "x", which) for which in (NULL, NAN, INFINITE, WRONG)] == [1, 1, 1, 1]
    assert reference.rows == 9


@pytest.mark.parametrize("shape", ["smooth", "heavy atom", "lumps"])
def test_of_many_distinct_values_no_open_gap_holds_more_than_one_part_in_256(shape: str) -> None:
    rng = np.random.default_rng(7)
    values = rng.lognormal(size=150_000)
    if shape == "heavy atom":
        values[::2] = 1.0
    if shape == "lumps":
        values = np.where(rng.random(len(values)) < 0.5, values * 1e-9, values * 1e9)
    chunks = [Rows({"x": pack(part.tolist())}) for part in np.array_split(values, 9)]
    reference = build_reference("m", "1", spec(), chunks)
    column = reference.columns[0]
    counts = cells(reference, "x")
    assert not column.exact
    assert len(column.cut_points) <= 275
    assert counts[0::2].max() <= len(values) / 256
    assert (counts[0], counts[-1], counts.sum()) == (0, 0, len(values))
    assert np.array_equal(
        counts, ColumnCounter(column).count(values_of(pack(values.tolist())))[0][: len(counts)]
    )


def test_the_second_pass_counts_the_same_whatever_the_chunks_and_their_order() -> None:
    rng = np.random.default_rng(1)
    values, times = rng.normal(size=3000).tolist(), rng.integers(0, 50 * HOUR, 3000)
    first = build({"x": values}, times)
    second = build({"x": values}, times, 700)
    assert first.digest == second.digest
    assert decode_reference(first.encode()).digest == first.digest


def test_categories_beyond_the_most_frequent_are_known_by_name() -> None:
    values = ["a"] * 50 + ["b"] * 30 + ["c"] * 5 + ["d"] * 5 + [None]
    reference = build({"c": values}, columns={"c": ColumnSpec(max_categories=2)})
    column = reference.columns[0]
    assert (column.categories, column.others) == (["a", "b"], ["c", "d"])
    assert cells(reference, "c").tolist() == [50, 30, 10, 0]
    assert extra(reference, "c", NULL) == 1


def test_numbers_may_be_categories() -> None:
    reference = build({"c": [1, 2.0, 2, 2.5]}, columns={"c": ColumnSpec(kind="categorical")})
    assert reference.columns[0].categories == ["2", "1", "2.5"]
    assert cells(reference, "c").tolist() == [2, 1, 1, 0, 0]


def test_booleans_are_categories() -> None:
    assert build({"b": [True, False, True]}).columns[0].categories == ["true", "false"]


def test_texts_are_counted_by_length_ids_by_presence_times_by_lag() -> None:
    hours = [f"2013-03-18T{hour:02d}:00:00Z" for hour in range(10)]
    times = np.full(10, 1_363_564_800_000_000 + 10 * HOUR)
    notes = [f"a note of some length {'x' * i}" for i in range(10)]
    reference = build({"row_id": [*"abcdefghi", None], "note": notes, "due": hours}, times)
    by_name = {column.name: column for column in reference.columns}
    assert (by_name["row_id"].derivation, by_name["row_id"].cut_points.tolist()) == ("present", [1.0])
    assert (cells(reference, "row_id").tolist(), extra(reference, "row_id", NULL)) == ([0, 9, 0], 1)
    assert (by_name["note"].derivation, by_name["note"].cut_points[0]) == ("length", 22.0)
    assert by_name["due"].derivation == "lag"
    assert by_name["due"].cut_points.tolist() == [3600.0 * hour for hour in range(1, 11)]


def test_an_embedding_becomes_its_norm_and_its_cosine() -> None:
    reference = build({"e": [[3.0, 4.0], [6.0, 8.0]]})
    assert [column.name for column in reference.columns] == ["e.norm", "e.cosine"]
    assert reference.columns[0].cut_points.tolist() == [5.0, 10.0]
    assert np.frombuffer(reference.columns[0].centroid).tolist() == [4.5, 6.0]
    assert reference.columns[1].cut_points == pytest.approx(1.0)


@pytest.mark.parametrize(("values", "cuts"), [([None] * 4, []), ([7.0] * 4, [7.0])])
def test_a_column_of_nulls_and_a_constant_one(values: list[Any], cuts: list[float]) -> None:
    reference = build({"x": values})
    assert reference.columns[0].cut_points.tolist() == cuts
    assert reference.counts.sum() == 4


def test_ids_times_and_labels_of_the_rows_are_not_monitored_nor_are_ignored_columns() -> None:
    columns = {name: [1.0, 2.0] for name in ("flight", "when", "late", "x", "y", "score")}
    reference = build(
        columns,
        data=DataSpec(id="flight", time="when", label="late"),
        columns={"y": ColumnSpec(kind="ignore")},
    )
    assert [column.name for column in reference.columns] == ["x", "score"]


def test_a_column_that_some_chunks_lack_is_missing_there() -> None:
    chunks = [Rows({"x": [1.0, 2.0]}), Rows({"x": [1.0], "y": [5.0]})]
    reference = build_reference("m", "1", spec(), chunks)
    assert (cells(reference, "y").tolist(), extra(reference, "y", NULL)) == ([0, 1, 0], 2)


def test_panes_in_any_order_calibrate_and_rows_without_times_do_not() -> None:
    rng = np.random.default_rng(2)
    times = rng.permutation(np.arange(4000) * (HOUR // 40))
    values = {"x": rng.normal(size=4000).tolist()}
    reference = build(values, times, 999, window=WindowSpec(size="5h", pane="1h"))
    assert reference.calibration is not None
    assert reference.calibration.panes == 100
    assert set(reference.calibration.blocks.values()) == {20}
    assert (reference.start_us, reference.end_us) == (0, int(times.max()))
    assert 0 < reference.calibration.allowance["x"][0] < 0.6
    without = build(values)
    assert without.calibration is None
    assert any("not calibrated" in note for note in without.notes)


def test_segments_are_coarser_references_whose_counts_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(3)
    origin = rng.choice(["EWR", "JFK", "LGA", "XXX"], 2000, p=[0.5, 0.3, 0.15, 0.05]).tolist()
    values = rng.normal(size=2000).tolist()
    times = np.arange(2000) * (HOUR // 10)
    reference = build(
        {"x": values, "origin": origin}, times, drift=DriftSpec(segments=["origin"], max_segments=2)
    )
    assert list(reference.segments) == ["origin=EWR", "origin=JFK", "origin=*"]
    parts = list(reference.segments.values())
    assert sum(part.rows for part in parts) == 2000
    assert parts[0].rows == origin.count("EWR")
    assert len(parts[0].columns[0].cut_points) <= 40
    total = np.sum([cells(part, "x") for part in parts], axis=0)
    assert total[0::2].max() <= 2000 / 32
    assert parts[0].calibration is not None


def test_other_rows_in_the_second_pass_are_refused() -> None:
    builder = ReferenceBuilder("m", "1", spec())
    builder.add({"x": [1.0, 2.0]})
    tally = builder.tally()
    tally.add({"x": [1.0]})
    with pytest.raises(InputError, match="saw 1 rows, the first 2"):
        tally.build()


def test_what_cannot_be_a_reference_is_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        build_reference("m", "1", spec(), [])
    with pytest.raises(InputError, match="differ in length: y has 1 rows, x has 2"):
        ReferenceBuilder("m", "1", spec()).add({"x": [1.0, 2.0], "y": [1.0]})
    with pytest.raises(InputError, match=r"drift\.segments names 'nowhere'"):
        build({"x": [1.0]}, drift=DriftSpec(segments=["nowhere"]))
