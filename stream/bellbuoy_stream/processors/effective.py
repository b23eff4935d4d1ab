"""What holds for a stretch of rows: which spec, which reference, which calendar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.times import duration_us
from bellbuoy_stream.windows.calendar import Calendar
from bellbuoy_stream.windows.lateness import DROPPED, IN_WINDOW, lateness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec


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
    calendar = Calendar.of(spec)
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
        starts, inverse = clock.calendar.distinct_panes(times)
        ends = clock.calendar.panes(starts)[1]
        windows = clock.calendar.windows(starts)
        places: dict[Stretch, int] = {}
        table = []
        for pane in zip(
            starts.tolist(), ends.tolist(), windows[0].tolist(), windows[1].tolist(), strict=True
        ):
            stretch = _stretch(*pane, clock, watermark)
            table.append(DROPPED if stretch is None else places.setdefault(stretch, len(places)))
        if inverse is not None:
            return list(places), np.array(table, dtype=np.intp)[inverse]
        if table == [DROPPED]:
            return [], np.full(times.size, DROPPED, dtype=np.intp)
        return list(places), None


def _stretch(
    start: int, end: int, window_start: int, window_end: int, clock: Clockwork, watermark: int | None
) -> Stretch | None:
    """Where rows of a pane are counted; None where they come too late."""
    late = lateness(end, window_end, watermark, clock.size, clock.keep)
    if late == DROPPED:
        return None
    return Stretch(start, end, late) if late < IN_WINDOW else Stretch(window_start, window_end, late)
