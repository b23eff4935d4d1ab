import pytest

from bellbuoy_stream.references import guess_column

CASES = [
    ("x", [1.5, 2.5, None], "numeric"),
    ("hour", [1, 2, 3, 1], "numeric"),
    ("ok", [True, False, None], "categorical"),
    ("origin", ["EWR", "JFK", "LGA"] * 10, "categorical"),
    ("user_id", [f"u{i}" for i in range(50)], "id"),
    ("rowId", list(range(50)), "id"),
    ("grid", list(range(50)), "numeric"),
    ("flight_id", ["a", "b"] * 30, "categorical"),
    ("note", [f"the flight number {i} was rather late" for i in range(40)], "text"),
    ("tail", [f"N{i}" for i in range(40)], "text"),
    ("scheduled", ["2013-03-18T10:00:00Z", "2013-03-19T10:00:00Z", None], "time"),
    ("vector", [[1.0, 2.0], [3.0, 4.0]], "embedding"),
    ("empty", [None, None], "numeric"),
    ("thing", [{"a": 1}], "ignore"),
]


@pytest.mark.parametrize(("name", "values", "kind"), CASES, ids=[case[0] for case in CASES])
def test_kind(name: str, values: list[object], kind: str) -> None:
    guess = guess_column(name, values)
    assert guess.kind == kind, guess.why
    assert guess.why
