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
    from bellbuoy.sending.buffer import Buffer
    from bellbuoy.sending.settings import Settings
    from bellbuoy.sending.thread import SenderThread
    from bellbuoy.transports import Transport

FORK_SECONDS = 2.0  # how long a fork may be held up by senders at work; a write to a file takes milliseconds
EXIT_SECONDS = 5.0  # how long the end of a process may be held up, for all loggers together
MULTIPROCESSING_PRIORITY = 100  # its finalizers run from high to low, and those without a number not at all


class Lasting(Protocol):
    """What lives as long as its process, and begins anew in a child."""

    @property
    def sender(self) -> SenderThread | None:
        """Its thread, once it has started."""

    def close(self, timeout: float = EXIT_SECONDS) -> bool:
        """Send what waits, and end."""

    def begin_anew(self) -> None:
        """Start over, in a child after ``fork``: what the parent holds is the parent's to send."""

    def divert(self, capture: Capture | None) -> None:
        """Write to a capture from now on, or, with None, to the log again."""


class Capture(Protocol):
    """Where loggers write to in a test."""

    def buffer_for(self, settings: Settings) -> Buffer:
        """Give a logger a buffer of its own."""


LIVING: WeakSet[Any] = WeakSet()  # of Lasting
_ABANDONED: list[
    Transport | None
] = []  # connections that belong to the parent process: never used, never closed
_lock = threading.Lock()
_held: list[threading.Lock] = []  # of senders that are kept still during a fork
_exit_hooked_in: int | None = None
_capture: Capture | None = None


def enrol(one: Lasting) -> None:
    """Have a logger begin anew in every child, and write to a capture where one is on."""
    with _lock:
        LIVING.add(one)
    if _capture is not None:
        one.divert(_capture)


def divert_all(capture: Capture | None) -> Capture | None:
    """Have all loggers, present and to come, write to a capture, or to their logs again; return the former one."""
    global _capture  # a mode of the process
    former, _capture = _capture, capture
    for one in list(LIVING):
        one.divert(capture)
    return former


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


def _before_fork() -> None:
    """Wait until no sender is importing or inside a log's library: a child would find their locks held for ever."""
    deadline = time.monotonic() + FORK_SECONDS

    def left() -> float:
        return max(deadline - time.monotonic(), 0.0)

    for one in list(LIVING):
        sender = one.sender
        if sender is not None and sender.ready.wait(left()) and sender.quiet.acquire(timeout=left()):
            _held.append(sender.quiet)


def _in_parent() -> None:
    while _held:
        _held.pop().release()


def _in_child() -> None:
    global _lock  # noqa: PLW0603  # another thread of the parent may have held it
    _lock = threading.Lock()
    _held.clear()
    for one in list(LIVING):
        one.begin_anew()


os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
