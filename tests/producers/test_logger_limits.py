"""Where the broker is away: rows wait up to the bound, newer ones are dropped, and every one of them is counted."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest

import bellbuoy
from bellbuoy.sending import loop as sender_loop
from bellbuoy.transports.memory import MemoryTransport
from bellbuoy_stream.errors import AppendError, BrokerError
from bellbuoy_stream.events import PredictionBatch, partition_of
from tests.producers.harness import batches, feature, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellbuoy_stream.events import Outgoing


class Tap(MemoryTransport):
    """A log that can be shut: then it refuses, as a broker that is away does."""

    def __init__(self) -> None:
        super().__init__("tap")
        self._log = {}
        self.shut = threading.Event()
        self.refused = threading.Semaphore(0)
        self.refuse_places: tuple[int, ...] = ()
        self.largest: int | None = None
        self.held = threading.Event()
        self.held.set()
        self.holding = threading.Event()

    def append(self, messages: Sequence[Outgoing]) -> None:
        self.holding.set()
        self.held.wait(30)
        if self.shut.is_set():
            self.refused.release()
            raise AppendError("the tap is shut", tuple(range(len(messages))))
        if self.largest is not None:
            self._append_small(messages, self.largest)
            return
        places, self.refuse_places = self.refuse_places, ()
        super().append([message for place, message in enumerate(messages) if place not in places])
        if places:
            raise AppendError("some were refused", places)

    def _append_small(self, messages: Sequence[Outgoing], largest: int) -> None:
        """As Kafka does: what follows a refused record in its partition is not acknowledged either."""
        refused = tuple(place for place, message in enumerate(messages) if len(message.value) > largest)
        first = refused[0] if refused else len(messages)
        super().append(messages[:first])
        if refused:
            raise AppendError("too large for the tap", tuple(range(first, len(messages))), refused)

    def close(self) -> None:
        self._log = self._log  # what was written stays to be read


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tap]:
    tap = Tap()
    monkeypatch.setattr(sender_loop, "open_transport", lambda *_: tap)
    monkeypatch.setattr(sender_loop, "FIRST_PAUSE_S", 0.01)
    yield tap
    tap.held.set()


def make(**settings: float) -> bellbuoy.PredictionLogger:
    return bellbuoy.PredictionLogger("memory://tap", model="m", version="1", **{"linger_s": 0.01, **settings})  # type: ignore[arg-type]


def test_what_does_not_fit_is_dropped_and_counted_exactly(tap: Tap) -> None:
    tap.held.clear()
    log = make(buffer_rows=100, max_rows=50, linger_s=0.001)
    log.log({"x": -1})
    assert tap.holding.wait(30)  # the sender hangs in the broker with the first row
    for number in range(1_000):
        log.log({"x": number})
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (1_001, 0, 900)
    tap.held.set()
    assert log.flush()
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (1_001, 101, 900)
    assert sorted(feature(batches(read_all(tap), PredictionBatch), "x")) == [-1, *range(100)]
    log.close()


def test_packed_bytes_are_bounded_too(tap: Tap) -> None:
    tap.shut.set()
    log = make(buffer_rows=1_000, buffer_bytes=1, max_rows=10)
    for number in range(5_000):
        log.log({"x": number})
    assert tap.refused.acquire(timeout=30)
    assert tap.refused.acquire(timeout=30)  # by now it has had the chance to pack more, and must not
    stats = log.stats()
    assert stats.logged == 5_000
    assert stats.dropped >= 5_000 - 1_000 - 10
    tap.shut.clear()
    assert log.flush()
    assert log.stats().sent + log.stats().dropped == 5_000
    assert len(feature(batches(read_all(tap), PredictionBatch), "x")) == log.stats().sent
    log.close()


def test_when_the_broker_is_back_sending_goes_on_by_itself(tap: Tap) -> None:
    tap.shut.set()
    log = make()
    ids = [log.log({"x": number}) for number in range(10)]
    for _ in range(3):
        assert tap.refused.acquire(timeout=30)
    assert not log.flush(timeout=0)
    assert log.stats().errors >= 3
    assert log.stats().last_error == "the tap is shut"
    assert log.stats().dropped == 0
    tap.shut.clear()
    assert log.flush()
    assert [row_id for batch in batches(read_all(tap), PredictionBatch) for row_id in batch.ids] == ids
    log.close()


def test_only_what_was_not_acknowledged_is_sent_again(tap: Tap) -> None:
    log = make(linger_s=60)
    tap.refuse_places = (1, 2)
    for number in range(40):  # ids that spread over all four partitions
        log.log({"x": number}, id=f"order-{number}")
    assert log.flush()
    assert sorted(feature(batches(read_all(tap), PredictionBatch), "x")) == list(range(40))
    assert log.stats().batches == 4
    assert log.stats().errors == 1
    log.close()


def test_a_record_that_the_log_never_takes_is_given_up_and_later_rows_go_on(
    tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bellbuoy")
    tap.largest = 10_000
    log = make(linger_s=60)
    large = "long" * 5_000
    for number in range(40):  # ids that spread over all four partitions
        log.log({"x": number}, id=f"order-{number}")
    log.log({"x": 40, "text": large}, id="order-0")
    log.log({"x": 41, "text": large}, id="order-0")
    spoiled = [n for n in range(40) if partition_of(f"order-{n}", 4) == partition_of("order-0", 4)]
    assert log.flush()
    log.log({"x": 42}, id="order-0")
    assert log.flush()
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (43, 41 - len(spoiled), len(spoiled) + 2)
    assert sorted(feature(batches(read_all(tap), PredictionBatch), "x")) == [
        number for number in range(43) if number not in {*spoiled, 40, 41}
    ]
    assert stats.last_error == "too large for the tap"
    log.close()
    reports = [record.getMessage() for record in caplog.records if "dropped" in record.getMessage()]
    assert len(reports) == 1
    assert reports[0].endswith("rows of model m: too large for the tap")


def lost_reports(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [text for record in caplog.records if "before" in (text := record.getMessage())]


@pytest.mark.parametrize("packed", [False, True])
def test_close_gives_up_in_time_and_counts_what_is_lost(
    tap: Tap, caplog: pytest.LogCaptureFixture, *, packed: bool
) -> None:
    caplog.set_level(logging.WARNING, "bellbuoy")
    tap.shut.set()
    log = make()
    if packed:
        log.log_batch({"x": list(range(300))})
    for number in range(10):
        log.label(log.log({"x": number}), 1)
    began = time.monotonic()
    assert not log.close(timeout=0.2)
    assert time.monotonic() - began < 5
    rows = 320 if packed else 20
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (rows, 0, rows)
    assert log.close()
    assert log._thread is not None
    log._thread.join(30)
    assert log.stats().dropped == rows
    assert lost_reports(caplog) == [
        f"Bellbuoy closed before {rows} rows of model m were sent; in all it has dropped {rows} of {rows}: the tap is shut"
    ]


def test_a_logger_closed_while_the_broker_hangs_counts_at_once_and_takes_back_what_arrives_yet(
    tap: Tap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bellbuoy")
    tap.held.clear()
    log = make(buffer_rows=5)
    log.log({"x": 0})
    assert tap.holding.wait(30)  # the sender hangs in the broker with the first row
    for number in range(1, 9):
        log.log({"x": number})
    assert not log.close(timeout=0)
    stats = log.stats()
    assert (stats.logged, stats.sent, stats.dropped) == (9, 0, 9)
    [said] = lost_reports(caplog)
    assert "before 6 rows of model m were sent; in all it has dropped 9 of 9: the logger was closed" in said
    log.log({"x": 9})
    assert (log.stats().logged, log.stats().dropped) == (10, 10)
    tap.held.set()
    assert log._thread is not None
    log._thread.join(30)
    stats = log.stats()
    assert stats.logged == stats.sent + stats.dropped == 10
    assert stats.sent == len(feature(batches(read_all(tap), PredictionBatch), "x")) >= 1


def test_rows_of_a_logger_whose_sender_cannot_start_are_counted_too(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    log = make()
    log.log({"x": 1})
    assert not log.flush()
    assert not log.close()
    assert (log.stats().logged, log.stats().sent, log.stats().dropped) == (1, 0, 1)
    assert "before 1 rows" in lost_reports(caplog)[0]


def test_drops_are_reported_once_a_minute(tap: Tap, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "bellbuoy")
    tap.held.clear()
    log = make(buffer_rows=1)
    log.log({"x": 0})
    assert tap.holding.wait(30)
    for _ in range(100):
        log.log({"x": 1})
    tap.held.set()
    assert log.flush()
    tap.holding.clear()
    tap.held.clear()
    log.log({"x": 2})
    assert tap.holding.wait(30)
    for _ in range(100):
        log.log({"x": 1})
    tap.held.set()
    log.close()
    reports = [record.getMessage() for record in caplog.records if "dropped" in record.getMessage()]
    assert len(reports) == 1
    assert "has dropped 99 of 101 rows of model m" in reports[0]


def test_logging_from_many_threads_loses_nothing(tap: Tap) -> None:
    log = make(max_rows=100, buffer_rows=1_000_000)
    began = threading.Barrier(4)

    def work(worker: int) -> None:
        began.wait()
        for number in range(2_000):
            log.label(log.log({"x": worker * 2_000 + number}), 1)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.flush(30)
    assert log.stats().sent == 16_000
    assert sorted(feature(batches(read_all(tap), PredictionBatch), "x")) == list(range(8_000))
    log.close()


def test_an_unexpected_failure_does_not_end_the_sender(
    tap: Tap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "bellbuoy")
    failures = iter([BrokerError("away"), ZeroDivisionError("bug"), None])

    def partitions(topic: str) -> int:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return 4

    monkeypatch.setattr(tap, "partitions", partitions)
    log = make()
    log.log({"x": 1})
    assert log.flush()
    assert log.stats().errors == 2
    assert log.stats().sent == 1
    log.close()
