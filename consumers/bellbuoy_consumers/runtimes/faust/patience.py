"""Waiting for a broker that is away."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, TypeVar

from bellbuoy_consumers.runtimes.faust.settings import OUTAGE_S
from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from bellbuoy_stream.processors.protocol import FindReference
    from bellbuoy_stream.references.reference import Reference

logger = logging.getLogger(__name__)

PAUSE_S = 1.0

Answer = TypeVar("Answer")


class Patience:
    """Asks again until the broker answers, or until told to stop.

    Parameters
    ----------
    stop
        Set when the worker is to end.
    seconds
        How long the broker may be away.
    """

    def __init__(self, stop: threading.Event, seconds: float = OUTAGE_S) -> None:
        self.stop = stop
        self.seconds = seconds

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """Ask in this thread.

        Raises
        ------
        BrokerError
            Where the broker stays away, or the worker is to end.
        """
        deadline = time.monotonic() + self.seconds
        while True:
            try:
                return ask()
            except BrokerError as error:
                logger.warning("waiting for the broker: %s", error)
                if time.monotonic() > deadline or self.stop.wait(PAUSE_S):
                    raise

    async def thread(self, ask: Callable[[], Answer]) -> Answer:
        """Ask in a thread beside the event loop; see :meth:`call`."""
        return await asyncio.to_thread(self.call, ask)

    def find(self, find_reference: FindReference) -> FindReference:
        """A look-up that outlasts an outage: a fold that is left in the middle of a record cannot go on."""

        def find(digest: str) -> Reference | None:
            return self.call(lambda: find_reference(digest))

        return find
