"""A logger through fork and the end of the process."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

import bellbuoy
from bellbuoy_stream.events import LabelBatch, PredictionBatch
from tests.producers.harness import batches, feature

if TYPE_CHECKING:
    from pathlib import Path

    from bellbuoy import PredictionLogger
    from tests.producers.harness import ReadBack

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
# Python 3.12 and later warn wherever a process with threads forks: that is what is tested here
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def in_child(work: object) -> int:
    """Do something in a forked child that ends as gunicorn's workers do; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()  # type: ignore[operator]
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@needs_fork
def test_made_before_fork_each_child_sends_its_own(tmp_path: Path, read_back: ReadBack) -> None:
    url = f"sqlite:///{tmp_path}/bell.db"
    log = bellbuoy.PredictionLogger(url, model="m", version="1", linger_s=60)

    def work(worker: int) -> None:
        for number in range(100):
            log.log({"x": worker * 100 + number})
        assert log.close()
        assert log.stats().sent == 100

    assert [in_child(lambda worker=worker: work(worker)) for worker in range(3)] == [0, 0, 0]
    assert log.stats().logged == 0
    log.close()
    found = batches(read_back(url), PredictionBatch)
    assert sorted(feature(found, "x")) == list(range(300))
    assert len({row_id for batch in found for row_id in batch.ids}) == 300
    assert len({row_id.partition("~")[0] for batch in found for row_id in batch.ids}) == 3


@needs_fork
def test_what_waits_at_the_fork_is_sent_once_by_the_parent(tmp_path: Path, read_back: ReadBack) -> None:
    url = f"sqlite:///{tmp_path}/bell.db"
    log = bellbuoy.PredictionLogger(url, model="m", version="1", linger_s=60)
    log.log({"x": 1})  # the sender's thread is starting, and this row waits

    def work() -> None:
        assert log.stats().logged == 0
        log.log({"x": 2})
        assert log.close()

    assert in_child(work) == 0
    log.log({"x": 3})
    assert log.close()
    assert sorted(feature(batches(read_back(url), PredictionBatch), "x")) == [1, 2, 3]


@needs_fork
def test_a_fork_while_another_thread_logs(tmp_path: Path, read_back: ReadBack) -> None:
    import threading

    url = f"sqlite:///{tmp_path}/bell.db"
    log = bellbuoy.PredictionLogger(url, model="m", version="1", linger_s=0.001)
    enough = threading.Event()

    def busy() -> None:
        while not enough.wait(0.0001):
            log.log({"x": 0})

    thread = threading.Thread(target=busy)
    thread.start()

    def work() -> None:
        log.log({"x": 1})
        assert log.close(30)

    codes = [in_child(work) for _ in range(10)]
    enough.set()
    thread.join()
    log.close(30)
    assert codes == [0] * 10
    assert sum(feature(batches(read_back(url), PredictionBatch), "x")) == 10


@needs_fork
def test_children_of_multiprocessing_flush_at_their_end(tmp_path: Path, read_back: ReadBack) -> None:
    url = f"sqlite:///{tmp_path}/bell.db"
    log = bellbuoy.PredictionLogger(url, model="m", version="1", linger_s=60)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=log_one, args=(log, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(feature(batches(read_back(url), PredictionBatch), "x")) == [0, 1]
    log.close()


def log_one(log: PredictionLogger, number: int) -> None:
    log.log({"x": number})


def test_a_short_script_sends_everything_at_its_end(tmp_path: Path, read_back: ReadBack) -> None:
    url = f"sqlite:///{tmp_path}/bell.db"
    program = """
        import sys, bellbuoy
        log = bellbuoy.PredictionLogger(sys.argv[1], model="m", version="1")
        for number in range(1000):
            log.label(log.log({"x": number}), 1)
    """
    done = run(program, url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = read_back(url)
    assert sorted(feature(batches(found, PredictionBatch), "x")) == list(range(1_000))
    assert sum(len(batch.ids) for batch in batches(found, LabelBatch)) == 1_000


def test_the_end_is_held_up_for_a_bounded_time_where_the_broker_is_away() -> None:
    program = """
        import sys, time, bellbuoy
        from bellbuoy import lifecycle
        lifecycle.EXIT_SECONDS = 0.5
        log = bellbuoy.PredictionLogger("kafka://127.0.0.1:1", model="m", version="1")
        log.log({"x": 1})
        print(time.time())
    """
    import time

    done = run(program)
    assert done.returncode == 0, done.stderr
    assert time.time() - float(done.stdout) < 10


def test_importing_is_quick_and_loads_nothing_heavy() -> None:
    program = """
        import sys, time
        import msgspec
        began = time.process_time()
        import bellbuoy
        log = bellbuoy.PredictionLogger("kafka://nowhere:9092", model="m", version="1")
        print((time.process_time() - began) * 1_000)
        heavy = {"numpy", "scipy", "pandas", "kafka", "sqlite3", "ssl", "river", "sklearn", "faust", "asyncio"}
        print(sorted(heavy & set(sys.modules)))
    """
    runs = [run(program) for _ in range(3)]
    assert all(done.stderr == "" for done in runs)
    assert {done.stdout.splitlines()[1] for done in runs} == {"[]"}
    assert min(float(done.stdout.splitlines()[0]) for done in runs) < 60  # milliseconds of processor time


def test_logging_and_packing_load_no_numpy(tmp_path: Path) -> None:
    program = """
        import sys, bellbuoy
        log = bellbuoy.PredictionLogger(sys.argv[1], model="m", version="1")
        log.label(log.log({"x": 1, "y": None}), 1)
        log.log_batch({"x": range(1000)}, times=range(1000))
        assert log.flush()
        print(sorted({"numpy", "scipy", "pandas", "kafka"} & set(sys.modules)))
    """
    done = run(program, f"sqlite:///{tmp_path}/bell.db")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_every_public_name_is_there_and_sorted() -> None:
    assert bellbuoy.__all__ == sorted(bellbuoy.__all__)
    assert all(getattr(bellbuoy, name) is not None for name in bellbuoy.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Logger'"):
        bellbuoy.Logger  # noqa: B018
