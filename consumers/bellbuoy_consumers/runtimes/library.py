"""References by digest, read from the log that keeps them."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import msgspec

from bellbuoy_consumers.runtimes.blobs import BlobReader, blob_records
from bellbuoy_stream.references.reference import decode_reference

if TYPE_CHECKING:
    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.references.reference import Reference

logger = logging.getLogger(__name__)

TOPIC = "bellbuoy.references"
READ_LIMIT = 100


class Library:
    """Looks references up; what is not known yet is looked for at the end of the log.

    A marker is written after the reference it names, so a digest that a marker names is there.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._reader = BlobReader()
        self._next: dict[int, int] = {}
        self._decoded: dict[str, Reference | None] = {}
        self._lock = threading.Lock()

    def find(self, digest: str) -> Reference | None:
        """The reference with a digest; None where the log does not have it, or what it has is none."""
        with self._lock:
            if digest not in self._decoded:
                if digest not in self._reader.values:
                    self._catch_up()
                found = self._reader.values.pop(digest, None)
                if found is None:
                    return None
                self._decoded[digest] = _decoded(digest, found[1])
            return self._decoded[digest]

    def publish(self, reference: Reference) -> None:
        """Write a reference; writing it again changes nothing."""
        self._transport.append(list(blob_records(TOPIC, reference.digest, reference.encode(), partition=0)))

    def _catch_up(self) -> None:
        begins, ends = self._transport.begins(TOPIC), self._transport.ends(TOPIC)
        for partition, end in enumerate(ends):
            at = max(self._next.get(partition, 0), begins[partition])
            while at < end:
                messages = self._transport.read(TOPIC, partition, at, READ_LIMIT)
                for message in messages:
                    self._reader.take(message)
                at = messages[-1].offset + 1 if messages else end
            self._next[partition] = at


def _decoded(digest: str, data: bytes) -> Reference | None:
    try:
        return decode_reference(data)
    except msgspec.DecodeError as error:
        said = "what bears the name of reference %s is none (%s): its rows have no reference"
        logger.error(said, digest, error)  # noqa: TRY400
        return None
