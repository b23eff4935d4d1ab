"""A log in one SQLite file: several processes write and read at once, on a local disk."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bellbuoy.transports.protocol import check_sizes, partition_for
from bellbuoy_stream.errors import AppendError, BrokerError
from bellbuoy_stream.events.message import Message
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellbuoy_stream.events.message import Outgoing

BUSY_TIMEOUT_S = 30.0  # how long a writer waits for another one; a write of 900 kB takes milliseconds
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, append_us INTEGER NOT NULL,
    key BLOB, value BLOB NOT NULL, headers BLOB NOT NULL,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
"""
_ROW = "SELECT partition, offset, append_us, key, value, headers FROM log"
_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...])


class SqliteTransport:
    """A log in one SQLite file, in write-ahead mode.

    Offsets of a partition have no gaps: they are given inside the writing transaction.  A commit survives the
    end of the process; after a loss of power the file is consistent, and may lack the last commits.

    Parameters
    ----------
    path
        The file; made where it does not exist.  Its folder must exist.
    topics
        The prefix that stands before every topic.

    Attributes
    ----------
    connection
        The connection itself, in autocommit mode, for a worker that keeps tables of its own in the same file.
        Whoever uses it holds :attr:`lock`, which :meth:`transaction` does.
    lock
        Reentrant; held while the connection is in use.

    Raises
    ------
    BrokerError
        Where the file cannot be opened.
    """

    def __init__(self, path: str | Path, topics: Topics | None = None) -> None:
        self.path = Path(path)
        self.topics = topics or Topics()
        self.lock = threading.RLock()
        self._counts: dict[str, int] = {}
        try:
            self.connection = sqlite3.connect(
                self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._prepare()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _prepare(self) -> None:
        """Switch to write-ahead mode and make the tables, unless that was done before."""
        self.connection.execute("PRAGMA synchronous = NORMAL")
        if self.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self._switch_to_wal()
        if (
            self.connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'log'").fetchone()[0]
            == 0
        ):
            with self.transaction():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self.connection.execute(statement)

    def _switch_to_wal(self) -> None:
        """Switch modes; SQLite does not wait for others there, so several first openers take turns here."""
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a writing transaction on :attr:`connection`, held alone by this thread; commit or roll back.

        Raises
        ------
        BrokerError
            Where the file is locked for longer than 30 s, full or unreadable.
        """
        with self.lock:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self.connection
                    self.connection.execute("COMMIT")
                except BaseException:
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._error(error) from error

    def append(self, messages: Sequence[Outgoing]) -> None:
        """Write records in one transaction: all of them or none."""
        check_sizes(messages)
        if not messages:
            return
        try:
            with self.transaction():
                self.append_within(messages)
        except BrokerError as error:
            raise AppendError(str(error), tuple(range(len(messages)))) from error

    def append_within(self, messages: Sequence[Outgoing]) -> list[tuple[int, int]]:
        """Write records inside an open :meth:`transaction`; return (partition, offset) of each.

        Raises
        ------
        InputError
            Where a record is too large or names a partition that does not exist.
        """
        check_sizes(messages)
        now_us = time.time_ns() // 1_000
        next_offsets: dict[tuple[str, int], int] = {}
        positions: list[tuple[int, int]] = []
        rows = []
        for message in messages:
            topic = self.topics.physical(message.topic)
            partition = partition_for(message, self._partitions_within(message.topic))
            offset = next_offsets.get((topic, partition))
            if offset is None:
                offset = self._end(topic, partition)
            next_offsets[topic, partition] = offset + 1
            positions.append((partition, offset))
            packed = msgspec.msgpack.encode(message.headers)
            rows.append((topic, partition, offset, now_us, message.key, message.value, packed))
        self.connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return positions

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic, which is made where it does not exist."""
        known = self._counts.get(topic)
        if known is not None:
            return known
        with self._reading():
            row = self.connection.execute(
                "SELECT partitions FROM topics WHERE name = ?", (self.topics.physical(topic),)
            ).fetchone()
        if row is not None:
            self._counts[topic] = row[0]
            return int(row[0])
        with self.transaction():
            return self._partitions_within(topic)

    def create(self, topic: str, partitions: int) -> None:
        """Make a topic with a number of partitions of one's own; one that exists stays as it is."""
        with self.transaction():
            self.connection.execute(
                "INSERT OR IGNORE INTO topics VALUES (?, ?)", (self.topics.physical(topic), partitions)
            )

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Message]:
        """Return up to ``limit`` records from an offset on; writers are not disturbed."""
        with self._reading():
            rows = self.connection.execute(
                f"{_ROW} WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
                (self.topics.physical(topic), partition, offset, limit),
            ).fetchall()
        return [
            Message(topic, at, place, append_us, key, value, _headers.decode(headers))
            for at, place, append_us, key, value, headers in rows
        ]

    def begins(self, topic: str) -> list[int]:
        """Return the first offset that each partition still holds."""
        with self._reading():
            return [self._first(self.topics.physical(topic), at) for at in range(self.partitions(topic))]

    def ends(self, topic: str) -> list[int]:
        """Return the offset that the next record of each partition will get."""
        with self._reading():
            return [self._end(self.topics.physical(topic), at) for at in range(self.partitions(topic))]

    def trim(self, topic: str, partition: int, before_us: int) -> int:
        """Drop records appended before a time (microseconds), all but the last one; return how many."""
        name = self.topics.physical(topic)
        with self.transaction():
            return self.connection.execute(
                "DELETE FROM log WHERE topic = ? AND partition = ? AND append_us < ? AND offset < ?",
                (name, partition, before_us, self._end(name, partition) - 1),
            ).rowcount

    def close(self) -> None:
        """Close the connection."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self.lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._error(error) from error

    def _partitions_within(self, topic: str) -> int:
        name = self.topics.physical(topic)
        self.connection.execute(
            "INSERT OR IGNORE INTO topics VALUES (?, ?)", (name, Topics.named(topic).partitions)
        )
        row = self.connection.execute("SELECT partitions FROM topics WHERE name = ?", (name,)).fetchone()
        return int(row[0])

    def _first(self, topic: str, partition: int) -> int:
        query = "SELECT min(offset) FROM log WHERE topic = ? AND partition = ?"
        (first,) = self.connection.execute(query, (topic, partition)).fetchone()
        return 0 if first is None else int(first)

    def _end(self, topic: str, partition: int) -> int:
        query = "SELECT max(offset) FROM log WHERE topic = ? AND partition = ?"
        (last,) = self.connection.execute(query, (topic, partition)).fetchone()
        return 0 if last is None else int(last) + 1

    def _error(self, error: sqlite3.Error) -> BrokerError:
        hint = "check that it is not on a network disk and that no other program holds it"
        if not self.path.parent.is_dir():
            hint = f"the folder {self.path.parent} does not exist: make it, or write an absolute path with four slashes, sqlite:////path/file.db"  # fmt: skip  # noqa: E501
        elif "full" in str(error):
            hint = "free some space on its disk"
        return BrokerError(f"the file {self.path} cannot be used ({error}); {hint}")
