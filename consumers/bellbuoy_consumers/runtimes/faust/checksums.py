"""Checksums of fetched batches by the processor's own instruction; a table costs a tenth of a worker's time."""

from __future__ import annotations

import struct
from typing import Any

import crc32c
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

OFFSET = struct.Struct(">q")  # at 0: of its first record
LENGTH = struct.Struct(">i")  # at 8: bytes of the batch after this number
MAGIC = 16  # one byte; from 2 on a batch is as below
CRC = struct.Struct(">I")  # at 17: CRC-32C of all that follows it
FIRST_WITH_CRC32C = 2


class ChecksummedRecords(MemoryRecords):  # type: ignore[misc]  # aiokafka is not typed
    """The batches of a fetched part of a log; a batch that was damaged on its way is not given out.

    Raises
    ------
    CorruptRecordException
        From :meth:`next_batch`, where a batch's bytes are not those that its producer has sent.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = memoryview(data)
        self._at = 0

    def next_batch(self) -> Any:
        """Check and give the next batch; older forms than Kafka 0.11's check themselves."""
        at, data = self._at, self._data
        batch = super().next_batch()
        if batch is None:
            return None
        self._at = end = at + 12 + LENGTH.unpack_from(data, at + 8)[0]
        if data[at + MAGIC] < FIRST_WITH_CRC32C:
            sound = batch.validate_crc()
        else:
            sound = crc32c.crc32c(data[at + 21 : end]) == CRC.unpack_from(data, at + 17)[0]
        if not sound:
            raise CorruptRecordException(
                f"the batch of records from offset {OFFSET.unpack_from(data, at)[0]} on has another checksum than its"
                " bytes: it was damaged on its way or on the broker's disk"
            )
        return batch


def check_in_hardware() -> None:
    """Have aiokafka's consumers in this process read batches by :class:`ChecksummedRecords`.

    It has no setting for that.  Their own check can then be switched off.
    """
    fetcher.MemoryRecords = ChecksummedRecords
