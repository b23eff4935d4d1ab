"""Which versions are still served: one that many closed windows have nothing of is gone.

Counted in windows that the model has closed, not in time: a model that is asked once a week is as alive as one that is
asked every second.  All of it follows what falls due, in the order of stream time, so it does not depend on how
partitions interleave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.windows.assembly import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

FEWEST_WINDOWS = 5
"""Least number of closed windows without a version after which it is gone: a canary may miss some."""


def windows_until_gone(size_us: int, keep_us: int) -> int:
    """Closed windows after which nothing of a version can come any more: as many as ``keep`` and one window hold.

    Examples
    --------
    >>> windows_until_gone(10, 95), windows_until_gone(10, 0)
    (11, 5)
    """
    return max(-(-keep_us // size_us) + 1, FEWEST_WINDOWS)


class Service(msgspec.Struct):
    """What has been served lately: versions, each under its spec and against its reference.

    Examples
    --------
    >>> service, old, new = Service(), Subject("1", "s", "r", None), Subject("2", "s", "r", "c=a")
    >>> service.note(old, 10, closes=True)
    True
    >>> [service.note(new, time, closes=True) for time in (10, 20, 30)], service.gone(2)
    ([False, True, True], [Subject(version='1', spec='s', reference='r', segment=None)])
    """

    closed: int = 0
    last_us: int | None = None
    seen: dict[Subject, int] = {}

    def note(self, subject: Subject, time_us: int, *, closes: bool) -> bool:
        """Take what falls due; whether one more window of the model has closed."""
        more = closes and (self.last_us is None or time_us > self.last_us)
        if more:
            self.closed += 1
            self.last_us = time_us
        self.seen[whole(subject)] = self.closed
        return more

    def know(self, subjects: Iterable[Subject]) -> None:
        """Take subjects of which nothing has fallen due yet as served now."""
        for subject in subjects:
            self.seen.setdefault(whole(subject), self.closed)

    def gone(self, windows: int) -> list[Subject]:
        """What so many closed windows have had nothing of; it is forgotten."""
        gone = [subject for subject, closed in self.seen.items() if self.closed - closed >= windows]
        for subject in gone:
            del self.seen[subject]
        return sorted(gone, key=lambda subject: (subject.version, subject.spec, subject.reference or ""))

    def serves(self, version: str) -> bool:
        """Whether anything of a version is left."""
        return any(subject.version == version for subject in self.seen)


def whole(subject: Subject) -> Subject:
    """The subject that holds all segments."""
    return subject._replace(segment=None)
