"""Log lines of the Kafka clients: while a broker is away they say the same thing many times a second."""

from __future__ import annotations

import logging
import time

QUIET_S = 30.0
CLIENTS = ("aiokafka", "kafka", "faust", "mode")


class RateLimit(logging.Filter):
    """Lets a message pass once in a while, and says how many like it were left out.

    Parameters
    ----------
    seconds
        How long the same message (before its arguments are filled in) of one logger is held back.

    Examples
    --------
    >>> limit = RateLimit()
    >>> record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, "Unable connect to %s", ("host",), None)
    >>> limit.filter(record), limit.filter(record)
    (True, False)
    """

    def __init__(self, seconds: float = QUIET_S) -> None:
        super().__init__()
        self._seconds = seconds
        self._next: dict[tuple[str, str], float] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        key = (record.name, str(record.msg))
        now = time.monotonic()
        if now < self._next.get(key, 0.0):
            self._left_out[key] = self._left_out.get(key, 0) + 1
            return False
        self._next[key] = now + self._seconds
        left_out = self._left_out.pop(key, 0)
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out} more like it)"
            record.args = ()
        return True


def quiet_clients(level: int = logging.WARNING) -> None:
    """Limit the clients' loggers, those that exist now; below ``level`` they say nothing."""
    limit = RateLimit()
    for name in CLIENTS:
        logging.getLogger(name).setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in CLIENTS:
            logging.getLogger(name).addFilter(limit)
