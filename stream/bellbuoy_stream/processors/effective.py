"""What holds for a stretch of rows: which spec, which reference, which calendar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.times import duration_us
from bellbuoy_stream.windows.calendar import Calendar
from bellbuoy_stream.windows.lateness import DROPPED, IN_WINDOW, lateness, unique_panes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec


@lru_cache(maxsize=256)
def calendar_of(spec: WindowSpec) -> Calendar:
    """The calendar of a ``[window]``, made once."""
    return Calendar.of(spec)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The times of a spec's ``[window]``, in microseconds."""

    calendar: Calendar
    size: int
    keep: int
    disorder: int
    idle: int

    @classmethod
    def of(cls, spec: WindowSpec) -> Clockwork:
        """Read from a spec."""
        return _clockwork(spec)


@lru_cache(maxsize=256)
def _clockwork(spec: WindowSpec) -> Clockwork:
    calendar = calendar_of(spec)
    keep, disorder, idle = (duration_us(text) for text in (spec.keep, spec.disorder, spec.idle))
    return Clockwork(calendar, calendar.size_us, keep, disorder, idle)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where rows are counted: [start, end) and how late they are."""

    start: int
    end: int
    late: int


@dataclass(frozen=True, slots=True)
class Effective:
    """Spec and reference that hold for some rows of one version."""

    version: str
    spec: MonitorSpec
    spec_digest: str
    reference: str | None

    def stretches(
        self, times: NDArray[np.int64], watermark: int | None
    ) -> tuple[list[Stretch], NDArray[np.intp] | None]:
        """The panes (or windows, for late rows) of some rows, and each row's place among them.

        Parameters
        ----------
        times
            Event times in microseconds, shape (rows,).
        watermark
            The partition's watermark before these rows came.

        Returns
        -------
        stretches
            Distinct ones.
        group
            Index of each row's stretch, ``DROPPED`` where it comes too late; None: all rows in the one stretch.
        """
        clock = Clockwork.of(self.spec.window)
        starts, inverse = unique_panes(clock.calendar.panes(times)[0])
        places: dict[Stretch, int] = {}
        table = [self._place(int(start), clock, watermark, places) for start in starts]
        if inverse is None:
            if table[0] != DROPPED:
                return list(places), None
            return [], np.full(times.size, DROPPED, dtype=np.intp)
        return list(places), np.array(table, dtype=np.intp)[inverse]

    @staticmethod
    def _place(start: int, clock: Clockwork, watermark: int | None, places: dict[Stretch, int]) -> int:
        pane_end = clock.calendar.pane(start)[1]
        window = clock.calendar.window(start)
        late = lateness(pane_end, window[1], watermark, clock.size, clock.keep)
        if late == DROPPED:
            return DROPPED
        stretch = Stretch(start, pane_end, late) if late < IN_WINDOW else Stretch(*window, late)
        return places.setdefault(stretch, len(places))
