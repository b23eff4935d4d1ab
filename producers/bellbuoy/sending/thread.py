"""The sender's thread.  What it needs is imported in it: the first row of an app does not wait for that."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellbuoy.sending.buffer import Buffer
    from bellbuoy.sending.loop import SenderLoop
    from bellbuoy.sending.settings import Settings
    from bellbuoy.transports import Transport


class SenderThread(threading.Thread):
    """Runs a :class:`~bellbuoy.sending.loop.SenderLoop` in the background.

    Parameters
    ----------
    buffer
        Where rows wait, and are counted.
    settings
        How they are sent.

    Attributes
    ----------
    ready
        Set when everything is imported.  Until then this thread holds import locks that no child may inherit.
    quiet
        Held while this thread is inside the log's library, whose locks no child may inherit either.
    """

    def __init__(self, buffer: Buffer, settings: Settings) -> None:
        super().__init__(name="bellbuoy-sender", daemon=True)
        self.ready = threading.Event()
        self.quiet = threading.Lock()
        self._buffer = buffer
        self._settings = settings
        self._stopping = threading.Event()
        self._loop: SenderLoop | None = None

    @property
    def transport(self) -> Transport | None:
        """The log it writes to, once it is open."""
        return None if self._loop is None else self._loop.transport

    def run(self) -> None:
        """Send until stopped."""
        try:
            from bellbuoy.sending.loop import SenderLoop  # noqa: PLC0415

            self._loop = SenderLoop(self._buffer, self._settings, self._stopping, self.quiet)
            self._loop.open()
        finally:
            self.ready.set()
        self._loop.run()

    def stop(self) -> None:
        """Have the thread end after its present attempt; what is unsent then is given up."""
        self._stopping.set()
        self._buffer.wake.set()
