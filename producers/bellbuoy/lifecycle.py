"""Loggers through ``fork`` and the end of the process."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from bellbuoy.transports import Transport

EXIT_SECONDS = 5.0  # how long the end of a process may be held up, for all loggers together
MULTIPROCESSING_PRIORITY = 100  # its finalizers run from high to low, and those without a number not at all


class Lasting(Protocol):
    """What lives as long as its process, and begins anew in a child."""

    def close(self, timeout: float = EXIT_SECONDS) -> bool:
        """Send what waits, and end."""

    def begin_anew(self) -> None:
        """Start over, in a child after ``fork``: what the parent holds is the parent's to send."""


LIVING: WeakSet[Any] = WeakSet()  # of Lasting
_ABANDONED: list[
    Transport | None
] = []  # connections that belong to the parent process: never used, never closed
_lock = threading.Lock()
_exit_hooked_in: int | None = None


def enrol(one: Lasting) -> None:
    """Have a logger begin anew in every child."""
    with _lock:
        LIVING.add(one)


def flush_at_exit() -> None:
    """Have all loggers send what waits when this process ends; called when a sender starts."""
    global _exit_hooked_in  # noqa: PLW0603  # a fact about the process
    with _lock:
        if _exit_hooked_in == os.getpid():
            return
        if _exit_hooked_in is None:
            atexit.register(close_all)  # inherited by children that end in the usual way
        multiprocessing_util = sys.modules.get("multiprocessing.util")
        if multiprocessing_util is not None:  # its children end without running what atexit has
            multiprocessing_util.Finalize(None, close_all, exitpriority=MULTIPROCESSING_PRIORITY)
        _exit_hooked_in = os.getpid()


def close_all() -> None:
    """Close all loggers, within five seconds."""
    deadline = time.monotonic() + EXIT_SECONDS
    for one in list(LIVING):
        one.close(max(deadline - time.monotonic(), 0.0))


def abandon(transport: Transport | None) -> None:
    """Keep a parent's connection from ever being closed by this child: closing would speak for the parent."""
    _ABANDONED.append(transport)


def _in_child() -> None:
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = threading.Lock()
    for one in list(LIVING):
        one.begin_anew()


os.register_at_fork(after_in_child=_in_child)
