r"""The dependence calibration: how far blocks of the reference itself lie from the rest of it.

Rows that share their hour are not independent, so a critical distance for independent rows is too small.  For every
scale of s panes and every block B of s consecutive panes, at every pane offset, the leave-one-out distance is

.. math:: D(B, \text{rest}) = D(B, \text{whole}) / (1 - n_B / m),

which is an identity, as the whole is the mixture of block and rest.  The largest one is the scale's *allowance*.
With a season a block is compared with the mixture of the reference's phases in the block's own composition; the
identity then holds phase by phase for blocks of up to one season, and is used with :math:`n_B / m` for longer ones,
which contain the phases about as the whole does.

Gaps in time count: a block is s consecutive pane indices, whether they have rows or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.dependence import excess
from bellbuoy_stream.policies.packing import pack_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts, Layout
    from bellbuoy_stream.references.reference import Calibration

MIN_BLOCKS = 20
"""Fewer blocks of one report window cannot show how blocks scatter: the budget is then not certified."""
MAX_PHASES = 336
"""Most phases of a season (half-hours of a week): beyond, neighbouring panes share a phase, lest the reference grow."""
MAX_OFFSETS = 16_384
"""Most block offsets of one scale: a longer reference is scanned at an even stride, which bounds the time."""
WORK_CELLS = 2_000_000
"""Numbers held at once while one column is scanned, which bounds the memory (16 MB an array)."""
UNMEASURED = 1.0
"""Allowance of a scale at which no block could be measured: no distance exceeds it, so the scale never rings."""


def season_phases(season_us: int | None, pane_us: int) -> tuple[int, int]:
    """Number of phases of a season, and panes in each.

    Examples
    --------
    >>> season_phases(604_800_000_000, 3_600_000_000), season_phases(604_800_000_000, 60_000_000)
    ((168, 1), (336, 30))
    """
    if season_us is None:
        return 0, 1
    panes = max(season_us // pane_us, 1)
    width = -(-panes // MAX_PHASES)
    return -(-panes // width), width


def phase_of(index: NDArray[np.int64], season_us: int, pane_us: int) -> NDArray[np.int64]:
    """Phase of each pane index."""
    _, width = season_phases(season_us, pane_us)
    phases: NDArray[np.int64] = index % max(season_us // pane_us, 1) // width
    return phases


def _scales(panes: int) -> list[int]:
    return [1 << k for k in range((panes // 2).bit_length())] if panes >= 2 else []


@dataclass(frozen=True)
class _Blocks:
    """All blocks of one scale: bounds as rows of the panes' array, rows in each, and which can be measured."""

    scale: int
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    rows: NDArray[np.int64]
    usable: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of blocks that can be measured."""
        return int(self.usable.sum())


class _Column:
    """One column's counts by pane, ready to be cut into blocks."""

    def __init__(self, cells: Counts, index: Counts, phase: Counts | None, numeric: bool) -> None:  # noqa: FBT001
        self.cells, self.index, self.numeric = cells, index, numeric
        self.rows = cells.sum(axis=1, dtype=np.int64)
        self.total = int(self.rows.sum())
        self.at = np.zeros(len(cells), dtype=np.int64) if phase is None else phase
        self.reference = np.zeros((int(self.at.max(initial=0)) + 1, cells.shape[1]), dtype=np.int64)
        np.add.at(self.reference, self.at, cells)
        self.sizes = np.maximum(self.reference.sum(axis=1), 1)
        # share of its phase that a pane is; a pane that is its phase has nothing to be compared with
        self.weight = np.where(self.rows > 0, self.rows / self.sizes[self.at], 0.0)

    def blocks(self, scale: int, season_panes: int) -> _Blocks:
        """Blocks of a scale at every offset (an even stride of them, where there are too many)."""
        first, last = int(self.index[0]), int(self.index[-1])
        stride = -(-(last - first + 2 - scale) // MAX_OFFSETS)
        offsets = np.arange(first, last + 2 - scale, max(stride, 1))
        low, high = np.searchsorted(self.index, offsets), np.searchsorted(self.index, offsets + scale)
        sums = np.concatenate([[0], np.cumsum(self.rows)])
        rows = sums[high] - sums[low]
        usable = (rows >= MIN_ROWS) & (rows < self.total)
        if scale <= season_panes:
            alone = np.concatenate([[0], np.cumsum(self.weight >= 1)])
            usable &= alone[high] == alone[low]
        return _Blocks(scale, low, high, rows, usable)

    def _departures(self, group: slice, carry: tuple[Counts, Counts]) -> NDArray[np.float64]:
        """Counts at (numeric: up to) each cell less the rows times the reference's share, shape (panes, cells)."""
        whole, part = self.reference[:, group].astype(np.int64), self.cells[:, group].astype(np.int64)
        if self.numeric:
            _cumulate(whole, carry[0])
            _cumulate(part, carry[1])
        departures: NDArray[np.float64] = part - self.rows[:, None] * (whole / self.sizes[:, None])[self.at]
        return departures

    def distances(self, blocks: list[_Blocks], season_panes: int) -> list[NDArray[np.float64]]:
        """Leave-one-out distance of every block of every scale; nan where it cannot be measured."""
        largest = [np.zeros(len(block.rows)) for block in blocks]
        carry = np.zeros(len(self.reference), dtype=np.int64), np.zeros(len(self.cells), dtype=np.int64)
        width = max(WORK_CELLS // max(len(self.cells), 1), 1)
        factor = 1 / np.maximum(1 - self.weight, 1e-9)
        for start in range(0, self.cells.shape[1], width):
            departures = self._departures(slice(start, start + width), carry)
            short = [(b, most) for b, most in zip(blocks, largest, strict=True) if b.scale <= season_panes]
            long = [(b, most) for b, most in zip(blocks, largest, strict=True) if b.scale > season_panes]
            if long:
                _raise_to(long, _sums(departures))
            if short:
                departures *= factor[:, None]
                _raise_to(short, _sums(departures))
        out = []
        for block, most in zip(blocks, largest, strict=True):
            rest = (
                1.0 if season_panes and block.scale <= season_panes else 1 - block.rows / max(self.total, 1)
            )
            distance = most / np.maximum(block.rows, 1) / np.maximum(rest, 1e-9)
            out.append(np.where(block.usable, np.minimum(distance, 1.0), np.nan))
        return out

    def design_effect(self, blocks: _Blocks) -> float:
        r"""Variance between disjoint blocks over that of independent rows.

        :math:`\sum_b n_b \sum_i (F_b(i) - F(i))^2 / ((B - 1) \sum_i F(i)(1 - F(i)))` over cells i, about 1 for
        independent rows; 1 where nothing varies.
        """
        if blocks.count < 2:
            return 1.0
        whole = self.cells.sum(axis=0, dtype=np.int64)
        share = (np.cumsum(whole) if self.numeric else whole) / max(self.total, 1)
        filled = np.flatnonzero(blocks.low < blocks.high)  # their panes follow each other without gaps
        step = max(WORK_CELLS // (self.cells.shape[1] * blocks.scale), 1)
        between = []
        for at in range(0, len(filled), step):
            some = filled[at : at + step]
            first = blocks.low[some[0]]
            panes = self.cells[first : blocks.high[some[-1]]]
            counts = np.add.reduceat(panes, blocks.low[some] - first, axis=0, dtype=np.int64)
            counts, rows = counts[blocks.usable[some]], blocks.rows[some][blocks.usable[some]]
            gaps = (np.cumsum(counts, axis=1) if self.numeric else counts) / rows[:, None] - share
            between.append(rows * np.square(gaps).sum(axis=1))
        within = float((share * (1 - share)).sum())
        return float(np.concatenate(between).sum()) / (blocks.count - 1) / within if within > 0 else 1.0


def _cumulate(counts: Counts, carry: Counts) -> None:
    """Cumulate a group of cells in place, from the ``carry`` of the groups before it."""
    np.cumsum(counts, axis=1, out=counts)
    counts += carry[:, None]
    carry[:] = counts[:, -1]


def _sums(departures: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros((len(departures) + 1, departures.shape[1]))
    np.cumsum(departures, axis=0, out=sums[1:])
    return sums


def _raise_to(blocks: list[tuple[_Blocks, NDArray[np.float64]]], sums: NDArray[np.float64]) -> None:
    """Raise each block's largest departure by those of one group of cells, a bounded number of blocks at a time."""
    step = max(WORK_CELLS // max(sums.shape[1], 1), 1)
    for block, most in blocks:
        for at in range(0, len(most), step):
            part = slice(at, at + step)
            gaps = sums[_run(block.high[part])] - sums[_run(block.low[part])]
            np.abs(gaps, out=gaps)
            np.maximum(most[part], gaps.max(axis=1), out=most[part])


def _run(places: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Consecutive places as a slice, which needs no copy."""
    first, last = int(places[0]), int(places[-1])
    whole = last - first == len(places) - 1 and bool((np.diff(places) == 1).all())
    return slice(first, last + 1) if whole else places


def _disjoint(column: _Column, length: int) -> _Blocks:
    """Disjoint blocks of a length in panes, aligned to multiples of it, as report windows are."""
    edges = np.arange(int(column.index[0]) // length, int(column.index[-1]) // length + 2) * length
    at = np.searchsorted(column.index, edges)
    sums = np.concatenate([[0], np.cumsum(column.rows)])
    rows = sums[at[1:]] - sums[at[:-1]]
    return _Blocks(length, at[:-1], at[1:], rows, rows >= MIN_ROWS)


def calibrate(
    pane_counts: Counts,
    pane_index: Counts,
    layout: Layout,
    pane_us: int,
    season_us: int | None = None,
    report_panes: int = 1,
) -> Calibration:
    """Allowance of every column at scales of 1, 2, 4, ... panes, up to half the reference.

    Parameters
    ----------
    pane_counts
        Counters of each pane that has rows, shape (panes, layout.width); any integer type.
    pane_index
        Position of each pane in time, in panes since the epoch, rising; missing ones are empty panes.
    layout
        Places of the columns.
    pane_us
        Length of a pane in microseconds.
    season_us
        Season in microseconds; left out again where the reference is shorter than two of them.
    report_panes
        Length of a report window in panes: ``blocks`` and ``design_effect`` are measured on blocks of this
        length (``design_effect`` on shorter ones where there would be fewer than 20).

    Raises
    ------
    InputError
        Where shapes disagree or the panes are out of order.

    Examples
    --------
    >>> import numpy as np
    >>> from bellbuoy_stream.counting.layout import Layout
    >>> layout = Layout.of([("c", False, 2)])
    >>> counts = np.zeros((4, layout.width), dtype=np.int64)
    >>> counts[:, 0], counts[:, 1] = (50, 50, 60, 60), (50, 50, 40, 40)
    >>> calibration = calibrate(counts, np.arange(4), layout, 1_000_000)
    >>> calibration.scales, [round(a, 4) for a in calibration.allowance["c"]]
    ([1, 2], [0.0667, 0.1])
    """
    from bellbuoy_stream.references.reference import Calibration  # noqa: PLC0415  the builder there calls us

    if pane_counts.shape != (len(pane_index), layout.width):
        raise InputError(
            f"pane counts have shape {pane_counts.shape}, not ({len(pane_index)}, {layout.width})"
        )
    if (np.diff(pane_index) <= 0).any():
        raise InputError(
            "the reference's panes are not in order; sort them by index and add up those of one index"
        )
    panes = int(pane_index[-1] - pane_index[0]) + 1 if len(pane_index) else 0
    season_panes = max(season_us // pane_us, 1) if season_us else 0
    if not 0 < 2 * season_panes <= panes:
        season_us, season_panes = None, 0
    phase = phase_of(pane_index, season_us, pane_us) if season_us else None
    found = _Found(_scales(panes), report_panes)
    for place in layout.places:
        column = _Column(pane_counts[:, place.start : place.extras], pane_index, phase, place.numeric)
        found.take(place.name, column, season_panes)
    phases, phase_panes = season_phases(season_us, pane_us)
    return Calibration(
        pane_us=pane_us, scales=found.scales, allowance=found.allowance, blocks=found.blocks, panes=panes,
        design_effect=found.design_effect, season_us=season_us, phases=phases, buckets=found.buckets,
        phase_panes=phase_panes, filled=len(pane_index), report_panes=report_panes, design_blocks=found.design_blocks,
        dependence=found.dependence,
    )  # fmt: skip


class _Found:
    """What has been measured, column by column."""

    def __init__(self, scales: list[int], report_panes: int) -> None:
        self.scales, self.report_panes = scales, report_panes
        self.allowance: dict[str, list[float]] = {}
        self.design_effect: dict[str, float] = {}
        self.dependence: dict[str, float] = {}
        self.buckets: dict[str, bytes] = {}
        self.blocks = self.design_blocks = 0

    def take(self, name: str, column: _Column, season_panes: int) -> None:
        """Measure one column."""
        if not self.scales:
            return
        distances = column.distances(
            [column.blocks(scale, season_panes) for scale in self.scales], season_panes
        )
        self.allowance[name] = [UNMEASURED if np.isnan(d).all() else float(np.nanmax(d)) for d in distances]
        lengths = [self.report_panes]
        while lengths[-1] > 1:
            lengths.append(lengths[-1] // 2)
        cut = [_disjoint(column, length) for length in lengths]
        self.blocks = max(self.blocks, cut[0].count)
        # long blocks show slow moods, short ones hours of a day that differ: the worst of them counts
        enough = [blocks for blocks in cut if blocks.count >= MIN_BLOCKS] or cut[-1:]
        effects = [column.design_effect(blocks) for blocks in enough]
        self.design_effect[name], self.design_blocks = effects[0], max(self.design_blocks, enough[0].count)
        self.dependence[name] = max(excess(e, b.count) for e, b in zip(effects, enough, strict=True))
        if season_panes:
            self.buckets[name] = pack_counts(column.reference)


def carried(old: Calibration | None, new: Calibration) -> Calibration:
    """The new reference's calibration, not below the old one's allowance until it has blocks of its own.

    Without this a re-baselined monitor would forget what the long reference knew of dependence.  Scales that the
    new one has not measured are not added: beyond half its own reference nothing is tested.
    """
    if (
        old is None
        or new.blocks >= MIN_BLOCKS
        or old.pane_us != new.pane_us
        or old.season_us != new.season_us
    ):
        return new
    known = dict(zip(old.scales, range(len(old.scales)), strict=True))
    allowance = {}
    for name, values in new.allowance.items():
        before = old.allowance.get(name, [])
        allowance[name] = [
            max(
                value,
                before[known[scale]]
                if before and scale in known and before[known[scale]] < UNMEASURED
                else 0.0,
            )
            for scale, value in zip(new.scales, values, strict=True)
        ]
    return msgspec.structs.replace(new, allowance=allowance)
