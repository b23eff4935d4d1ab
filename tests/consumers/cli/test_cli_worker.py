"""A worker that runs on, in a process of its own, told to leave."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.consumers.cli.conftest import LIVE_ROWS, Bell

SIGNAL_AT_IMPORT = """
import os, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it

class Finder:
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(Finder)
            os.kill(os.getpid(), signal.Signals[sys.argv[2]])

sys.meta_path.insert(0, Finder)
from bellbuoy_consumers.cli import main
code = main(sys.argv[3:])
sys.exit(99 if Finder in sys.meta_path else code)
"""


def test_a_running_worker_follows_the_log_and_leaves_on_sigterm(bell: Bell, shop: Path) -> None:
    bell("apply", "shop.toml")
    bell("reference", "shop@1", "reference.csv")
    command = [
        sys.executable,
        "-c",
        "import sys; from bellbuoy_consumers.cli import main; sys.exit(main())",
        "worker",
    ]
    worker = subprocess.Popen(command, cwd=shop, env=os.environ.copy(), stdout=subprocess.PIPE, text=True)
    try:
        bell("send", "live.csv", "--model", "shop@1")
        deadline = time.monotonic() + 60
        rows = 0
        while rows < LIVE_ROWS and time.monotonic() < deadline:
            rows = bell("status", "--json").lines[0]["rows"]
        assert rows == LIVE_ROWS
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=30)
    finally:
        worker.kill()
        worker.wait()
    assert worker.returncode == 0
    assert "left" in said
    assert bell("worker", "--drain").code == 0  # the next one goes on where the first one left
    assert bell("alerts", "--json").lines[0]["columns"][0]["name"] == "x"


@pytest.mark.parametrize(
    ("imported", "sent", "words", "code"),
    [
        ("typer", "SIGINT", ["worker"], 0),
        ("numpy", "SIGINT", ["worker"], 0),
        ("numpy", "SIGTERM", ["worker"], 0),
        ("faust", "SIGINT", ["worker", "--broker", "kafka://127.0.0.1:1"], 0),
        ("typer", "SIGINT", ["apply", "shop.toml"], 130),
        ("numpy", "SIGINT", ["reference", "shop@1", "reference.csv"], 130),
    ],
)
def test_a_signal_while_a_command_is_being_loaded(
    bell: Bell, shop: Path, imported: str, sent: str, words: list[str], code: int
) -> None:
    bell("apply", "shop.toml")
    command = [sys.executable, "-c", SIGNAL_AT_IMPORT, imported, sent, *words]
    done = subprocess.run(
        command, cwd=shop, env=os.environ.copy(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
