"""No record is over the limit, however wide a batch is, and no row is lost by splitting."""

from __future__ import annotations

import random

import numpy as np
import pytest

import bellbuoy
from bellbuoy_stream.events import PredictionBatch
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES
from tests.producers.harness import Found, ReadBack, batches, feature


def check(found: Found, rows: int) -> None:
    sizes = [len(message.value) for message, _ in found]
    assert max(sizes) <= MAX_RECORD_BYTES
    assert len(sizes) > sum(sizes) / MAX_RECORD_BYTES
    made = batches(found, PredictionBatch)
    assert sorted(feature(made, "f0")) == list(range(rows))
    assert len({message.partition for message, _ in found}) == 1


def test_300_columns_by_4096_rows_at_once(memory_url: str, read_back: ReadBack) -> None:
    columns = {f"f{number}": np.random.default_rng(number).normal(size=4_096) for number in range(300)}
    columns["f0"] = np.arange(4_096.0)
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1") as log:
        log.log_batch(columns)
        assert log.flush(60)
        assert (log.stats().sent, log.stats().dropped) == (4_096, 0)
        assert log.stats().bytes > 9_000_000
    check(read_back(memory_url), 4_096)


def test_300_columns_row_by_row(memory_url: str, read_back: ReadBack) -> None:
    row = {f"f{number}": random.random() for number in range(300)}
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", linger_s=60) as log:
        for number in range(1_000):
            log.log({**row, "f0": number})
        assert log.flush(60)
    check(read_back(memory_url), 1_000)


def test_long_texts_travel_with_their_rows_only(memory_url: str, read_back: ReadBack) -> None:
    with bellbuoy.PredictionLogger(memory_url, model="m", version="1", linger_s=60) as log:
        for number in range(100):
            log.log({"f0": number, "text": f"{number:05}" * 10_000})
        assert log.flush(60)
        assert log.stats().bytes < 5_300_000
    check(read_back(memory_url), 100)


@pytest.mark.parametrize("max_bytes", [1, 900_000])
def test_the_aim_is_only_an_aim(memory_url: str, read_back: ReadBack, max_bytes: int) -> None:
    with bellbuoy.PredictionLogger(
        memory_url, model="m", version="1", linger_s=60, max_bytes=max_bytes
    ) as log:
        for number in range(20):
            log.log({"f0": number})
        assert log.flush()
        assert log.stats().batches == (20 if max_bytes == 1 else 1)
    assert sorted(feature(batches(read_back(memory_url), PredictionBatch), "f0")) == list(range(20))
