"""The embedded runtime: all stages on one SQLite file, in as many processes as one likes.

For each (stage, partition) one row holds how far outputs have been written (``written``) and the latest snapshot
with its own position.  A step folds some messages, then, in one transaction, writes the outputs and moves
``written`` by compare-and-swap: if another process has moved it meanwhile, nothing is written and this process
takes up the other's state.  After a crash the fold starts at the snapshot and keeps quiet up to ``written``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_consumers.runtimes.fold import Fold
from bellbuoy_stream.processors.protocol import Snapshot

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from bellbuoy.transports.sqlite import SqliteTransport
    from bellbuoy_consumers.runtimes.fold import Stage
    from bellbuoy_stream.events.message import Outgoing

READ_LIMIT = 64  # messages a step: a batch of 4,096 rows is one message
SNAPSHOT_S = 5.0  # how much work a crash may cost at most, beside the bin of a Tally
POLL_S = 0.2  # how often a worker at rest looks whether the file has changed
IDLE_S = 60.0  # silence after which a partition no longer holds the others back
YIELD_S = 1.0  # how long a process leaves a partition to another one that works on it
_SCHEMA = """
CREATE TABLE IF NOT EXISTS folds (
    name TEXT NOT NULL, partition INTEGER NOT NULL, written INTEGER NOT NULL,
    position INTEGER NOT NULL, state BLOB, PRIMARY KEY (name, partition)
) WITHOUT ROWID
"""


@dataclass(slots=True)
class _Seat:
    """A fold with what the file says of it."""

    fold: Fold
    written: int
    saved_position: int
    saved_at: float
    heard_at: float
    idle_said: bool = False
    awake: bool = False

    def has_reached(self, end: int) -> bool:
        """Whether everything below an offset has been folded here and written."""
        return min(self.written, self.fold.next) >= end


class EmbeddedWorker:
    """Runs stages on a SQLite file.

    Parameters
    ----------
    transport
        The file.
    stages
        Which stages, each after the one whose output it reads.
    """

    def __init__(self, transport: SqliteTransport, stages: Sequence[Stage]) -> None:
        self.transport = transport
        self.stages = stages
        self._seats: dict[tuple[str, int], _Seat] = {}
        self._leave_until: dict[tuple[str, int], float] = {}
        with transport.transaction() as connection:
            connection.execute(_SCHEMA)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; at rest look for new messages five times a second."""
        while not stop.is_set():
            busy = [self._step(stage, at) for stage in self.stages for at in self._partitions(stage)]
            if not any(busy):
                stop.wait(POLL_S)
        self.save()

    def drain(self, stop: threading.Event | None = None) -> None:
        """Work off everything that is in the log now, stage by stage, then say that nothing more comes."""
        for stage in self.stages:
            ends = self.transport.ends(stage.topic)
            self._wake(stage)
            for partition, end in enumerate(ends):
                while not self._seat(stage, partition).has_reached(end):
                    if stop is not None and stop.is_set():
                        return
                    self._step(stage, partition)
            for partition in range(len(ends)):
                while not self._commit(stage, partition, self._seat(stage, partition), [], idle=True):
                    pass
        self.save()

    def folds(self) -> list[Fold]:
        """The folds that this worker has now."""
        return [seat.fold for seat in list(self._seats.values())]

    def save(self) -> None:
        """Store every fold's latest snapshot."""
        for stage in self.stages:
            for partition in self._partitions(stage):
                seat = self._seats.get((stage.name, partition))
                if seat is not None:
                    seat.saved_at = -SNAPSHOT_S
                    self._commit(stage, partition, seat, [])

    def _partitions(self, stage: Stage) -> range:
        return range(self.transport.partitions(stage.topic))

    def _seat(self, stage: Stage, partition: int) -> _Seat:
        key = (stage.name, partition)
        if key not in self._seats:
            with self.transport.transaction() as connection:
                row = connection.execute(
                    "SELECT written, position, state FROM folds WHERE name = ? AND partition = ?",
                    (self._name(stage), partition),
                ).fetchone()
                if row is None:
                    connection.execute(
                        "INSERT INTO folds VALUES (?, ?, 0, 0, NULL)", (self._name(stage), partition)
                    )
                    row = (0, 0, None)
            written, position, state = row
            saved = None if state is None else Snapshot(position, state)
            fold = Fold(stage, partition, len(self._partitions(stage)), saved, quiet_below=written)
            now = time.monotonic()
            self._seats[key] = _Seat(fold, written, position, now, now)
        return self._seats[key]

    def _name(self, stage: Stage) -> str:
        return self.transport.topics.physical(stage.name)

    def _step(self, stage: Stage, partition: int) -> bool:
        """Fold some messages and write what comes of them; whether there was anything to do."""
        key = (stage.name, partition)
        now = time.monotonic()
        if now < self._leave_until.get(key, 0.0):
            return False
        seat = self._seat(stage, partition)
        messages = self.transport.read(stage.topic, partition, seat.fold.next, READ_LIMIT)
        if not messages:
            idle = now - seat.heard_at > IDLE_S and not seat.idle_said
            if idle or (now - seat.saved_at > SNAPSHOT_S and seat.saved_position < seat.fold.next):
                self._commit(stage, partition, seat, [], idle=idle)
            return False
        if not seat.awake:
            self._wake(stage, partition)
            return True
        seat.heard_at, seat.idle_said = now, False
        if not self._commit(stage, partition, seat, seat.fold.apply(messages)):
            self._leave_until[key] = now + YIELD_S
        return True

    def _wake(self, stage: Stage, asked: int | None = None) -> None:
        """Let all partitions with news say that they are not idle, before any one of them goes on.

        Where idle partitions were left out until they are read, the first one read would close the windows of all.
        The one asked for folds what it has written already even where there is nothing new, and stays idle.
        """
        for partition in self._partitions(stage):
            seat = self._seat(stage, partition)
            news = bool(self.transport.read(stage.topic, partition, seat.written, 1))
            if seat.awake or not (news or partition == asked):
                continue
            while seat.fold.next < seat.written:
                behind = min(READ_LIMIT, seat.written - seat.fold.next)
                messages = self.transport.read(stage.topic, partition, seat.fold.next, behind)
                known = [message for message in messages if message.offset < seat.written]
                if not known:
                    break
                seat.fold.apply(known)
            if news:
                seat.awake = True
                self._commit(stage, partition, seat, [])

    def _commit(
        self, stage: Stage, partition: int, seat: _Seat, out: list[Outgoing], *, idle: bool = False
    ) -> bool:
        """Write outputs, position and now and then a snapshot, all or nothing; False where another one was faster."""
        if idle or seat.awake:  # who has said that it is idle has no more to say
            out = out + seat.fold.flush(idle=idle)
        now = time.monotonic()
        written = max(seat.written, seat.fold.next)
        sql, values = "UPDATE folds SET written = ?", [written]  # type: tuple[str, list[int | bytes]]
        snapshot = None
        if now - seat.saved_at >= SNAPSHOT_S:
            snapshot = seat.fold.processor.snapshot()
            if snapshot.position > seat.saved_position:
                sql, values = f"{sql}, position = ?, state = ?", [written, snapshot.position, snapshot.state]
        sql += " WHERE name = ? AND partition = ? AND written = ?"
        with self.transport.transaction() as connection:
            done = (
                connection.execute(sql, [*values, self._name(stage), partition, seat.written]).rowcount == 1
            )
            if done:
                self.transport.append_within(out)
        if not done:
            del self._seats[stage.name, partition]
            return False
        seat.written = written
        if idle:
            seat.idle_said, seat.awake = True, False
        if snapshot is not None:
            seat.saved_at, seat.saved_position = now, snapshot.position
        return True
