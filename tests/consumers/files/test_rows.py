"""Rows of a file are the same whatever they are stored in and however they are cut."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bellbuoy_consumers.files import Roles, RowFile, RowSpan, StepClock, file_digest, scan_times
from bellbuoy_consumers.files.batches import file_batches
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.events.columns import unpack
from bellbuoy_stream.events.ids import partition_of

TEXT = """at,n,f,t,flag,key
2024-01-01T00:00:00Z,1,0.1,UA,true,a
2024-01-01T00:01:00Z,,NaN,NA,false,b
2024-01-01T00:02:00Z,300,-2.5,,true,c
"""


def rows_of(path: Path, rows: int = 2, **roles: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for chunk in RowFile(path, Roles(**roles)).chunks(rows):
        for name, column in chunk.columns.items():
            found.setdefault(name, []).extend(unpack(column))
    return found


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


EXPECTED = {
    "n": [1, None, 300],
    "f": [0.1, None, -2.5],
    "t": ["UA", "NA", None],
    "flag": ["true", "false", "true"],
}


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_cells_of_a_text_file(csv: Path, rows: int) -> None:
    assert rows_of(csv, rows, time="at", id=("key",)) == EXPECTED


def test_compressed_and_other_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(TEXT.replace(",", ";").encode()))
    assert rows_of(path, time="at", id=("key",)) == EXPECTED


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    table = pa.table(
        {
            "at": pa.array([0, 60_000_000], pa.timestamp("us")),
            "n": pa.array([1, None], pa.int64()),
            "e": pa.array([[1.0, 2.0], [3.0, 4.0]]),
            "c": pa.array(["x", "y"]).dictionary_encode(),
            "b": pa.array([True, None]),
        }
    )
    pq.write_table(table, path)
    assert rows_of(path, time="at") == {
        "n": [1, None],
        "e": [[1.0, 2.0], [3.0, 4.0]],
        "c": ["x", "y"],
        "b": [True, None],
    }


def test_a_number_column_that_turns_to_text_keeps_both(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    numbers = "\n".join(map(str, range(2_000_000, 2_700_000)))  # more than the first block, which decides
    path.write_text(f"x\n{numbers}\n7\nbroken\n", encoding="utf-8")
    *_, last = RowFile(path).chunks(100_001)
    assert unpack(last.columns["x"])[-2:] == [7, "broken"]


@pytest.mark.parametrize(
    ("value", "microseconds"),
    [
        ("2024-01-01T00:00:01Z", 1_704_067_201_000_000),
        ("2024-01-01 00:00:01", 1_704_067_201_000_000),
        ("2024-01-01T02:00:01+02:00", 1_704_067_201_000_000),
        ("2024-01-01", 1_704_067_200_000_000),
        ("1704067201.5", 1_704_067_201_500_000),
    ],
)
def test_times(tmp_path: Path, value: str, microseconds: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"at,x\n{value},1\n", encoding="utf-8")
    [chunk] = RowFile(path, Roles(time="at")).chunks()
    assert chunk.times is not None
    assert chunk.times.tolist() == [microseconds]


@pytest.mark.parametrize(
    ("text", "roles", "said"),
    [
        ("", {}, "is empty"),
        ("x,x\n1,2\n", {}, "two columns named 'x'"),
        ("at\nsoon\n", {"time": "at"}, r"rows\.csv, line 2 has 'at' = 'soon'"),
        ("at,x\n,1\n", {"time": "at"}, r"rows\.csv, line 2 has no 'at'"),
        ('at,x\n2024-01-01,"a\nb"\n\n2024-01-02,c\nsoon,d\n', {"time": "at"}, "line 6 has 'at' = 'soon'"),
        ("x,at\n" + "1,2024-01-01\n" * 70_000 + "1,never\n", {"time": "at"}, "line 70002 has 'at' = 'never'"),
        ("at\n1704067201000\n", {"time": "at"}, "divide milliseconds"),
        ("key\n\n", {"time": "at"}, "no column 'at'"),
        ("key,x\n,1\n", {"id": ("key",)}, "no id in 'key'"),
        ("a,b\n1\n", {}, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, text: str, roles: dict[str, Any], said: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        list(RowFile(path, Roles(**roles)).chunks())


def test_where_a_row_of_a_compressed_or_columnar_file_is(tmp_path: Path) -> None:
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(b"at;x\n1;2\n;3\n"))
    pq.write_table(pa.table({"at": [1, None]}), tmp_path / "rows.parquet")
    for name, said in (("rows.csv.gz", "line 3 has no 'at'"), ("rows.parquet", "row 2 has no 'at'")):
        with pytest.raises(InputError, match=f"{name}, {said}"):
            list(RowFile(tmp_path / name, Roles(time="at")).chunks())


def test_scan_finds_the_largest_step_back(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("at\n10\n30\n20\n40\n15\n", encoding="utf-8")
    scan = scan_times(RowFile(path, Roles(time="at")))
    assert (scan.rows, scan.first_us, scan.last_us, scan.behind_us) == (5, 10_000_000, 40_000_000, 25_000_000)


def test_a_span_of_rows(csv: Path) -> None:
    chunks = list(RowFile(csv, clock=StepClock(1_000)).chunks(1, RowSpan(1, 3)))
    assert [(chunk.first, chunk.times.tolist()) for chunk in chunks if chunk.times is not None] == [
        (1, [1_000]),
        (2, [2_000]),
    ]


def test_batches_without_ids_go_round_the_partitions(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x\n" + "1\n" * 10, encoding="utf-8")
    parts = list(file_batches(RowFile(path), "m", "1", file_digest(path, "m@1"), 3, rows=2))
    assert [part.partition for part in parts] == [0, 1, 2, 0, 1]
    for part in parts:
        assert part.batch.ids is not None
        assert {partition_of(row_id, 3) for row_id in unpack(part.batch.ids)} == {part.partition}
    assert [part.batch.sequence for part in parts] == sorted({part.batch.sequence or 0 for part in parts})


def test_rows_with_ids_go_where_their_ids_send_them(csv: Path) -> None:
    file = RowFile(csv, Roles(id=("key", "t"), time="at").among(["key", "at", "t"]))
    with pytest.raises(InputError, match="no id in 't'"):
        list(file.chunks())
    parts = list(file_batches(RowFile(csv, Roles(id=("key",))), "m", "1", "d", 4))
    seen = [row_id for part in parts for row_id in unpack(part.batch.ids or [])]
    assert sorted(seen) == ["a", "b", "c"]
    for part in parts:
        assert {partition_of(row_id, 4) for row_id in unpack(part.batch.ids or [])} == {part.partition}
        assert part.batch.rows() == len(unpack(part.batch.columns["n"]))


def test_numbers_are_packed_in_their_natural_width(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    np.savetxt(path, np.arange(6).reshape(3, 2), delimiter=",", header="a,b", comments="", fmt="%d")
    [chunk] = RowFile(path).chunks()
    assert {column.kind for column in chunk.columns.values() if not isinstance(column, list)} == {"i1"}
