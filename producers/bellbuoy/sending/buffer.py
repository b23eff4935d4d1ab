"""Rows on their way from the app to the sender, and the counts of what became of them."""

from __future__ import annotations

import os
import threading
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from bellbuoy.sending.stats import LoggerStats

if TYPE_CHECKING:
    from bellbuoy.sending.rows import LabelRow, Row
    from bellbuoy_stream.events.predictions import PredictionBatch

BUCKET_BYTES = 8  # 64 random bits a batch: no two batches of a year of a thousand processes share a bucket


def new_bucket() -> str:
    """Fresh routing part of row ids, with its ``~``: random, as no two processes may share one.

    Examples
    --------
    >>> len(new_bucket()), new_bucket()[-1]
    (17, '~')
    """
    return f"{os.urandom(BUCKET_BYTES).hex()}~"


class Taken(NamedTuple):
    """What the sender takes at once."""

    rows: list[Row]
    labels: list[LabelRow]
    batch: PredictionBatch | None

    def __bool__(self) -> bool:
        return bool(self.rows or self.labels or self.batch is not None)


class Buffer:
    """A bounded buffer of one process.  The app's threads append without a lock, the sender takes from the left.

    Parameters
    ----------
    room
        Rows that may wait.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.rows: deque[Row] = deque()
        self.labels: deque[LabelRow] = deque()
        self.batches: deque[PredictionBatch] = deque()
        self.batch_rows = 0  # rows in ``batches``
        self.bucket = new_bucket()
        self.numbers = count(1)
        self.lock = threading.Lock()
        self.settled = threading.Condition(self.lock)  # told whenever rows were sent or given up
        self.wake = threading.Event()  # set to have the sender look before its linger is over
        self.closed = False
        self.goal = 0  # the sender does not wait for more rows until it has taken so many
        self._taken = 0
        self._sent = 0
        self._given_up = 0
        self._refused = 0
        self._bytes = 0
        self._batches = 0
        self._errors = 0
        self._last_error: str | None = None

    def waiting(self) -> int:
        """Number of rows that the sender has not taken yet."""
        return len(self.rows) + len(self.labels) + self.batch_rows

    def add_batch(self, batch: PredictionBatch, rows: int) -> None:
        """Add a packed batch, or drop it where it does not fit."""
        with self.lock:
            if self.waiting() + rows > self.room:
                self._refused += rows
                return
            self.batches.append(batch)
            self.batch_rows += rows

    def refuse(self, rows: int = 1) -> None:
        """Count rows that never got in."""
        with self.lock:
            self._refused += rows

    def take(self, limit: int) -> Taken:
        """Take what waits, up to ``limit`` rows, as many labels and one packed batch, and begin a new bucket."""
        with self.lock:
            self.bucket = new_bucket()
            rows = [self.rows.popleft() for _ in range(min(len(self.rows), limit))]
            labels = [self.labels.popleft() for _ in range(min(len(self.labels), limit))]
            batch = self.batches.popleft() if self.batches else None
            in_batch = 0 if batch is None else batch.rows()
            self.batch_rows -= in_batch
            self._taken += len(rows) + len(labels) + in_batch
        return Taken(rows, labels, batch)

    def wants_more(self, limit: int) -> bool:
        """Whether the sender should take again at once: a full record waits, or somebody waits for a flush."""
        return (
            self.waiting() >= limit or bool(self.batches) or (self._taken < self.goal and self.waiting() > 0)
        )

    def sent(self, rows: int, size: int) -> None:
        """Count a record that the broker has acknowledged."""
        with self.settled:
            self._sent += rows
            self._batches += 1
            self._bytes += size
            self.settled.notify_all()

    def give_up(self, rows: int, reason: str) -> None:
        """Count rows, taken before, that cannot be sent."""
        with self.settled:
            self._given_up += rows
            self._errors += 1
            self._last_error = reason
            self.settled.notify_all()

    def close(self, reason: str) -> int:
        """Let no more rows in; count those that the log has not acknowledged as dropped, and return how many.

        One that it acknowledges yet, because it was on its way, counts as sent instead.

        Parameters
        ----------
        reason
            What is said of them where no attempt has failed.
        """
        with self.settled:
            lost = 0 if self.closed else self._taken + self.waiting() - self._sent - self._given_up
            self.room, self.closed = 0, True
            if lost and self._last_error is None:
                self._last_error = reason
            self.settled.notify_all()
            return lost

    def failed(self, reason: str) -> None:
        """Count a failed attempt; its rows wait on."""
        with self.lock:
            self._errors += 1
            self._last_error = reason

    def stats(self) -> LoggerStats:
        """Return all counts, as of one moment."""
        with self.lock:
            logged = self._taken + self._refused + self.waiting()
            return LoggerStats(
                logged=logged,
                sent=self._sent,
                dropped=logged - self._sent if self.closed else self._refused + self._given_up,
                bytes=self._bytes,
                batches=self._batches,
                errors=self._errors,
                last_error=self._last_error,
            )

    def flush(self, timeout: float) -> bool:
        """Have everything sent that is in now; return whether it was, or was given up, in time."""
        with self.settled:
            goal = self.goal = self._taken + self.waiting()
            self.wake.set()
            return self.settled.wait_for(lambda: self.closed or self._sent + self._given_up >= goal, timeout)
