"""The file: many processes write and read at once, offsets have no gaps, and a transaction is all or nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_stream.errors import AppendError, BrokerError, InputError
from bellbuoy_stream.events import Outgoing, Topics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALERTS = "bellbuoy.alerts"
WRITER = """
    import sys
    from bellbuoy.transports.sqlite import SqliteTransport
    from bellbuoy_stream.events import Outgoing
    log = SqliteTransport(sys.argv[1])
    for number in range(200):
        log.append([Outgoing("bellbuoy.alerts", None, f"{sys.argv[2]}:{number}".encode(), (), number % 4)])
    log.close()
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteTransport]:
    log = SqliteTransport(tmp_path / "bell.db")
    yield log
    log.close()


def test_several_processes_write_while_one_reads(tmp_path: Path) -> None:
    path = tmp_path / "bell.db"  # made by whichever process comes first
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    writers = [subprocess.Popen([*command, name]) for name in "abc"]
    log = SqliteTransport(path)
    seen: list[list[bytes]] = [[], [], [], []]
    while any(writer.poll() is None for writer in writers) or sum(map(len, seen)) < 600:
        for partition, values in enumerate(seen):
            for message in log.read(ALERTS, partition, len(values), 50):
                assert message.offset == len(values)
                values.append(message.value)
        assert all(writer.poll() in (None, 0) for writer in writers)
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [len(values) for values in seen] == log.ends(ALERTS) == [150] * 4
    for values in seen:
        for name in b"abc":
            numbers = [int(value[2:]) for value in values if value[0] == name]
            assert numbers == sorted(numbers)
    log.close()


def test_what_is_appended_within_a_transaction_comes_and_goes_with_it(log: SqliteTransport) -> None:
    def give_up() -> None:
        with log.transaction() as connection:
            connection.execute("CREATE TABLE positions (offset INTEGER)")
            log.append_within([Outgoing(ALERTS, None, b"lost")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert log.ends(ALERTS) == [0] * 4
    with log.transaction() as connection:
        places = log.append_within([Outgoing(ALERTS, None, b"a", (), 2), Outgoing(ALERTS, None, b"b", (), 2)])
        connection.execute("CREATE TABLE positions (offset INTEGER)")
    assert places == [(2, 0), (2, 1)]
    assert log.ends(ALERTS) == [0, 0, 2, 0]
    with pytest.raises(InputError), log.transaction():
        log.append_within([Outgoing(ALERTS, None, b"a", (), 9)])
    assert log.ends(ALERTS) == [0, 0, 2, 0]


def test_append_times_are_those_of_the_log(log: SqliteTransport) -> None:
    import time

    before = time.time_ns() // 1_000
    log.append([Outgoing(ALERTS, None, b"a")])
    append_us = log.read(ALERTS, 0, 0, 1)[0].append_us
    assert append_us is not None
    assert before <= append_us <= time.time_ns() // 1_000


def test_trimming_keeps_offsets(log: SqliteTransport) -> None:
    log.append([Outgoing(ALERTS, None, bytes([number])) for number in range(5)])
    assert log.trim(ALERTS, 0, before_us=2**62) == 4
    assert (log.begins(ALERTS)[0], log.ends(ALERTS)[0]) == (4, 5)
    log.append([Outgoing(ALERTS, None, b"next")])
    assert [message.offset for message in log.read(ALERTS, 0, 0, 9)] == [4, 5]


def test_prefixes_are_logs_of_their_own(tmp_path: Path) -> None:
    one, two = (SqliteTransport(tmp_path / "bell.db", Topics(prefix)) for prefix in ("one", "two"))
    one.append([Outgoing(ALERTS, None, b"a")])
    assert two.ends(ALERTS) == [0] * 4
    assert one.read(ALERTS, 0, 0, 1)[0].topic == ALERTS
    one.close()
    two.close()


def test_a_topic_keeps_the_partitions_it_was_made_with(tmp_path: Path) -> None:
    first = SqliteTransport(tmp_path / "bell.db")
    first.create("bellbuoy.events", 7)
    first.create("bellbuoy.events", 3)
    second = SqliteTransport(tmp_path / "bell.db")
    assert first.partitions("bellbuoy.events") == second.partitions("bellbuoy.events") == 7
    first.close()
    second.close()


def test_a_locked_file_says_so(log: SqliteTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    log.connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(log.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(AppendError, match=r"bell\.db cannot be used \(database is locked\)") as caught:
        log.append([Outgoing(ALERTS, None, b"a"), Outgoing(ALERTS, None, b"b")])
    assert caught.value.unsent == (0, 1)
    assert caught.value.retriable
    other.execute("ROLLBACK")
    other.close()
    log.append([Outgoing(ALERTS, None, b"a")])


def test_a_missing_folder_and_a_file_that_is_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="does not exist: make it"):
        SqliteTransport(tmp_path / "nowhere" / "bell.db")
    (tmp_path / "text.db").write_text(
        "this is no database, but a text that is long enough to be looked at\n" * 20
    )
    with pytest.raises(BrokerError, match="not a database"):
        SqliteTransport(tmp_path / "text.db")
