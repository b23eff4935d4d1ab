"""What every runtime does: one class of tests, inherited by a class for each runtime."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bellbuoy_consumers.publishing import publish_reference, publish_spec
from bellbuoy_stream.events.codec import decode, encode
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.events.message import Outgoing
from bellbuoy_stream.events.windows import WindowReport
from tests.consumers.runtimes import material
from tests.consumers.runtimes.material import HOUR, MINUTE, SPEC, START
from tests.consumers.runtimes.undisturbed import everything, play, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.message import Message

EVENTS = "bellbuoy.events"
SPOILED = {"unequal-length", "wrong-type", "over-limit", "future"}
"""Reasons for which a window says how much it lacks; with the others nobody knows whose record it was."""


class RuntimeBehaviour(ABC):
    """A subclass says where the log is, and how a runtime works it off."""

    log: Transport

    @abstractmethod
    def work_off(self) -> None:
        """Work off what is in the log, by new workers that begin with what earlier ones have left."""

    @abstractmethod
    def work_a_while(self, records: Sequence[Outgoing]) -> None:
        """Let workers run, append the records meanwhile, and end the workers in the middle of it."""

    # --- helpers

    def begin(self, **reference: Any) -> None:
        """A spec and a reference."""
        publish_spec(self.log, SPEC)
        publish_reference(self.log, material.reference(**reference))

    def read(self, topic: str) -> list[Message]:
        """Everything in a topic."""
        return everything(self.log, topic)

    def windows(self, version: str = "1") -> dict[str, WindowReport]:
        """The last revision of each window of a version, by its start."""
        last: dict[str, WindowReport] = {}
        for message in self.read("bellbuoy.windows"):
            report = decode(message.value, message.headers)
            assert isinstance(report, WindowReport)
            if report.version != version:
                continue
            if report.start not in last or report.revision >= last[report.start].revision:
                last[report.start] = report
        return last

    def close_windows(self) -> None:
        """Rows much later, in every partition: all that came before is decided."""
        later = np.array([START + 3 * 24 * HOUR], dtype=np.int64)
        self.log.append(
            [material.record(material.batch(later, 1), partition) for partition in range(material.PARTITIONS)]
        )

    # --- what is the same everywhere

    def test_the_same_events_give_the_same_bytes(self) -> None:
        self.begin()
        self.log.append(material.records())
        self.work_off()
        mine = words_of(self.read("bellbuoy.windows"), self.read("bellbuoy.alerts"))
        assert mine == play(self.read(EVENTS))
        assert len(mine.windows) >= 5
        assert len(mine.alerts) >= 1

    def test_stopping_and_starting_in_the_middle_changes_nothing(self) -> None:
        self.begin()
        records = material.records()
        third = len(records) // 3
        self.log.append(records[:third])
        self.work_a_while(records[third : 2 * third])
        self.log.append(records[2 * third :])
        self.work_off()
        mine = words_of(self.read("bellbuoy.windows"), self.read("bellbuoy.alerts"))
        assert mine == play(self.read(EVENTS))
        assert len(mine.windows) >= 5

    def test_late_rows_make_revisions(self) -> None:
        self.begin()
        hour = np.arange(0, HOUR, MINUTE, dtype=np.int64)
        self.log.append([material.record(material.batch(START + hour, 1), 0)])
        self.log.append([material.record(material.batch(START + HOUR + hour[:20], 2), 0)])
        self.log.append([material.record(material.batch(START + hour[:7], 3), 0)])
        self.close_windows()
        self.work_off()
        first = self.windows()["2013-03-18T00:00:00Z"]
        assert (first.rows, first.late, first.revision) == (67, 7, 1)
        reports = [decode(message.value) for message in self.read("bellbuoy.windows")]
        revisions = [
            (report.revision, report.rows)
            for report in reports
            if isinstance(report, WindowReport) and report.id == first.id
        ]
        assert revisions == [(0, 60), (1, 67)]

    def test_after_idleness_no_partition_runs_ahead_of_the_others(self) -> None:
        self.begin()
        hour = np.arange(0, HOUR, MINUTE, dtype=np.int64)
        places = range(material.PARTITIONS)
        self.log.append([material.record(material.batch(START + hour, at), at) for at in places])
        self.work_off()
        for number in range(1, 6):
            self.log.append(
                [material.record(material.batch(START + number * HOUR + hour, at), at) for at in places]
            )
        self.work_off()
        reports = [decode(message.value) for message in self.read("bellbuoy.windows")]
        first = {
            report.start: report
            for report in reports
            if isinstance(report, WindowReport) and not report.revision
        }
        assert [report.rows for _, report in sorted(first.items())] == [240] * 5
        assert {report.late for report in reports if isinstance(report, WindowReport)} == {0}

    def test_a_file_sent_twice_counts_once(self) -> None:
        self.begin()
        times = START + np.arange(50, dtype=np.int64) * MINUTE
        parts = [
            material.record(material.batch(times, seed, file="digest", sequence=seed), 2) for seed in range(3)
        ]
        self.log.append(parts)
        self.work_off()
        self.log.append(parts)
        self.close_windows()
        self.work_off()
        assert self.windows()["2013-03-18T00:00:00Z"].rows == 150

    def test_specs_and_references_change_while_running(self) -> None:
        self.begin()
        hour = np.arange(0, HOUR, MINUTE, dtype=np.int64)
        self.log.append([material.record(material.batch(START + hour, 1), 0)])
        self.work_off()
        newer = material.reference(seed=99)
        publish_reference(self.log, newer, from_us=START + HOUR)
        halves = msgspec.structs.replace(SPEC.window, size="30m")
        publish_spec(self.log, msgspec.structs.replace(SPEC, window=halves), from_us=START + HOUR)
        self.log.append([material.record(material.batch(START + HOUR + hour, 2), 0)])
        self.close_windows()
        self.work_off()
        windows = self.windows()
        ends = {start: report.end for start, report in windows.items()}
        assert ends["2013-03-18T00:00:00Z"] == "2013-03-18T01:00:00Z"
        assert ends["2013-03-18T01:00:00Z"] == "2013-03-18T01:30:00Z"
        assert windows["2013-03-18T00:00:00Z"].reference != newer.digest
        assert windows["2013-03-18T01:30:00Z"].reference == newer.digest

    def test_a_record_that_is_too_long_for_a_dead_letter_is_cut_and_nothing_stops(self) -> None:
        self.begin()
        body, header = b"\xff" * 899_990, ("x", b"y" * 60_000)
        self.log.append([Outgoing(EVENTS, None, body, (), 0), Outgoing(EVENTS, None, b"\xff", (header,), 0)])
        self.log.append(material.records())
        self.work_off()
        letters = self.read("bellbuoy.deadletter")
        assert [message.header("bellbuoy_cut") for message in letters] == ["value", "headers"]
        assert [message.header("bellbuoy_reason") for message in letters] == ["undecodable", "undecodable"]
        assert len(self.windows()) >= 5

    def test_garbage_of_every_kind_goes_to_the_dead_letters_and_all_else_counts(self) -> None:
        self.begin()
        times = START + np.arange(50, dtype=np.int64) * MINUTE
        good = material.record(material.batch(times, 1), 1)
        expected = []
        for value, headers, reason in garbage(good.value):
            at = self.log.ends(EVENTS)[1]
            self.log.append([Outgoing(EVENTS, None, value, headers, 1), good])
            expected.append((reason, "1", str(at)))
        odd = list(oddities())
        self.log.append([material.record(event, 1) for event in odd])
        self.close_windows()
        self.work_off()
        dead = [
            tuple(message.header(f"bellbuoy_{name}") for name in ("reason", "partition", "offset"))
            for message in self.read("bellbuoy.deadletter")
        ]
        assert set(dead) == set(expected)  # after a rebalance some may be there twice
        assert all(message.header("bellbuoy_topic") == EVENTS for message in self.read("bellbuoy.deadletter"))
        window = self.windows()["2013-03-18T00:00:00Z"]
        assert self.windows("2")["2013-03-18T00:00:00Z"].rows == 6
        counted = sum(
            event.rows() for event in odd if isinstance(event.times, Packed) and event.version == "1"
        )
        assert window.rows == 50 * len(expected) + counted
        whose = Counter(reason for reason, _, _ in expected if reason in SPOILED)
        # a broken record counts as one; of rows from the future each is known
        assert window.unparsable == whose.total() - whose["future"] + 4 * whose["future"]

    def test_what_is_wrong_with_values_is_counted(self) -> None:
        self.begin()
        times = START + np.arange(40, dtype=np.int64) * MINUTE
        packed = Packed("i8", times.astype("<i8").tobytes(), 40)
        values: list[Any] = [float("nan")] * 10 + [float("inf")] * 5 + ["text"] * 5 + [None] * 10 + [0.5] * 10
        event = material.batch(times, 1)
        event = msgspec.structs.replace(event, columns={**event.columns, "x": values}, times=packed)
        self.log.append([material.record(event, 0)])
        self.close_windows()
        self.work_off()
        column = self.windows()["2013-03-18T00:00:00Z"].columns["x"]
        assert column.rows == 40
        assert column.nulls == (10 + 10) / 40  # missing, or not a number


def garbage(good: bytes) -> list[tuple[bytes, tuple[tuple[str, bytes], ...], str]]:
    """(bytes, headers, reason) of records that cannot be used."""
    msgpack = (("content-type", b"application/msgpack"),)
    json = (("content-type", b"application/json"),)
    rng = np.random.default_rng(5)
    times = START + np.arange(4, dtype=np.int64) * MINUTE
    whole = material.batch(times, 1)

    def packed(**changes: Any) -> bytes:
        return encode(msgspec.structs.replace(whole, **changes), "msgpack")[0]

    short = {**whole.columns, "x": [1.0]}
    lying = {**whole.columns, "x": Packed("f8", b"\0" * 8, 4)}
    unknown = {**whole.columns, "x": Packed("f16", b"\0" * 64, 4)}
    codes = {**whole.columns, "origin": Packed("s1", b"\xff\xff\xff\xff", 4, None, ["EWR"])}
    wide = {f"c{number}": [1.0] * 4 for number in range(10_000)}
    return [
        (rng.bytes(300), (), "undecodable"),
        (rng.bytes(300), msgpack, "undecodable"),
        (b"", (), "undecodable"),
        (good[: len(good) // 2], msgpack, "undecodable"),
        (b"\xdd\x7f\xff\xff\xff", msgpack, "undecodable"),  # a list of two thousand million items
        (b"\xc6\x7f\xff\xff\xff" + b"abc", msgpack, "undecodable"),  # two gigabytes of binary
        (b"\x91" * 100_000, msgpack, "undecodable"),  # nested a hundred thousand deep
        (b"[" * 100_000, json, "undecodable"),
        (b'{"kind": "predictions", "model": 7, "version": "1"}', json, "undecodable"),
        (b'{"kind": "predictions", "model": "flights"}', json, "undecodable"),
        (b'{"kind": "telegram"}', json, "unknown-type"),
        (b'{"kind": "prediction", "schema": 99, "model": "flights", "version": "1"}', json, "unknown-schema"),
        (packed(model="nobody"), msgpack, "unknown-model"),
        (packed(columns=short), msgpack, "unequal-length"),
        (packed(columns=lying), msgpack, "unequal-length"),
        (packed(columns=unknown), msgpack, "wrong-type"),
        (packed(columns=codes), msgpack, "wrong-type"),
        (packed(columns=wide), msgpack, "over-limit"),
        (packed(times=["yesterday"] * 4), msgpack, "wrong-type"),
        (packed(weights=["much"] * 4), msgpack, "wrong-type"),
        (
            packed(times=Packed("i8", struct.pack("<4q", *([16_725_225_600_000_000] * 4)), 4)),
            msgpack,
            "future",
        ),
    ]


def oddities() -> list[Any]:
    """Batches that are strange and yet counted in the first window (or nowhere, where they hold no row)."""
    times = START + np.arange(6, dtype=np.int64) * MINUTE
    usual = material.batch(times, 1)
    return [
        msgspec.structs.replace(usual, version="2"),  # falls back on the latest reference
        msgspec.structs.replace(usual, columns={**usual.columns, "x": ["a", "b", "c", "d", "e", "f"]}),
        msgspec.structs.replace(usual, columns={**usual.columns, "more": [1.0] * 6}),
        msgspec.structs.replace(usual, columns={}),
        msgspec.structs.replace(usual, ids=["same"] * 6),
        msgspec.structs.replace(usual, ids=["same"] * 6),
        material.batch(np.zeros(0, dtype=np.int64), 1),
        msgspec.structs.replace(material.batch(times[:1], 1), times=["1970-01-01T00:00:00Z"]),
    ]
