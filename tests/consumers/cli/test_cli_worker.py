"""A worker that runs on, in a process of its own, told to leave."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.consumers.cli.conftest import LIVE_ROWS, Bell


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
