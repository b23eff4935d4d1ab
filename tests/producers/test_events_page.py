"""What docs/events.md says is so: every example decodes and counts, every test vector holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from zlib import crc32

import pytest

from bellbuoy_stream.events import Label, LabelBatch, Prediction, PredictionBatch, decode, partition_of
from bellbuoy_stream.events.columns import ITEM_BYTES
from bellbuoy_stream.events.predictions import times_us
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
VECTORS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)


def test_the_page_has_examples_of_every_form() -> None:
    assert {type(decode(example.encode())) for example in EXAMPLES} == {
        Prediction,
        PredictionBatch,
        Label,
        LabelBatch,
    }
    assert len(VECTORS) == 6


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_keeps_every_field_it_writes(example: str) -> None:
    event = decode(example.encode())
    written = json.loads(example)
    assert written.pop("kind") == event.__struct_config__.tag
    for name, value in written.items():
        assert getattr(event, name) == value
    batch = event.as_batch() if isinstance(event, Prediction | Label) else event
    if isinstance(batch, PredictionBatch):
        assert batch.rows() > 0
    if isinstance(batch, PredictionBatch | LabelBatch) and batch.times is not None:
        times_us(batch.times)


def test_rows_of_an_example_share_a_partition() -> None:
    for example in EXAMPLES:
        event = decode(example.encode())
        if isinstance(event, PredictionBatch) and isinstance(event.ids, list):
            assert len({partition_of(row_id, 1_000) for row_id in event.ids}) == 1


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[0])
def test_a_vector_of_the_partition_rule(vector: tuple[str, str, str, str, str]) -> None:
    row_id, routing, digest, of_4, of_12 = vector
    assert row_id.partition("~")[0] == routing
    assert crc32(routing.encode()) == int(digest)
    assert partition_of(row_id, 4) == int(of_4)
    assert partition_of(row_id, 12) == int(of_12)


def test_limits_and_kinds_are_those_of_the_code() -> None:
    assert f"{MAX_RECORD_BYTES:,} bytes at most" in PAGE
    kinds = re.search(r"\| `kind` \| (`i1.*) \|", PAGE)
    assert kinds is not None
    assert set(re.findall(r"\b[ifbs][1248]\b", kinds.group(1))) == set(ITEM_BYTES)
