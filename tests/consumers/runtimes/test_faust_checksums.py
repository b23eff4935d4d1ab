"""A damaged batch is not given out, whatever byte of it was hurt."""

from __future__ import annotations

import struct

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder

from bellbuoy_consumers.runtimes.faust.allocation import keep_freed_memory
from bellbuoy_consumers.runtimes.faust.checksums import ChecksummedRecords


def batch(first: int, values: list[bytes]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1_000_000)
    for at, value in enumerate(values):
        assert builder.append(at, 1_363_564_800_000, None, value, []) is not None
    made = bytearray(builder.build())
    made[:8] = struct.pack(">q", first)
    return bytes(made)


def read(data: bytes) -> list[tuple[int, bytes]]:
    records, found = ChecksummedRecords(data), []
    while records.has_next():
        found += [(record.offset, record.value) for record in records.next_batch()]
    assert records.next_batch() is None
    return found


def test_batches_come_out_as_they_went_in() -> None:
    data = batch(7, [b"a", b"b" * 5_000]) + batch(9, [b"c"])
    assert read(data) == [(7, b"a"), (8, b"b" * 5_000), (9, b"c")]
    assert read(data + data[:40]) == read(data), "a fetch may end within a batch"


@pytest.mark.parametrize("at", [17, 21, 40, 61, -1])
def test_a_hurt_byte_is_found(at: int) -> None:
    whole = batch(0, [b"value"])
    data = bytearray(batch(412, [b"value"]))
    data[at] ^= 1
    with pytest.raises(CorruptRecordException, match="from offset 412 on"):
        read(whole + bytes(data))


def test_an_old_batch_is_checked_in_its_own_way() -> None:
    builder = LegacyRecordBatchBuilder(1, 0, 1_000_000)
    assert builder.append(0, 1_363_564_800_000, None, b"old") is not None
    data = bytearray(builder.build())
    assert read(bytes(data)) == [(0, b"old")]
    data[-1] ^= 1
    with pytest.raises(CorruptRecordException):
        read(bytes(data))


def test_the_wishes_of_memory_are_taken_or_left() -> None:
    assert keep_freed_memory() in {True, False}
