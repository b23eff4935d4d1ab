"""What Judge takes: records that fit the spec and the reference they name.  All others are dead letters.

Everything is looked at before anything is folded, so what is refused leaves no trace in the state.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import COUNTED_EXTRAS
from bellbuoy_stream.counting.sparse import ITEM_TYPES
from bellbuoy_stream.errors import EventError, SpecError
from bellbuoy_stream.processors.effective import Clockwork
from bellbuoy_stream.specs.monitor import LONGEST_US
from bellbuoy_stream.times import MAX_US, MIN_US
from bellbuoy_stream.windows.lateness import IN_WINDOW, ON_TIME, lateness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Layout
    from bellbuoy_stream.events.markers import Command
    from bellbuoy_stream.events.panes import Cells, PaneDelta, Progress
    from bellbuoy_stream.specs.monitor import MonitorSpec

MAX_PARTITIONS = 10_000
"""More than any broker gives one topic; a larger number would hold the watermark back for ever."""
MAX_ROWS = 1 << 30
"""Rows of one bin: a thousand records of less than a megabyte."""
MAX_INTEGER = (1 << 63) - 1
EARLIEST_US, LATEST_US = MIN_US + LONGEST_US, MAX_US - LONGEST_US
"""Panes lie within these: any stretch of time that is looked at around them can be written as a date."""


def check_spec(spec: MonitorSpec) -> None:
    """Refuse a spec in which something is impossible.

    Raises
    ------
    EventError
        ``bad-spec``.
    """
    try:
        Clockwork.of(spec.checked().window)
    except (SpecError, ArithmeticError) as error:
        raise EventError("bad-spec", f"spec of {spec.model!r}: {error}") from error


def check_progress(progress: Progress) -> None:
    """Refuse what no Tally says: a partition that cannot be, a time that is no date.

    Raises
    ------
    EventError
        ``wrong-progress``.
    """
    if not 0 <= progress.partition < progress.partitions <= MAX_PARTITIONS:
        where = f"partition {progress.partition} of {progress.partitions}"
        raise EventError("wrong-progress", f"{progress.model!r} has been read in {where}")
    if not 0 <= progress.offset <= MAX_INTEGER:
        raise EventError("wrong-progress", f"{progress.model!r} has been read up to {progress.offset}")
    if progress.watermark_us is not None and not MIN_US <= progress.watermark_us <= MAX_US:
        raise EventError("wrong-progress", f"{progress.watermark_us} us lies outside the years 1 to 9999")


def check_command(command: Command) -> None:
    """Refuse a command whose times are no dates.

    Raises
    ------
    EventError
        ``wrong-command``.
    """
    for time_us in (command.until_us, command.time_us):
        if time_us is not None and not MIN_US <= time_us <= MAX_US:
            detail = f"{command.verb!r}: {time_us} us lies outside the years 1 to 9999"
            raise EventError("wrong-command", detail)


def check_stretch(delta: PaneDelta, clock: Clockwork) -> None:
    """Refuse a delta that is not of a pane (or of a window, for late rows) of its spec.

    Raises
    ------
    EventError
        ``wrong-pane``.
    """
    start, end = delta.start_us, delta.end_us
    if not EARLIEST_US <= start < end <= LATEST_US:
        raise EventError("wrong-pane", f"[{start}, {end}) us is no pane between the years 101 and 9899")
    if (start, end) != _stretch_at(clock, start, on_time=delta.late == ON_TIME):
        what = "pane" if delta.late == ON_TIME else "window"
        raise EventError("wrong-pane", f"[{start}, {end}) us is no {what} of the spec {delta.spec}")
    latest = lateness(0, 0, clock.keep - 1, clock.size, clock.keep) if clock.keep else IN_WINDOW
    if not ON_TIME <= delta.late <= latest:
        detail = f"rows {delta.late} classes late; the spec {delta.spec} knows {latest}"
        raise EventError("wrong-pane", detail)


@lru_cache(maxsize=64)
def _stretch_at(clock: Clockwork, start_us: int, *, on_time: bool) -> tuple[int, int]:
    """The pane (or the window) of a time; the same few are asked for again and again."""
    return clock.calendar.pane(start_us) if on_time else clock.calendar.window(start_us)


def check_sums(delta: PaneDelta) -> None:
    """Refuse counts and places that no Tally writes.

    Raises
    ------
    EventError
        ``wrong-counts``.
    """
    rows = (delta.rows, delta.dropped, delta.unparsable)
    if not 0 <= delta.partition < MAX_PARTITIONS or not 0 <= delta.bin <= delta.offset <= MAX_INTEGER:
        where = f"partition {delta.partition}, bin {delta.bin}, offset {delta.offset}"
        raise EventError("wrong-counts", f"counted in {where}: there is no such place")
    if not all(0 <= count <= MAX_ROWS for count in rows) or not 0 <= delta.weight_milli <= MAX_INTEGER:
        detail = f"{rows} rows (counted, dropped, unparsable) of weight {delta.weight_milli} in one bin"
        raise EventError("wrong-counts", detail)


def most_of(layout: Layout) -> NDArray[np.int64]:
    """Largest number that each cell of one delta may hold: rows, or a sum of distances."""
    most = np.full(layout.width, MAX_INTEGER, dtype=np.int64)
    for place in layout.places:
        most[place.start : place.extras + COUNTED_EXTRAS] = MAX_ROWS
    return most


def check_cells(cells: Cells, first: int, most: NDArray[np.int64]) -> None:
    """Refuse cells that do not fit the vector they were counted in.

    Parameters
    ----------
    cells, first
        A stretch and where it begins.
    most
        Largest number for each cell, shape (layout.width,), from :func:`most_of`.

    Raises
    ------
    EventError
        ``wrong-cells``.

    Examples
    --------
    >>> from bellbuoy_stream.counting.sparse import to_cells
    >>> check_cells(to_cells(np.arange(3)), 1, np.full(3, 9))
    Traceback (most recent call last):
    bellbuoy_stream.errors.EventError: wrong-cells: 3 cells from 1 on do not fit a vector of 3
    """
    if cells.kind not in ITEM_TYPES:
        raise EventError("wrong-cells", f"cells of the unknown kind {cells.kind[:20]!r}")
    item, size = ITEM_TYPES[cells.kind]
    if len(cells.data) % size or (cells.at is not None and len(cells.at) != len(cells.data) // size * 4):
        raise EventError("wrong-cells", f"{len(cells.data)} bytes of {cells.kind} beside their positions")
    counts = np.frombuffer(cells.data, dtype=item)
    at = np.arange(counts.size) if cells.at is None else np.frombuffer(cells.at, dtype="<u4").astype(np.int64)
    reach = int(at.max(initial=-1)) + 1
    if not 0 <= first <= len(most) - reach:
        raise EventError("wrong-cells", f"{reach} cells from {first} on do not fit a vector of {len(most)}")
    if (np.diff(at) <= 0).any():
        raise EventError("wrong-cells", "positions do not rise")
    if (counts.astype(np.int64) < 0).any() or (counts > most[at + first]).any():
        raise EventError("wrong-cells", f"a cell holds less than nothing, or more than {MAX_ROWS} rows")
    if cells.beyond is not None:
        if cells.beyond.beyond is not None:
            raise EventError("wrong-cells", "cells beyond cells beyond cells")
        check_cells(cells.beyond, first, most)
