"""What became of the rows that an app logged."""

from __future__ import annotations

import msgspec


class LoggerStats(msgspec.Struct, frozen=True):
    """Counts since the logger was made, in this process; labels count as rows.

    ``logged`` = ``sent`` + ``dropped`` + what still waits.  Nothing waits in a logger that is closed: what it could not
    send is dropped, from the moment on in which ``close`` returns.

    Attributes
    ----------
    logged
        Rows handed over by the app.
    sent
        Rows that the broker has acknowledged.
    dropped
        Rows given up: the buffer was full, the logger was closed, the row cannot be sent, or the log refuses the
        record that it is in for good (``last_error`` says why).
    bytes
        Size of the bodies that were acknowledged.
    batches
        Number of records that were acknowledged.
    errors
        Failed attempts to send, and rows that cannot be sent.
    last_error
        The latest of these, in one sentence; None without any.
    """

    logged: int = 0
    sent: int = 0
    dropped: int = 0
    bytes: int = 0
    batches: int = 0
    errors: int = 0
    last_error: str | None = None
