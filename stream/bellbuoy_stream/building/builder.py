"""A reference from rows, chunk by chunk, in memory that does not grow with the rows: two passes over them.

The first pass (:class:`ReferenceBuilder`) learns each column's kind and where to cut it.  The second
(:class:`ReferenceTally`) counts all rows exactly in these cells, with the code that counts the stream, by pane where
rows have times, for the calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from bellbuoy_stream.building.panes import PaneStore, highest_shares
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies.calibration import calibrate
from bellbuoy_stream.processors.counters import POOLED, ReferenceCounter
from bellbuoy_stream.references.cuts import SEGMENT, WHOLE
from bellbuoy_stream.references.learners import CategoryLearner
from bellbuoy_stream.references.reference import ColumnReference, Reference
from bellbuoy_stream.references.sources import SourceLearner
from bellbuoy_stream.times import duration_us
from bellbuoy_stream.windows.calendar import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Layout
    from bellbuoy_stream.counting.values import Values
    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.references.reference import Calibration
    from bellbuoy_stream.specs.monitor import MonitorSpec

NUMBERS_AT_ONCE = 1 << 23
"""Counters of the panes of a chunk that are counted at once (64 megabytes)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A chunk of reference rows: columns under the names they are reported by, and event times.

    ``times``: microseconds since 1970, shape (rows,), or None where rows have no time.  Score and prediction are
    columns named ``score`` (``score.<class>``) and ``prediction``.
    """

    columns: Mapping[str, Column]
    times: NDArray[np.int64] | None = None


class ReferenceBuilder:
    """First pass: what kind each column is, and where it is cut.

    Parameters
    ----------
    model, version
        Whose reference it is.
    spec
        Kinds that are not to be guessed, window and pane, segments, and which columns (id, time, label) are not
        monitored.
    """

    def __init__(self, model: str, version: str, spec: MonitorSpec) -> None:
        self.model, self.version, self.spec = model, version, spec
        self.rows = 0
        self._sources: dict[str, SourceLearner] = {}
        self._segments = {
            name: CategoryLearner(name, spec.drift.max_segments) for name in spec.drift.segments
        }
        self._skipped = _not_monitored(spec)

    def add(self, columns: Mapping[str, Column], times: NDArray[np.int64] | None = None) -> None:
        """Take a chunk of rows; see :class:`Rows`.

        Raises
        ------
        InputError
            Where columns differ in length.
        EventError
            Where a packed column's parts disagree.
        """
        values = _read(columns, times)
        self.rows += next((column.rows for column in values.values()), 0)
        for name, column in values.items():
            if name in self._segments:
                self._segments[name].add(column)
            if name in self._skipped:
                continue
            if name not in self._sources:
                self._sources[name] = SourceLearner(name, self.spec.columns.get(name))
            self._sources[name].add(column, times)

    def tally(self) -> ReferenceTally:
        """Second pass: give it the same rows, then ask it for the reference.

        Raises
        ------
        InputError
            Where there are no rows, or a segment column is not among the columns.
        """
        if not self.rows:
            raise InputError(f"the reference of {self.model}@{self.version} has no rows")
        whole = Reference(
            model=self.model,
            version=self.version,
            rows=self.rows,
            columns=[column for source in self._sources.values() for column in source.columns(WHOLE)],
            notes=self._notes(),
        )
        coarse = [column for source in self._sources.values() for column in source.columns(SEGMENT)]
        segments = {
            f"{name}={value}": msgspec.structs.replace(whole, columns=coarse, notes=[])
            for name, learner in self._segments.items()
            for value in self._kept(name, learner)
        }
        return ReferenceTally(msgspec.structs.replace(whole, segments=segments), self.spec)

    def _kept(self, name: str, learner: CategoryLearner) -> list[str]:
        if not learner.counts:
            raise InputError(f"drift.segments names {name!r}, of which the reference has no value")
        return [*learner.frequent()[: self.spec.drift.max_segments], POOLED]

    def _notes(self) -> list[str]:
        return [
            f"{name}: taken as {source.guess.kind} ({source.guess.why})"
            for name, source in self._sources.items()
            if source.guess is not None
        ]


class ReferenceTally:
    """Second pass: exact counts in the cells that the first one chose."""

    def __init__(self, draft: Reference, spec: MonitorSpec) -> None:
        self._draft, self._spec = draft, spec
        self._counter = ReferenceCounter(draft)
        self._calendar = Calendar.of(spec.window)
        self._report_panes = self._calendar.size_us // self._calendar.pane_us
        parts: dict[str | None, Reference] = {None: draft}
        parts.update(draft.segments)
        self._counts = {name: part.layout.zeros() for name, part in parts.items()}
        width = sum(part.layout.width for part in parts.values())
        self._width = width
        self._groups = max(NUMBERS_AT_ONCE // max(width, 1), 1)
        self._panes = {name: PaneStore(width) for name in parts}
        self._rows, self._untimed = 0, 0
        self._start: int | None = None
        self._end: int | None = None

    def add(self, columns: Mapping[str, Column], times: NDArray[np.int64] | None = None) -> None:
        """Count a chunk of the rows that the first pass saw, in any order."""
        read = _read(columns, times)
        rows = next((column.rows for column in read.values()), 0)
        values = {name: column for name, column in read.items() if name in self._counter.sources}
        self._rows += rows
        if not rows:
            return
        if times is None:
            self._untimed += rows
            self._take(self._counter.count(values, np.zeros(rows, dtype=np.int64), None, 1), None)
            return
        first, last = int(times.min()), int(times.max())
        self._start = first if self._start is None else min(self._start, first)
        self._end = last if self._end is None else max(self._end, last)
        starts, inverse = np.unique(self._calendar.panes(times)[0], return_inverse=True)
        index = np.array([self._calendar.index(int(start)) for start in starts], dtype=np.int64)
        for low in range(0, len(index), self._groups):
            some = index[low : low + self._groups]
            group = inverse - low
            group = np.where((group >= 0) & (group < len(some)), group, -1).astype(np.intp)
            one_pane = len(index) == 1
            self._take(self._counter.count(values, times, None if one_pane else group, len(some)), some)

    def _take(self, counted: list[tuple[str | None, Counts]], index: NDArray[np.int64] | None) -> None:
        for name, counts in counted:
            self._counts[name] += counts.sum(axis=0)
            if index is not None:
                self._panes[name].add(index, counts)

    def build(self) -> Reference:
        """Build the reference.

        Raises
        ------
        InputError
            Where the second pass did not see as many rows as the first.
        """
        if self._rows != self._draft.rows:
            raise InputError(f"the second pass saw {self._rows} rows, the first {self._draft.rows}; give both the same")  # fmt: skip  # noqa: E501
        calibration = self._calibration(None, self._draft.layout)
        notes = [*self._draft.notes, *self._missing_calibration(calibration)]
        segments = {
            name: self._counted(part, name, self._calibration(name, part.layout), [])
            for name, part in self._draft.segments.items()
        }
        return msgspec.structs.replace(
            self._counted(self._draft, None, calibration, notes), segments=segments
        )

    def _counted(
        self, part: Reference, name: str | None, calibration: Calibration | None, notes: list[str]
    ) -> Reference:
        counts = self._counts[name]
        panes = self._panes[name].sorted() if not self._untimed else None
        columns = [
            _with_counts(column, counts, part.layout, panes, self._report_panes) for column in part.columns
        ]
        first = part.layout.places[0] if part.layout.places else None
        rows = int(first.rows(counts)) if first is not None else self._rows
        return msgspec.structs.replace(
            part, columns=columns, rows=rows, start_us=self._start, end_us=self._end,
            calibration=calibration, notes=notes,
        )  # fmt: skip

    def _calibration(self, name: str | None, layout: Layout) -> Calibration | None:
        panes = self._panes[name].sorted()
        if panes is None or self._untimed:
            return None
        season = self._spec.drift.season
        return calibrate(
            cast("Counts", panes[1]),  # any integers will do
            panes[0],
            layout,
            self._calendar.pane_us,
            None if season is None else duration_us(season),
            self._report_panes,
            self._spec.window.timezone,
        )

    def _missing_calibration(self, calibration: Calibration | None) -> list[str]:
        if calibration is not None:
            return []
        if self._untimed:
            return [f"not calibrated: {self._untimed} rows have no event time"]
        return [
            f"not calibrated: too many panes for {self._width} counters each; a longer window.pane would do"
        ]


def build_reference(model: str, version: str, spec: MonitorSpec, chunks: Iterable[Rows]) -> Reference:
    """Reference of rows that can be gone over twice.

    Parameters
    ----------
    model, version, spec
        See :class:`ReferenceBuilder`.
    chunks
        Rows, a chunk at a time; iterated twice, so a list or an object that starts again, not a generator.

    Raises
    ------
    InputError
        Where there are no rows, columns differ in length, or the second pass sees other rows than the first.

    Examples
    --------
    >>> from bellbuoy_stream.specs.monitor import MonitorSpec
    >>> rows = Rows({"x": [1.0, 2.0, 2.0, None], "origin": ["EWR", "JFK", "JFK", "LGA"]})
    >>> reference = build_reference("flights", "1", MonitorSpec(model="flights"), [rows])
    >>> [(column.name, column.cell_counts[: column.value_cells].tolist()) for column in reference.columns]
    [('x', [0, 1, 0, 2, 0]), ('origin', [2, 1, 1, 0, 0])]
    """
    builder = ReferenceBuilder(model, version, spec)
    for chunk in chunks:
        builder.add(chunk.columns, chunk.times)
    tally = builder.tally()
    for chunk in chunks:
        tally.add(chunk.columns, chunk.times)
    return tally.build()


def _not_monitored(spec: MonitorSpec) -> frozenset[str]:
    """Names of the columns that are ids, times and labels of the rows."""
    data = spec.data
    ids = [data.id] if isinstance(data.id, str) else data.id or []
    return frozenset(name for name in (*ids, data.time, data.label, data.label_time) if name is not None)


def _read(columns: Mapping[str, Column], times: NDArray[np.int64] | None) -> dict[str, Values]:
    """Columns as arrays, all of one length."""
    values = {name: values_of(column, name) for name, column in columns.items()}
    lengths = {name: column.rows for name, column in values.items()}
    if times is not None:
        lengths["the event times"] = len(times)
    if len(set(lengths.values())) > 1:
        few, many = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise InputError(
            f"columns differ in length: {few} has {lengths[few]} rows, {many} has {lengths[many]}"
        )
    return values


def _with_counts(
    column: ColumnReference,
    counts: Counts,
    layout: Layout,
    panes: tuple[NDArray[np.int64], NDArray[np.int32]] | None,
    report_panes: int,
) -> ColumnReference:
    place, highest = layout[column.name], None
    if panes is not None:
        index, own_panes = panes[0], panes[1][:, place.start : place.stop]
        highest = highest_shares(own_panes, column.numeric, index, report_panes)
    own = counts[place.start : place.stop].astype("<i8").tobytes()
    return msgspec.structs.replace(column, counts=own, highest=highest)
