"""Log what a model was asked and what it answered, from a live app."""

from __future__ import annotations

import logging
import os
from time import time as clock
from typing import TYPE_CHECKING, Any, Self
from zlib import crc32

from bellbuoy import lifecycle
from bellbuoy.sending.buffer import Buffer
from bellbuoy.sending.settings import Settings
from bellbuoy.sending.thread import SenderThread
from bellbuoy.transports.address import default_prefix, default_url
from bellbuoy_stream.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellbuoy.sending.rows import Row
    from bellbuoy.sending.stats import LoggerStats

SAMPLE_SEED = 0x5EED  # apart from the routing of ids, which starts CRC-32 at 0
CRC_RANGE = 1 << 32
SMALL_BATCH = 256  # rows; fewer would make records so small that their overhead counts


class PredictionLogger:
    """Sends predictions and labels in the background; the request path is never held up.

    :meth:`log` appends to a bounded buffer: about a microsecond, no lock, no I/O.  A thread packs the rows into
    columns and sends them.  Where the broker is away rows wait until the buffer is full, and newer ones are
    dropped and counted (:meth:`stats`, and a warning in the log named ``bellbuoy`` once a minute); when it is
    back sending goes on by itself.  The thread starts at the first row, in each process: a logger may be made
    before ``fork``.  At the end of the process what waits is sent, within five seconds.

    Parameters
    ----------
    url
        ``kafka://host:9092`` or ``sqlite:///file.db``; by default ``$BELLBUOY_BROKER``.  Nothing is connected
        to here.
    model, version
        Which model answers.
    linger_s
        How long a row waits for company.
    max_rows
        Rows a record, at most.
    max_bytes
        Size of a record to aim at; at most 900,000.
    buffer_rows
        Rows that may wait unpacked.
    buffer_bytes
        Bytes that may wait packed.
    sample
        Share of rows to log, between 0 and 1, with the weight that makes up for it.  The choice depends on the
        row's id alone, so that labels of rows left out are left out too.
    columns
        Features to log; all others (personal data) never leave.
    prefix
        Stands before every topic; by default ``$BELLBUOY_PREFIX``.
    source
        Who sends, for the envelope; by default the host's name.

    Raises
    ------
    SpecError
        Where an argument is impossible.

    Notes
    -----
    With ``BELLBUOY_DISABLED=1`` in the environment nothing is kept and nothing is sent.

    Examples
    --------
    >>> log = PredictionLogger("memory://doctest-logger", model="flights", version="1")
    >>> row_id = log.log({"dep_hour": 17, "carrier": "UA"}, score=0.31)
    >>> log.label(row_id, 1)
    >>> log.flush()
    True
    >>> log.stats().sent, log.close()
    (2, True)
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        model: str,
        version: str,
        linger_s: float = 1.0,
        max_rows: int = 4_096,
        max_bytes: int = 768_000,
        buffer_rows: int = 65_536,
        buffer_bytes: int = 32_000_000,
        sample: float | None = None,
        columns: Sequence[str] | None = None,
        prefix: str | None = None,
        source: str | None = None,
    ) -> None:
        if sample is not None and not 0 < sample <= 1:
            raise SpecError(f"sample is {sample!r}; it must be more than 0 and at most 1")
        self._settings = Settings(
            url=url or default_url(),
            prefix=default_prefix() if prefix is None else prefix,
            model=str(model),
            version=str(version),
            source=source or f"bellbuoy/{host_name()}",
            linger_s=linger_s,
            max_rows=max_rows,
            max_bytes=max_bytes,
            buffer_rows=buffer_rows,
            buffer_bytes=buffer_bytes,
        ).checked()
        self._sample = sample
        self._columns = None if columns is None else tuple(columns)
        self._disabled = os.environ.get("BELLBUOY_DISABLED", "") not in ("", "0")
        self._thread: SenderThread | None = None
        self._own = Buffer(buffer_rows)
        self._diverted = False
        self._use(self._own)
        lifecycle.enrol(self)

    @property
    def sender(self) -> SenderThread | None:
        """The sender's thread, once it has started."""
        return self._thread

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._settings.model

    @property
    def version(self) -> str:
        """Version of the model."""
        return self._settings.version

    def log(
        self,
        features: Mapping[str, Any],
        *,
        prediction: Any = None,
        score: Any = None,
        id: str | None = None,  # noqa: A002  # the name in the interface
        time: Any = None,
        weight: float = 1,
    ) -> str:
        """Log one row, and return its id, by which a label can find it.

        Parameters
        ----------
        features
            Copied shallowly.
        prediction
            A class or a number.
        score
            A probability, or a mapping from class to probability.
        id
            The row's id; by default a fresh one.
        time
            When it happened: a datetime, an RFC 3339 text or Unix seconds; by default now.  No zone means UTC.
        weight
            How many rows this one stands for.
        """
        buffer = self._buffer
        if id is None:
            id = f"{buffer.bucket}{next(self._numbers)}"  # noqa: A001
        if self._special:
            kept = self._kept(features, id)
            if kept is None:
                return id
            features = kept
            weight = weight / self._sample if self._sample else weight
        rows = self._rows
        waiting = len(rows)
        if waiting >= buffer.room:
            buffer.refuse()
            return id
        rows.append((id, clock() if time is None else (time,), dict(features), prediction, score, weight))
        if waiting == self._full:
            self._wake()
        return id

    def log_batch(
        self,
        columns: Any,
        *,
        predictions: Any = None,
        scores: Any = None,
        ids: Any = None,
        times: Any = None,
        weights: Any = None,
    ) -> list[str]:
        """Log many rows at once, and return their ids.

        The columns are copied and packed here, arrays without a detour through Python's numbers: some
        milliseconds for 4,096 rows of 20 columns.

        Parameters
        ----------
        columns
            A mapping from name to values, a pandas or polars frame, or an Arrow table.  Arrays of two
            dimensions are embeddings.
        predictions
            A class or a number a row.
        scores
            A probability a row; or a mapping from class to such a column, or an array with a column a class.
        ids
            Ids of the rows; by default fresh ones.
        times
            When they happened: datetimes, RFC 3339 texts or Unix seconds; by default now.
        weights
            How many rows each one stands for.

        Raises
        ------
        InputError
            Where columns differ in length, or a time is none.
        """
        from bellbuoy.sending.batching import Columns, as_rows, chunks, packed_batch, sampled  # noqa: PLC0415

        given = Columns(columns, predictions, scores, ids, times, weights)
        batch = packed_batch(self.model, self.version, given, self._columns, self._fresh_ids)
        row_ids = [*batch.ids] if isinstance(batch.ids, list) else []
        if not self._is_on():
            return row_ids
        if self._sample is not None:
            chosen = [row for row, row_id in enumerate(row_ids) if in_sample(row_id, self._sample)]
            batch = sampled(batch, chosen, self._sample)
        rows = batch.rows()
        if rows <= SMALL_BATCH:
            for row in as_rows(batch):
                self._add(row)
            return row_ids  # they wait with single rows, and share their records
        for part, held in chunks(batch, self._settings.max_rows):
            self._buffer.add_batch(part, held)
        if self._buffer.waiting() >= self._settings.max_rows:
            self._wake()
        return row_ids

    def label(self, id: str, label: Any, *, time: Any = None) -> None:  # noqa: A002
        """Log the truth about a row, whenever it is known.

        Parameters
        ----------
        id
            What :meth:`log` returned, or what it was given.
        label
            A class or a number.
        time
            When the truth was known; by default now.
        """
        if self._special and self._kept({}, id) is None:
            return
        labels = self._buffer.labels
        if len(labels) >= self._buffer.room:
            self._buffer.refuse()
            return
        labels.append((id, clock() if time is None else (time,), label))
        if len(labels) == self._full:
            self._wake()

    def stats(self) -> LoggerStats:
        """Return what became of the rows so far, in this process."""
        return self._buffer.stats()

    def flush(self, timeout: float = 10.0) -> bool:
        """Send what waits, and return whether all of it was sent (or given up) within a number of seconds."""
        if self._diverted:
            return True
        return self._own.flush(0 if self._thread is None else timeout)

    def close(self, timeout: float = lifecycle.EXIT_SECONDS) -> bool:
        """Flush and end, and return whether all of it was sent (or given up) in time.

        What was not counts as dropped at once, and a warning says how much that is.  Rows logged afterwards are
        dropped and counted.
        """
        if self._diverted or self._own.closed:
            return True
        flushed = self.flush(timeout)
        if self._thread is not None:
            self._thread.stop()
        lost = self._own.close("the logger was closed before all was sent")
        if lost:
            self._report_lost(lost)
        if self._thread is not None:
            self._thread.join(timeout if flushed else 0)
        return flushed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_anew(self) -> None:
        """Start over in a child after ``fork``; what waits in the parent is sent by the parent."""
        if self._thread is not None:
            lifecycle.abandon(self._thread.transport)
        self._thread = None
        self._own = Buffer(self._settings.buffer_rows)
        if not self._diverted:
            self._use(self._own)

    def divert(self, capture: lifecycle.Capture | None) -> None:
        """Write to a test's capture from now on, or, with None, to the log again."""
        self._diverted = capture is not None
        self._use(self._own if capture is None else capture.buffer_for(self._settings))

    def _use(self, buffer: Buffer) -> None:
        """Write to a buffer; what :meth:`log` needs of it lies ready."""
        self._buffer = buffer
        self._rows = buffer.rows
        self._numbers = buffer.numbers
        self._wake = buffer.wake.set
        self._full = self._settings.max_rows - 1
        self._special = True  # until it is known that no row needs special care

    def _kept(self, features: Mapping[str, Any], row_id: str) -> Mapping[str, Any] | None:
        """What is to be logged of a row, None for nothing of it; starts the thread at the first row."""
        if not self._is_on():
            return None
        if self._sample is not None and not in_sample(row_id, self._sample):
            return None
        if self._columns is not None:
            return {name: features[name] for name in self._columns if name in features}
        return features

    def _is_on(self) -> bool:
        """Whether anything is logged at all; if so the thread runs from here on."""
        if self._diverted:
            self._special = self._sample is not None or self._columns is not None
            return True
        if self._thread is None and not self._disabled:
            self._start()
        return not self._disabled

    def _add(self, row: Row) -> None:
        """Append one row: what :meth:`log` does inline."""
        if len(self._rows) >= self._buffer.room:
            self._buffer.refuse()
        else:
            self._rows.append(row)

    def _report_lost(self, lost: int) -> None:
        """Say in the app's log what closing has lost."""
        stats = self.stats()
        logging.getLogger("bellbuoy").warning(
            "Bellbuoy closed before %d rows of model %s were sent; in all it has dropped %d of %d: %s",
            lost,
            self.model,
            stats.dropped,
            stats.logged,
            stats.last_error,
        )

    def _fresh_ids(self, rows: int) -> list[str]:
        if rows > SMALL_BATCH:
            from bellbuoy.sending.batching import ids_by_chunk  # noqa: PLC0415

            return list(ids_by_chunk(rows, self._settings.max_rows))
        bucket = self._buffer.bucket
        return [f"{bucket}{next(self._numbers)}" for _ in range(rows)]

    def _start(self) -> None:
        with self._buffer.lock:
            if self._thread is not None:
                return
            self._thread = SenderThread(self._buffer, self._settings)
        lifecycle.flush_at_exit()
        try:
            self._thread.start()
        except RuntimeError as error:  # the interpreter is shutting down, or the system is out of threads
            self._thread = None
            self._buffer.failed(f"the sender's thread cannot start: {error}")
            return
        self._special = self._sample is not None or self._columns is not None


def in_sample(row_id: str, share: float) -> bool:
    """Whether a row belongs to a sample: decided by its id alone, alike in every process.

    Examples
    --------
    >>> sum(in_sample(f"k3f~{number}", 0.1) for number in range(10_000))
    959
    """
    return crc32(str(row_id).encode("utf-8", "surrogatepass"), SAMPLE_SEED) < share * CRC_RANGE


def host_name() -> str:
    """Name of this machine, or nothing where it has none."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
