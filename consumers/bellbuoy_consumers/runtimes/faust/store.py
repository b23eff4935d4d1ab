"""Snapshots on the compacted topic ``bellbuoy.state``: one record a partition that holds state and position.

Keys, each under ``<stage>/<partition>``: the key itself, the latest snapshot; ``/written``, up to where outputs have
been acknowledged, so that the next owner need not repeat them; ``/flushed``, up to where everything has been
said; ``/reached``, the same and that nothing more comes; ``/awake``, that it goes on from there.  And under the stage,
``/partitions``: how many there were at first; ``/log``: which topic it was, by the broker's id.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.blobs import BlobReader, blob_records
from bellbuoy_stream.events.topics import Topics
from bellbuoy_stream.processors.protocol import Snapshot

if TYPE_CHECKING:
    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.message import Outgoing

TOPIC = Topics.STATE.name
READ_LIMIT = 100


class StateStore:
    """What the state topic says; it is read on from where it was left.

    Examples
    --------
    >>> from bellbuoy.transports import open_transport
    >>> log = open_transport("memory://state-doctest")
    >>> store = StateStore(log)
    >>> log.append(store.snapshot_records("judge", 3, Snapshot(7, b"state")))
    >>> store.refresh()
    >>> store.snapshot("judge", 3), store.reached("judge", 3)
    (Snapshot(position=7, state=b'state'), 0)
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._reader = BlobReader()
        self._next = 0
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Read to the end of the topic.

        Raises
        ------
        BrokerError
            Where the broker is away or has no such topic.
        """
        with self._lock:
            end = self._transport.ends(TOPIC)[0]
            at = max(self._next, self._transport.begins(TOPIC)[0])
            while at < end:
                messages = self._transport.read(TOPIC, 0, at, READ_LIMIT)
                for message in messages:
                    self._reader.take(message)
                at = messages[-1].offset + 1 if messages else end
            self._next = at

    def snapshot(self, stage: str, partition: int) -> Snapshot | None:
        """The latest snapshot, None before the first."""
        found = self._reader.values.get(f"{stage}/{partition}")
        return None if found is None else Snapshot(*found)

    def snapshot_records(self, stage: str, partition: int, snapshot: Snapshot) -> list[Outgoing]:
        """Records of a snapshot; the last one is the head and may only be written after all others."""
        key = f"{stage}/{partition}"
        slot = 1 - self._reader.slots.get(key, 1)
        self._reader.slots[key] = slot
        return list(
            blob_records(TOPIC, key, snapshot.state, slot=slot, position=snapshot.position, partition=0)
        )

    def written(self, stage: str, partition: int) -> int:
        """Offset below which a partition's outputs have been acknowledged."""
        return self._position(f"{stage}/{partition}/written")

    def written_records(self, stage: str, partition: int, offset: int) -> list[Outgoing]:
        """Record that says so."""
        return list(blob_records(TOPIC, f"{stage}/{partition}/written", b"", position=offset, partition=0))

    def reached(self, stage: str, partition: int) -> int:
        """Offset below which a partition has been worked off, with nothing held back."""
        return self._position(f"{stage}/{partition}/reached")

    def reached_records(self, stage: str, partition: int, offset: int) -> list[Outgoing]:
        """Record that says so."""
        return list(blob_records(TOPIC, f"{stage}/{partition}/reached", b"", position=offset, partition=0))

    def flushed(self, stage: str, partition: int) -> int:
        """Offset below which a partition has been worked off, whether more comes or not."""
        return self._position(f"{stage}/{partition}/flushed")

    def flushed_records(self, stage: str, partition: int, offset: int) -> list[Outgoing]:
        """Record that says so."""
        return list(blob_records(TOPIC, f"{stage}/{partition}/flushed", b"", position=offset, partition=0))

    def awake(self, stage: str, partition: int) -> bool:
        """Whether a partition, if it was idle, has said that it goes on."""
        return self._position(f"{stage}/{partition}/awake") >= self.reached(stage, partition)

    def awake_records(self, stage: str, partition: int) -> list[Outgoing]:
        """Record that says so."""
        key = f"{stage}/{partition}/awake"
        return list(blob_records(TOPIC, key, b"", position=self.reached(stage, partition), partition=0))

    def partitions(self, stage: str) -> int:
        """Number of partitions that the stage's topic had at the first start, 0 before it."""
        return self._position(f"{stage}/partitions")

    def partitions_records(self, stage: str, partitions: int) -> list[Outgoing]:
        """Record that says so."""
        return list(blob_records(TOPIC, f"{stage}/partitions", b"", position=partitions, partition=0))

    def log(self, stage: str) -> str:
        """The broker's id of the topic that the stage first read, "" before it."""
        found = self._reader.values.get(f"{stage}/log")
        return "" if found is None else found[1].decode()

    def log_records(self, stage: str, identity: str) -> list[Outgoing]:
        """Record that says so."""
        return list(blob_records(TOPIC, f"{stage}/log", identity.encode(), partition=0))

    def _position(self, key: str) -> int:
        found = self._reader.values.get(key)
        return 0 if found is None else found[0]
