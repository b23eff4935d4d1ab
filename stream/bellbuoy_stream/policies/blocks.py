r"""How far blocks of a column's panes lie from the rest of the reference.

For every block B of s consecutive panes the leave-one-out distance is

.. math:: D(B, \text{rest}) = D(B, \text{whole}) / (1 - n_B / m),

which is an identity, as the whole is the mixture of block and rest.

With a season a block is compared with the mixture of the reference's phases in the block's own composition.  The
identity then holds phase by phase, with the rows that the *block* has in a phase, which may be several panes or a part
of them.  A phase with fewer than 20 rows borrows the whole reference, of which the whole block is left out.  Blocks
longer than one season contain the phases about as the whole does, and :math:`n_B / m` serves for them.

Gaps in time count: a block is s consecutive pane indices, whether they have rows or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.policies.budget import MIN_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

    Departures = Iterator[tuple[NDArray[np.float64], NDArray[np.float64] | None]]

MAX_OFFSETS = 16_384
"""Most block offsets of one scale: a longer reference is scanned at an even stride, which bounds the time."""
WORK_CELLS = 2_000_000
"""Numbers held at once while one column is scanned, which bounds the memory (16 MB an array)."""


@dataclass(frozen=True)
class Blocks:
    """All blocks of one length: bounds as rows of the panes' array, rows in each, and which can be measured."""

    scale: int
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    rows: NDArray[np.int64]
    usable: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of blocks that can be measured."""
        return int(self.usable.sum())


@dataclass(frozen=True)
class _Pieces:
    """A block as head, middle and tail: the middle consists of whole stays in a phase, the others of parts of one.

    ``middle`` and ``tail`` are where these begin; ``head_factor`` and ``tail_factor`` undo that the parts are in the
    whole they are compared with, ``borrowed`` does so for rows that borrow the whole reference.
    """

    middle: NDArray[np.intp]
    tail: NDArray[np.intp]
    head_factor: NDArray[np.float64]
    tail_factor: NDArray[np.float64]
    borrowed: NDArray[np.float64]


class Column:
    """One column's counts by pane, ready to be cut into blocks.

    Parameters
    ----------
    cells
        Counts of its value cells, shape (panes, cells).
    index
        Position of each pane in time, rising.
    phase
        Phase of each pane; None without a season.
    season
        Panes of a season, 0 without.
    numeric
        Whether distances are between distribution functions, or between shares.
    """

    def __init__(
        self, cells: Counts, index: Counts, phase: Counts | None, season: int, *, numeric: bool
    ) -> None:
        self.cells, self.index, self.numeric, self.season = cells, index, numeric, season
        self.rows = cells.sum(axis=1, dtype=np.int64)
        self.total = int(self.rows.sum())
        self.at = np.zeros(len(cells), dtype=np.int64) if phase is None else phase
        self.by_phase = np.zeros((int(self.at.max(initial=0)) + 1, cells.shape[1]), dtype=np.int64)
        np.add.at(self.by_phase, self.at, cells)
        self.sizes = self.by_phase.sum(axis=1)
        self.thin = (self.sizes < MIN_ROWS) & (phase is not None)
        self._sums = sums_of(self.rows)

    def offsets(self, scale: int) -> Blocks:
        """Blocks of a scale at every offset (an even stride of them, where there are too many)."""
        first, last = int(self.index[0]), int(self.index[-1])
        stride = -(-(last - first + 2 - scale) // MAX_OFFSETS)
        starts = np.arange(first, last + 2 - scale, max(stride, 1))
        low, high = np.searchsorted(self.index, starts), np.searchsorted(self.index, starts + scale)
        rows = self._sums[high] - self._sums[low]
        return Blocks(scale, low, high, rows, (rows >= MIN_ROWS) & (rows < self.total))

    def disjoint(self, length: int) -> Blocks:
        """Disjoint blocks of a length in panes, aligned to multiples of it, as report windows are."""
        edges = np.arange(int(self.index[0]) // length, int(self.index[-1]) // length + 2) * length
        at = np.searchsorted(self.index, edges)
        rows = self._sums[at[1:]] - self._sums[at[:-1]]
        return Blocks(length, at[:-1], at[1:], rows, rows >= MIN_ROWS)

    def distances(self, scales: list[int]) -> list[NDArray[np.float64]]:
        """Leave-one-out distance of every block of every scale; nan where it cannot be measured."""
        scans = [_Scan.of(self, self.offsets(scale)) for scale in scales]
        for departures, borrowed in self.departures():
            part = sums_of(departures)
            whole = part
            if any(scan.pieces for scan in scans):
                np.multiply(departures, self._stay_factor[:, None], out=departures)
                whole = sums_of(departures)
            against = None if borrowed is None else sums_of(borrowed)
            for scan in scans:
                scan.take(part, whole, against)
        return [scan.distances(self.total) for scan in scans]

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """What each phase is expected to look like at (numeric: up to) each cell, shape (phases, cells)."""
        phases = np.cumsum(self.by_phase, axis=1) if self.numeric else self.by_phase
        share = phases.sum(axis=0) / max(self.total, 1)
        shares: NDArray[np.float64] = phases / np.maximum(self.sizes, 1)[:, None]
        return np.where(self.thin[:, None], share, shares)

    def departures(self) -> Departures:
        """Counts at (numeric: up to) each cell less the rows times the reference's share, a group of cells at a time.

        Against the pane's phase, of shape (panes, cells); and, where some phases are thin, against the whole.
        """
        carry = np.zeros(len(self.cells), dtype=np.int64)
        step = max(WORK_CELLS // max(len(self.cells), 1), 1)
        whole, rows = self.by_phase.sum(axis=0), self.rows[:, None]
        share = (np.cumsum(whole) if self.numeric else whole) / max(self.total, 1)
        for start in range(0, self.cells.shape[1], step):
            group = slice(start, start + step)
            part = self.cells[:, group].astype(np.int64)
            if self.numeric:
                _cumulate(part, carry)
            borrowed = part - rows * share[group] if self.thin.any() else None
            yield part - rows * self.shares[:, group][self.at], borrowed

    @cached_property
    def stays(self) -> NDArray[np.intp]:
        """Where stays in one phase begin, as rows of the panes' array, and their number of rows as a last edge."""
        new = (np.diff(self.at) != 0) | (
            2 * np.diff(self.index) > self.season
        )  # beyond, it is another season's
        return np.concatenate([[0], np.flatnonzero(new) + 1, [len(self.at)]])

    @cached_property
    def _stay_factor(self) -> NDArray[np.float64]:
        """For each pane 1 / (1 - share of its phase that its stay is); 1 where the phase borrows or is the stay."""
        rows = np.diff(self._sums[self.stays])
        return np.repeat(self._factor(rows, self.at[self.stays[:-1]]), np.diff(self.stays))

    def _factor(self, rows: NDArray[np.int64], phase: NDArray[np.int64]) -> NDArray[np.float64]:
        rest = self.sizes[phase] - rows
        alone = self.thin[phase] | (rest <= 0)
        return np.where(alone, 1.0, self.sizes[phase] / np.maximum(rest, 1))

    def pieces(self, blocks: Blocks) -> tuple[Blocks, _Pieces]:
        """Cut blocks where they leave a phase; a block that holds all rows of some phase cannot be measured."""
        low, high, edges, sums = blocks.low, blocks.high, self.stays, self._sums
        last = np.maximum(high - 1, low)
        if len(edges) > len(self.at):  # every pane is a stay of its own
            middle, tail = low, high
        else:
            stay = np.searchsorted(edges, low, side="right"), np.searchsorted(edges, last, side="right") - 1
            middle = np.minimum(edges[np.minimum(stay[0], len(edges) - 1)], high)
            tail = np.maximum(np.minimum(edges[stay[1]], high), middle)
        phases = self.at[np.minimum(low, len(self.at) - 1)], self.at[np.minimum(last, len(self.at) - 1)]
        head_rows, tail_rows = sums[middle] - sums[low], sums[high] - sums[tail]
        met = (phases[0] == phases[1]) & (tail < high)  # a block of a season may end in the phase it began in
        both = head_rows + tail_rows
        rows = np.where(met, both, head_rows), np.where(met, both, tail_rows)
        thin_sums = sums_of(np.where(self.thin[self.at], self.rows, 0))
        borrowing = (thin_sums[high] - thin_sums[low]) / np.maximum(self.total - blocks.rows, 1)
        cut = _Pieces(
            middle, tail, self._factor(rows[0], phases[0]), self._factor(rows[1], phases[1]), borrowing
        )
        thick = ~self.thin
        whole = np.diff(sums[edges]) >= np.maximum(self.sizes[self.at[edges[:-1]]], 1)
        alone = sums_of(np.where(whole & thick[self.at[edges[:-1]]], 1, 0))
        inside = alone[np.searchsorted(edges, tail)] > alone[np.searchsorted(edges, middle)]
        for part, phase in zip(rows, phases, strict=True):
            inside |= (part > 0) & (part >= self.sizes[phase]) & thick[phase]
        return replace(blocks, usable=blocks.usable & ~inside), cut


class _Scan:
    """The largest departure of each block of one scale, raised a group of cells at a time."""

    def __init__(self, blocks: Blocks, pieces: _Pieces | None) -> None:
        self.blocks, self.pieces = blocks, pieces
        self.most = np.zeros(len(blocks.rows))
        self._cut = pieces is not None and bool(
            (pieces.middle > blocks.low).any() or (pieces.tail < blocks.high).any()
        )

    @classmethod
    def of(cls, column: Column, blocks: Blocks) -> _Scan:
        """A scan of blocks, cut at their phases where they are no longer than a season."""
        if not 0 < blocks.scale <= column.season:
            return cls(blocks, None)
        return cls(*column.pieces(blocks))

    def take(
        self, part: NDArray[np.float64], whole: NDArray[np.float64], against: NDArray[np.float64] | None
    ) -> None:
        """Look at one group of cells, a bounded number of blocks at a time.

        Parameters
        ----------
        part, whole, against
            Sums of the departures, plain, by whole stays left out, and from the whole reference, shape (panes + 1,
            cells).
        """
        step = max(WORK_CELLS // max(part.shape[1], 1), 1)
        for start in range(0, len(self.most), step):
            some = slice(start, start + step)
            gaps = self._gaps(some, part, whole, against)
            np.abs(gaps, out=gaps)
            np.maximum(self.most[some], gaps.max(axis=1), out=self.most[some])

    def _gaps(
        self,
        some: slice,
        part: NDArray[np.float64],
        whole: NDArray[np.float64],
        against: NDArray[np.float64] | None,
    ) -> NDArray[np.float64]:
        low, high, cut = self.blocks.low[some], self.blocks.high[some], self.pieces
        if cut is None:
            return _between(part, low, high)
        middle, tail = cut.middle[some], cut.tail[some]
        gaps = _between(whole, middle, tail)
        if self._cut:
            gaps += cut.head_factor[some, None] * _between(part, low, middle)
            gaps += cut.tail_factor[some, None] * _between(part, tail, high)
        if against is not None:
            gaps += cut.borrowed[some, None] * _between(against, low, high)
        return gaps

    def distances(self, total: int) -> NDArray[np.float64]:
        """Distances of the blocks, nan where there is none."""
        rows = self.blocks.rows
        rest = 1 - rows / max(total, 1) if self.pieces is None else 1.0
        distance = self.most / np.maximum(rows, 1) / np.maximum(rest, 1e-9)
        return np.where(self.blocks.usable, np.minimum(distance, 1.0), np.nan)


def _cumulate(counts: Counts, carry: Counts) -> None:
    """Cumulate a group of cells in place, from the ``carry`` of the groups before it."""
    np.cumsum(counts, axis=1, out=counts)
    counts += carry[:, None]
    carry[:] = counts[:, -1]


def sums_of(values: NDArray[Any]) -> NDArray[Any]:
    """Sums of the first 0, 1, 2, ... entries of the first axis."""
    sums = np.zeros((len(values) + 1, *values.shape[1:]), dtype=values.dtype)
    np.cumsum(values, axis=0, out=sums[1:])
    return sums


def _between(sums: NDArray[np.float64], low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.float64]:
    gaps: NDArray[np.float64] = sums[_run(high)] - sums[_run(low)]
    return gaps


def _run(places: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Consecutive places as a slice, which needs no copy."""
    first, last = int(places[0]), int(places[-1])
    whole = last - first == len(places) - 1 and bool((np.diff(places) == 1).all())
    return slice(first, last + 1) if whole else places
