"""The sender at work: takes, packs, sends, waits; nothing that happens in it reaches the app."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from bellbuoy.sending.packing import pack_taken
from bellbuoy.transports import open_transport
from bellbuoy_stream.errors import AppendError, BellbuoyError
from bellbuoy_stream.events.topics import Topics

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from bellbuoy.sending.buffer import Buffer
    from bellbuoy.sending.records import Parcel
    from bellbuoy.sending.settings import Settings
    from bellbuoy.transports import Transport

RECORDS_AT_ONCE = 8  # acknowledged together: about 6 MB on their way at most
FIRST_PAUSE_S = 0.1  # after a failed attempt; doubled each time
LONGEST_PAUSE_S = 5.0  # so that recovery is noticed soon
REPORT_EVERY_S = 60.0

logger = logging.getLogger("bellbuoy")


class SenderLoop:
    """Sends what is in a buffer, until it is stopped.

    Parameters
    ----------
    buffer
        Where rows wait, and are counted.
    settings
        How they are sent.
    stopping
        Set when the loop is to end.
    quiet
        Held while a call of the log's library is on its way.
    """

    def __init__(
        self, buffer: Buffer, settings: Settings, stopping: threading.Event, quiet: threading.Lock
    ) -> None:
        self.transport: Transport | None = None
        self._buffer = buffer
        self._settings = settings
        self._stopping = stopping
        self._quiet = quiet
        self._pending: deque[Parcel] = deque()
        self._failures = 0
        self._reported_at = float("-inf")
        self._reported = 0

    def open(self) -> None:
        """Open the log, which may connect later."""
        self._attempt(self._open)

    def run(self) -> None:
        """Send until stopped; connect at once, while the first rows still wait for company."""
        self._attempt(self._partitions)
        while not self._stopping.is_set():
            if self._failures:
                self._stopping.wait(min(FIRST_PAUSE_S * 2 ** (self._failures - 1), LONGEST_PAUSE_S))
            else:
                self._buffer.wake.wait(self._settings.linger_s)
            self._buffer.wake.clear()
            self._attempt(self._work)
            self._report_drops()
        self._end()

    def _attempt(self, step: Callable[[], object]) -> None:
        """Do a step; whatever goes wrong is counted, and the next attempt comes after a pause."""
        try:
            step()
        except BellbuoyError as error:
            self._failures += 1
            self._buffer.failed(str(error))
        except Exception as error:  # an app must outlive whatever happens here
            self._failures += 1
            self._buffer.failed(f"unexpected {type(error).__name__}: {error}")
            logger.exception("Bellbuoy could not send; it goes on trying")
        else:
            self._failures = 0

    def _open(self) -> Transport:
        if self.transport is None:
            with self._quiet:
                self.transport = open_transport(self._settings.url, self._settings.prefix)
        return self.transport

    def _partitions(self) -> int:
        transport = self._open()
        with self._quiet:
            return transport.partitions(Topics.EVENTS.name)

    def _work(self) -> None:
        """Pack and send until no full record is left."""
        if not self._buffer.waiting() and not self._pending:
            return
        partitions = self._partitions()
        self._pack(partitions)
        self._send()
        while self._buffer.wants_more(self._settings.max_rows):
            self._pack(partitions)
            self._send()

    def _pack(self, partitions: int) -> None:
        held = sum(len(parcel.message.value) for parcel in self._pending if parcel.message)
        if held < self._settings.buffer_bytes:
            taken = self._buffer.take(self._settings.max_rows)
            if taken:
                self._pending += pack_taken(taken, self._settings, partitions, self._buffer)

    def _send(self) -> None:
        """Send what is packed; what was not acknowledged stays, in its order, unless the log never takes it."""
        while self._pending:
            sending = [self._pending.popleft() for _ in range(min(len(self._pending), RECORDS_AT_ONCE))]
            try:
                self._append(sending)
            except AppendError as error:
                self._settle(sending, error.unsent, error.refused, str(error))
                if not error.refused or self._stopping.is_set():
                    raise
            except BaseException:
                self._pending.extendleft(reversed(sending))
                raise
            else:
                self._settle(sending)

    def _append(self, sending: list[Parcel]) -> None:
        assert self.transport is not None
        with self._quiet:
            self.transport.append([parcel.message for parcel in sending if parcel.message])

    def _settle(
        self,
        sending: list[Parcel],
        unsent: tuple[int, ...] = (),
        refused: tuple[int, ...] = (),
        reason: str = "",
    ) -> None:
        """Count what was acknowledged as sent and what was refused as dropped; the rest waits on, in its order."""
        for place, parcel in enumerate(sending):
            if place in refused:
                self._buffer.give_up(parcel.rows, reason)
            elif place not in unsent and parcel.message:
                self._buffer.sent(parcel.rows, len(parcel.message.value))
        waiting = [sending[place] for place in sorted(unsent) if place not in refused]
        self._pending.extendleft(reversed(waiting))

    def _report_drops(self) -> None:
        """Say in the app's log that rows were dropped, at most once a minute; closing says it on its own."""
        stats = self._buffer.stats()
        if self._stopping.is_set():  # looked at after the counts: a logger stops its sender before it closes
            return
        now = time.monotonic()
        if stats.dropped > self._reported and now - self._reported_at >= REPORT_EVERY_S:
            logger.warning(
                "Bellbuoy has dropped %d of %d rows of model %s: %s",
                stats.dropped,
                stats.logged,
                self._settings.model,
                stats.last_error or "they came faster than they could be sent",
            )
            self._reported, self._reported_at = stats.dropped, now

    def _end(self) -> None:
        """Let go of what is left, which the closed buffer has counted, and of the connection."""
        self._pending.clear()
        while self._buffer.take(self._settings.max_rows):
            pass
        if self.transport is not None:
            self._attempt(self.transport.close)
