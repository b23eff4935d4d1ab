"""What an app logs arrives: rows, labels, their times, weights and ids, in few records, in the right partition."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import bellbuoy
from bellbuoy.logger import in_sample
from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.events import LabelBatch, PredictionBatch, partition_of
from bellbuoy_stream.times import rfc3339
from tests.producers.harness import batches, packed, values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellbuoy import PredictionLogger
    from tests.producers.harness import ReadBack


@pytest.fixture
def log(memory_url: str) -> Iterator[PredictionLogger]:
    with bellbuoy.PredictionLogger(memory_url, model="flights", version="1", linger_s=60) as logger:
        yield logger


def test_rows_of_a_batch_share_a_record_and_a_partition(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    ids = [log.log({"x": number, "origin": "EWR"}, score=0.5) for number in range(100)]
    assert log.flush()
    found = read_back(memory_url)
    assert len(found) == 1
    message, batch = found[0]
    assert message.partition == partition_of(ids[0], 4)
    assert message.header("ce_type") == "bellbuoy.predictions"
    assert message.header("content-type") == "application/msgpack"
    assert values(batch.ids) == ids
    assert len(set(ids)) == 100
    assert values(batch.columns["x"]) == list(range(100))
    assert packed(batch.columns["origin"]).values == ["EWR"]  # noqa: PD011
    assert values(batch.scores) == [0.5] * 100
    assert batch.weights is None
    assert batch.predictions is None
    assert (batch.model, batch.version) == ("flights", "1")


def test_own_ids_are_grouped_by_their_partition(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    ids = [f"order-{number}" for number in range(200)]
    for row_id in ids:
        assert log.log({"x": 1}, id=row_id) == row_id
    log.flush()
    found = read_back(memory_url)
    assert len(found) == 4
    for message, batch in found:
        assert {partition_of(row_id, 4) for row_id in batch.ids} == {message.partition}
    assert sorted(row_id for _, batch in found for row_id in batch.ids) == sorted(ids)


def test_a_label_goes_where_its_row_went(log: PredictionLogger, memory_url: str, read_back: ReadBack) -> None:
    row_ids = [log.log({"x": 1}), log.log({"x": 2}, id="order-7")]
    for row_id in row_ids:
        log.label(row_id, 1, time="2013-03-18T00:00:00Z")
    log.flush()
    found = read_back(memory_url)
    places = {
        row_id: message.partition
        for message, batch in found
        if isinstance(batch, PredictionBatch)
        for row_id in values(batch.ids)
    }
    labelled = {
        row_id: message.partition
        for message, batch in found
        if isinstance(batch, LabelBatch)
        for row_id in values(batch.ids)
    }
    assert labelled == places
    assert rfc3339(values(batches(found, LabelBatch)[0].times)[0]) == "2013-03-18T00:00:00Z"


@pytest.mark.parametrize(
    "time",
    [
        "2013-03-18T07:00:00Z", "2013-03-18T03:00:00-04:00", 1363590000, 1363590000.0,
        datetime(2013, 3, 18, 7, tzinfo=UTC), datetime(2013, 3, 18, 7), pd.Timestamp("2013-03-18 07:00", tz="UTC"),  # noqa: DTZ001
        np.datetime64("2013-03-18T07:00:00"), np.float64(1363590000), Decimal(1363590000),
    ],
    ids=repr,
)  # fmt: skip
def test_times_in_every_form(log: PredictionLogger, memory_url: str, read_back: ReadBack, time: Any) -> None:
    log.log({"x": 1}, time=time)
    log.flush()
    assert (
        rfc3339(values(batches(read_back(memory_url), PredictionBatch)[0].times)[0]) == "2013-03-18T07:00:00Z"
    )


def test_time_is_now_where_none_is_given(log: PredictionLogger, memory_url: str, read_back: ReadBack) -> None:
    before = datetime.now(UTC)
    log.log({"x": 1})
    after = datetime.now(UTC)
    log.flush()
    (time_us,) = values(batches(read_back(memory_url), PredictionBatch)[0].times)
    assert before.timestamp() * 1e6 - 1 <= time_us <= after.timestamp() * 1e6 + 1


def test_a_row_that_cannot_be_sent_is_counted_and_spoils_no_other(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    class Strange:
        def __getattr__(self, name: str) -> object:
            raise OSError("no such thing")

    log.log({"x": 1})
    log.log({"x": 2}, time="yesterday")
    log.log({"x": Strange()})
    log.log({"x": "a" * 950_000})
    log.log({"x": 3}, id=17)  # type: ignore[arg-type]
    log.log({"x": 4})
    assert log.flush()
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (6, 2, 4)
    assert stats.errors == 4
    kept = [
        value
        for batch in batches(read_back(memory_url), PredictionBatch)
        for value in values(batch.columns["x"])
    ]
    assert kept == [1, 4]


def test_rows_with_different_features_share_a_record(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    log.log({"a": 1})
    log.log({"b": "x"})
    log.log({"a": "three", "b": None})
    log.flush()
    (batch,) = batches(read_back(memory_url), PredictionBatch)
    assert values(batch.columns["a"]) == [1, None, "three"]
    assert values(batch.columns["b"]) == [None, "x", None]


def test_scores_of_several_classes(log: PredictionLogger, memory_url: str, read_back: ReadBack) -> None:
    log.log({"a": 1}, score={"cat": 0.2, "dog": 0.8}, prediction="dog")
    log.log({"a": 2}, score={"cat": 0.5, "dog": 0.5}, prediction="cat", weight=2)
    log.flush()
    (batch,) = batches(read_back(memory_url), PredictionBatch)
    assert values(batch.scores["dog"]) == pytest.approx([0.8, 0.5])
    assert values(batch.predictions) == ["dog", "cat"]
    assert values(batch.weights) == [1, 2]


def test_features_are_copied(log: PredictionLogger, memory_url: str, read_back: ReadBack) -> None:
    features = {"x": 1}
    log.log(features)
    features["x"] = 2
    log.flush()
    assert values(batches(read_back(memory_url), PredictionBatch)[0].columns["x"]) == [1]


def test_columns_keep_the_rest_from_leaving(memory_url: str, read_back: ReadBack) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", columns=["x"], linger_s=60) as log:
        log.log({"x": 1, "name": "Ada"})
        log.log_batch({"x": [2], "name": ["Bo"]})
        log.log_batch({"x": range(500), "name": ["Cy"] * 500})
        log.flush()
    assert all(list(batch.columns) == ["x"] for batch in batches(read_back(memory_url), PredictionBatch))
    assert sum(batch.rows() for batch in batches(read_back(memory_url), PredictionBatch)) == 502


def test_a_sample_has_weights_and_leaves_out_the_labels_of_what_it_leaves_out(
    memory_url: str, read_back: ReadBack
) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", sample=0.25, linger_s=60) as log:
        ids = [log.log({"x": number}) for number in range(4_000)]
        ids += log.log_batch({"x": range(4_000)})
        for row_id in ids:
            log.label(row_id, 1)
        log.flush()
    found = read_back(memory_url)
    kept = {row_id for batch in batches(found, PredictionBatch) for row_id in batch.ids}
    assert kept == {row_id for row_id in ids if in_sample(row_id, 0.25)}
    assert 1_800 < len(kept) < 2_200
    assert {weight for batch in batches(found, PredictionBatch) for weight in values(batch.weights)} == {4.0}
    assert {row_id for batch in batches(found, LabelBatch) for row_id in batch.ids} == kept


def test_small_batches_share_a_record_with_single_rows(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    ids = log.log_batch({"x": [1, 2], "y": ["a", None]}, scores=[0.25, 0.5], predictions=[0, 1])
    ids.append(log.log({"x": 3, "y": "b"}, score=0.75, prediction=0))
    ids += log.log_batch(
        pd.DataFrame({"x": [4], "y": ["c"]}), scores=np.array([1.0]), predictions=np.array([1])
    )
    log.flush()
    ((_, batch),) = read_back(memory_url)
    assert values(batch.ids) == ids
    assert values(batch.columns["x"]) == [1, 2, 3, 4]
    assert values(batch.columns["y"]) == ["a", None, "b", "c"]
    assert values(batch.scores) == [0.25, 0.5, 0.75, 1.0]
    assert values(batch.predictions) == [0, 1, 0, 1]


def test_large_batches_are_cut_by_rows_and_keep_their_order(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    ids = log.log_batch({"x": np.arange(10_000)}, times=np.arange(10_000))
    log.flush()
    rows: dict[str, int] = {}
    for batch in batches(read_back(memory_url), PredictionBatch):
        assert batch.rows() <= 4_096
        rows.update(zip(values(batch.ids), values(batch.columns["x"]), strict=True))
    assert rows == dict(zip(ids, range(10_000), strict=True))
    assert len(batches(read_back(memory_url), PredictionBatch)) == 3


def test_a_large_batch_with_ids_of_ones_own_is_spread_by_them(
    log: PredictionLogger, memory_url: str, read_back: ReadBack
) -> None:
    ids = [f"order-{number}" for number in range(1_000)]
    assert log.log_batch({"x": np.arange(1_000), "y": [f"t{n % 7}" for n in range(1_000)]}, ids=ids) == ids
    log.flush()
    found = read_back(memory_url)
    assert len(found) == 4
    for message, batch in found:
        assert {partition_of(row_id, 4) for row_id in batch.ids} == {message.partition}
        assert values(batch.columns["x"]) == [int(row_id[6:]) for row_id in batch.ids]
        assert values(batch.columns["y"]) == [f"t{int(row_id[6:]) % 7}" for row_id in batch.ids]


def test_columns_of_unequal_length_are_refused_at_once(log: PredictionLogger) -> None:
    with pytest.raises(bellbuoy.InputError, match=r"column 'y' has 1 rows, but column 'x' has 2"):
        log.log_batch({"x": [1, 2], "y": [1]})
    with pytest.raises(bellbuoy.InputError, match="scores has 1 rows"):
        log.log_batch({"x": [1, 2]}, scores=[1])
    with pytest.raises(bellbuoy.InputError, match="times:"):
        log.log_batch({"x": [1, 2]}, times=["now", "then"])
    with pytest.raises(bellbuoy.InputError, match="not list"):
        log.log_batch([1, 2])
    assert log.stats().logged == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "http://x"}, "URL"), ({"linger_s": 0}, "linger_s"), ({"max_rows": 0}, "max_rows"),
        ({"max_bytes": 1_000_000}, "max_bytes"), ({"sample": 0}, "sample"), ({"buffer_rows": 0}, "buffer_rows"),
        ({"url": "kafka://ada:secret@host"}, "BELLBUOY_SASL_USERNAME"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(wrong: Any, says: Any) -> None:
    with pytest.raises(SpecError, match=says) as caught:
        bellbuoy.PredictionLogger(**{"url": "memory://never", "model": "m", "version": "1", **wrong})
    assert "secret" not in str(caught.value)


def test_a_full_record_does_not_wait_for_the_linger(memory_url: str, read_back: ReadBack) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", max_rows=10, linger_s=3600) as log:
        for number in range(10):
            log.log({"x": number})
        with log._own.settled:
            assert log._own.settled.wait_for(lambda: log._own._sent == 10, timeout=30)
    assert len(read_back(memory_url)) == 1


def test_a_row_waits_for_the_linger_at_most(memory_url: str) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", linger_s=0.05) as log:
        log.log({"x": 1})
        with log._own.settled:
            assert log._own.settled.wait_for(lambda: log._own._sent == 1, timeout=30)


def test_a_closed_logger_drops_and_counts(memory_url: str) -> None:
    log = bellbuoy.PredictionLogger(memory_url, model="m", version="1")
    log.log({"x": 1})
    assert log.close()
    log.log({"x": 2})
    log.label("a", 1)
    log.log_batch({"x": range(1_000)})
    assert (log.stats().logged, log.stats().sent, log.stats().dropped) == (1_003, 1, 1_002)


def test_disabled_logs_nothing_and_starts_nothing(
    memory_url: str, monkeypatch: pytest.MonkeyPatch, read_back: ReadBack
) -> None:
    monkeypatch.setenv("BELLBUOY_DISABLED", "1")
    log = bellbuoy.PredictionLogger(memory_url, model="m", version="1")
    row_id = log.log({"x": 1})
    log.label(row_id, 1)
    assert len(log.log_batch({"x": [1, 2]})) == 2
    assert log.flush()
    assert log.close()
    assert log.stats().logged == 0
    assert log._thread is None
    assert read_back(memory_url) == []


def test_prefix_and_broker_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_back: ReadBack
) -> None:
    url = f"sqlite:///{tmp_path}/bell.db"
    monkeypatch.setenv("BELLBUOY_BROKER", url)
    monkeypatch.setenv("BELLBUOY_PREFIX", "staging")
    with bellbuoy.PredictionLogger(model="m", version="1") as log:
        log.log({"x": 1})
    assert len(read_back(url, "staging")) == 1
    assert read_back(url) == []
