"""Panes and windows of one model: which is due when, and what has been counted in it.

What is due comes in the order of stream time, however large the steps in which the watermark advances: so the
order of decisions does not depend on how often a Tally speaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from bellbuoy_stream.counting.ledger import Ledger, Sums
from bellbuoy_stream.windows.lateness import IN_WINDOW, ON_TIME, revision_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.events.panes import PaneDelta


class Subject(NamedTuple):
    """Whose rows: counted together against one reference, under one spec."""

    version: str
    spec: str
    reference: str | None
    segment: str | None


class WindowState(msgspec.Struct):
    """A window from its first row until no revision of it is due any more."""

    start: int
    end: int
    panes: dict[int, Ledger] = {}
    late: dict[int, Ledger] = {}
    ends: dict[int, int] = {}
    consumed: list[int] = []
    revision: int = 0
    issued: Sums = msgspec.field(default_factory=Sums)
    drifted: list[str] = []
    quality: list[str] = []

    def total(self, revision: int, counts: Counts | None) -> Sums:
        """Everything up to a revision: cells are added to ``counts``, the rest is returned."""
        total = Sums()
        ledgers = [
            *self.panes.values(),
            *(ledger for late, ledger in self.late.items() if late <= revision + 1),
        ]
        for ledger in ledgers:
            total.add(ledger.sums())
            if counts is not None:
                ledger.add_to(counts)
        return total

    def first_revision(self) -> int:
        """Revision in which the window's first rows are: a window may be made by a late row alone."""
        classes = [*([ON_TIME] if self.panes else []), *self.late]
        return max(min(classes, default=ON_TIME) - 1, 0)

    def late_rows(self, revision: int) -> int:
        """Rows that came after revision 0, up to a revision."""
        return sum(
            ledger.sums().rows for late, ledger in self.late.items() if IN_WINDOW < late <= revision + 1
        )


class Due(NamedTuple):
    """Something that stream time has reached: a pane (for detectors), or a revision of a window's report."""

    time_us: int
    subject: Subject
    window: WindowState
    pane: int | None
    revision: int


class Lengths(NamedTuple):
    """Window length and how long it can be revised, microseconds."""

    size: int
    keep: int


class Assembly(msgspec.Struct):
    """All open and revisable windows of one model."""

    windows: dict[Subject, dict[int, WindowState]] = {}
    next_us: int | None = None

    def record(self, delta: PaneDelta, window: tuple[int, int]) -> None:
        """Take a delta whose rows belong to a window [start, end)."""
        subject = Subject(delta.version, delta.spec, delta.reference, delta.segment)
        state = self.windows.setdefault(subject, {}).setdefault(window[0], WindowState(*window))
        if delta.late == ON_TIME:
            state.panes.setdefault(delta.start_us, Ledger()).record(delta)
            state.ends[delta.start_us] = delta.end_us
            due = delta.end_us
        else:
            state.late.setdefault(delta.late, Ledger()).record(delta)
            due = window[1]  # or later: then it is looked at once in vain
        self.next_us = due if self.next_us is None else min(self.next_us, due)

    def due(self, watermark: int, lengths: Callable[[str], Lengths]) -> Iterator[Due]:
        """What the watermark has reached, in order of stream time; each is given once.

        Parameters
        ----------
        watermark
            The model's, microseconds.
        lengths
            Window lengths of a spec, by its digest.
        """
        if self.next_us is None or watermark < self.next_us:
            return
        reached: list[Due] = []
        for subject, windows in self.windows.items():
            times = lengths(subject.spec)
            for window in windows.values():
                reached += _reached(subject, window, watermark, times)
        reached.sort(key=_order)
        for due in reached:
            if due.pane is not None:
                due.window.consumed.append(due.pane)
            else:
                due.window.revision = due.revision + 1
            yield due
        self._forget(watermark, lengths)

    def _forget(self, watermark: int, lengths: Callable[[str], Lengths]) -> None:
        """Drop windows of which no revision is due any more, and say when to look again."""
        following: list[int] = []
        for subject in list(self.windows):
            times = lengths(subject.spec)
            windows = self.windows[subject]
            for start in [start for start, window in windows.items() if watermark >= window.end + times.keep]:
                del windows[start]
            if not windows:
                del self.windows[subject]
            for window in windows.values():
                revision = max(window.revision, window.first_revision())
                following.append(revision_due(revision, window.end, *times))
                following += [window.ends[pane] for pane in window.panes if pane not in window.consumed]
        self.next_us = min((time for time in following if time > watermark), default=None)


def _reached(subject: Subject, window: WindowState, watermark: int, times: Lengths) -> Iterator[Due]:
    if window.revision == 0:
        for pane, end in window.ends.items():
            if end <= watermark and pane not in window.consumed:
                yield Due(end, subject, window, pane, 0)
    revision = max(window.revision, window.first_revision())
    while (time := revision_due(revision, window.end, *times)) <= watermark:
        yield Due(time, subject, window, None, revision)
        if revision and time == window.end + times.keep:
            return
        revision += 1


def _order(due: Due) -> tuple[int, bool, int, str, str, str, str]:
    """Stream time; panes before windows; then by name, so that ties never depend on the order of arrival."""
    subject = due.subject
    names = (subject.version, subject.segment or "", subject.reference or "", subject.spec)
    return due.time_us, due.pane is None, due.window.start, *names
