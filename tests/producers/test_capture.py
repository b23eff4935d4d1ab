"""An app's own tests see what it logs, with no broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bellbuoy
from bellbuoy import testing
from bellbuoy_stream.events import PredictionBatch
from tests.producers.harness import batches, feature

if TYPE_CHECKING:
    import pytest

    from tests.producers.harness import ReadBack


def test_rows_and_labels_come_back_as_plain_dicts() -> None:
    with testing.capture() as captured:
        log = bellbuoy.PredictionLogger("kafka://nowhere:9092", model="flights", version="1")
        first = log.log({"x": 1, "y": None}, score=0.25, prediction="late", time="2013-03-18T00:00:00Z")
        log.log_batch({"x": range(1_000)}, scores={"a": [0.5] * 1_000, "b": [0.5] * 1_000})
        log.label(first, 1, time="2013-03-19T00:00:00Z")
        assert log.flush()
        assert log.close()
    assert len(captured.rows) == 1_001
    assert captured.rows[0] == {
        "model": "flights", "version": "1", "id": first, "time": "2013-03-18T00:00:00Z",
        "features": {"x": 1, "y": None}, "prediction": "late", "score": 0.25, "weight": 1,
    }  # fmt: skip
    assert captured.rows[1]["score"] == {"a": 0.5, "b": 0.5}
    assert captured.labels == [{"model": "flights", "id": first, "label": 1, "time": "2013-03-19T00:00:00Z"}]


def test_a_logger_made_before_is_diverted_and_comes_back(memory_url: str, read_back: ReadBack) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", linger_s=60) as log:
        log.log({"x": 1})
        with testing.capture() as captured:
            log.log({"x": 2})
            with testing.capture() as inner:
                log.log({"x": 3})
            log.log({"x": 4})
        log.log({"x": 5})
        log.flush()
        assert log.stats().logged == 2
    assert feature(batches(read_back(memory_url), PredictionBatch), "x") == [1, 5]
    assert [row["features"]["x"] for row in captured.rows] == [2, 4]
    assert [row["features"]["x"] for row in inner.rows] == [3]


def test_what_is_captured_respects_columns_and_sample() -> None:
    with testing.capture() as captured:
        log = bellbuoy.PredictionLogger("memory://never", model="m", version="1", columns=["x"], sample=0.5)
        for number in range(400):
            log.log({"x": number, "name": "Ada"})
    assert 120 < len(captured.rows) < 280
    assert all(row["features"].keys() == {"x"} and row["weight"] == 2 for row in captured.rows)


def test_capture_works_where_logging_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLBUOY_DISABLED", "1")
    with testing.capture() as captured:
        bellbuoy.PredictionLogger("memory://never", model="m", version="1").log({"x": 1})
    assert len(captured.rows) == 1
    assert captured.events[0].schema == 1
