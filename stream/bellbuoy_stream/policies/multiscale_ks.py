r"""The default policy: Kolmogorov-Smirnov over the last 1, 2, 4, 8, ... panes, above a calibrated floor.

A column rings at the scale of s panes where

.. math:: D_s > \max(\text{min\_effect}, 1.25 \max \text{LOO } D_s) + \text{crit}_s .

The floor is *added* to the critical distance: the null is "the true distance is at most the floor", not "it is
zero", so a harmless constant distance just under the floor does not ring sooner or later.  LOO is the reference's
own scatter at that scale (:mod:`bellbuoy_stream.policies.calibration`), crit the critical distance of one look
(:mod:`bellbuoy_stream.policies.budget`).  No scale beyond half the reference is tested.

A stretch with empty panes is no calmer than one of as many filled panes: it is held against the allowance of the
scale that has as many filled panes as it has, in the reference's own rate of filling.  The same holds for a single
column that was left out of some panes.

``agrees`` needs a test that could have rejected whatever rings.  With *sharpest* the lowest threshold of a column,
that of its longest scale at the usual rate of rows, and *least* its lowest floor, a stretch at scale s speaks for
agreement where

.. math:: D_s + (\text{threshold}_s - \text{sharpest}) \le \text{least} :

at the longest scale a distance within the floor will do, a shorter one must lie below it by as much as its own
threshold is higher.  So no lasting distance that rings at one scale is called over by another that cannot see it: for
independent rows this says that the upper confidence limit of the distance lies below every distance that could ring.
Besides, the threshold is at most twice the least floor, and no scale up to s rings.  The stretch may begin before the
change ended: its distance is diluted then, and the same test holds.  docs/decisions/0010-when-an-incident-is-over.md
has what was measured.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from bellbuoy_stream.errors import SnapshotError
from bellbuoy_stream.policies.budget import MIN_ROWS, kolmogorov_p_value
from bellbuoy_stream.policies.histogram import PaneHistogram
from bellbuoy_stream.policies.packing import pack_counts, unpack_counts
from bellbuoy_stream.policies.protocol import Certificate, PaneCounts, Signal
from bellbuoy_stream.policies.season import SeasonMixture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.policies.plan import Plan


class _State(msgspec.Struct, frozen=True, array_like=True):
    names: tuple[str, ...]
    last: int | None
    started: list[int]
    blocks: bytes
    recent: bytes


_decoder = msgspec.msgpack.Decoder(_State)
UNDECIDED_THRESHOLD = 1.0  # no distance exceeds it


class MultiscaleKs:
    """Detector over all columns of a plan; see the module.

    Parameters
    ----------
    plan
        Columns, floors and critical values (:func:`bellbuoy_stream.policies.plan.multiscale_plan`).
    state
        What :meth:`snapshot` gave, or None to start afresh.

    Raises
    ------
    SnapshotError
        Where the state is another detector's.
    """

    consumes: Literal["pane", "window"] = "pane"

    def __init__(self, plan: Plan, state: bytes | None = None) -> None:
        self.plan = plan
        cells = plan.cells
        self._width = cells.width + (cells.size if plan.seasonal else 0)
        self._histogram = PaneHistogram(plan.scales, self._width)
        self._season = (
            SeasonMixture(cells, plan.reference, self._histogram.horizon) if plan.seasonal else None
        )
        detectable = plan.certificate.detectable
        self._sharpest = np.array([detectable.get(name, np.inf) for name in cells.names], dtype=np.float64)
        self._started: NDArray[np.int64] = np.zeros(cells.columns, dtype=np.int64)
        shape = plan.scales, cells.columns
        self._distance, self._threshold = np.zeros(shape), np.full(shape, UNDECIDED_THRESHOLD)
        self._floor, self._spread = np.ones(shape), np.ones(shape)
        self._rows: NDArray[np.int64] = np.zeros(shape, dtype=np.int64)
        if state is not None:
            self._restore(state)

    def certificate(self) -> Certificate:
        """What is known about its budget."""
        return self.plan.certificate

    def update(self, pane: PaneCounts) -> list[Signal]:
        """Consume the next pane; panes left out since the last one count as empty.

        Raises
        ------
        InputError
            Where the pane is not later than the last one.
        """
        cells = self.plan.cells
        vector = cells.vector(pane.counts)
        if not cells.columns:
            return [self._silent(name, pane) for name in self.plan.order]
        before = self._histogram.last
        moved = self._histogram.advance(pane.index)
        if before is None:
            self._started[:] = pane.index
        elif self._season:
            self._season.skip(before + 1, pane.index)
        if self._season:
            expected = self._season.expect(pane.index, vector[cells.size : -1])
            vector = np.concatenate([vector, expected])
        moved = max(moved, self._histogram.push(pane.index, vector))
        self._evaluate(self._histogram.moved_scales(moved))
        return self._signals(pane)

    def reset(self, columns: list[str] | None = None) -> None:
        """Forget the past of some columns (or all)."""
        cells = self.plan.cells
        which = np.array([columns is None or name in columns for name in cells.names], dtype=bool)
        if not which.any():
            return
        by_cell = np.repeat(which, cells.widths)
        filled = np.array([columns is None])
        parts = [by_cell, which, filled, by_cell] if self._season else [by_cell, which, filled]
        self._histogram.forget(np.concatenate(parts))
        if self._season:
            self._season.recent[:, which] = 0
        if self._histogram.last is not None:
            self._started[which] = self._histogram.last + 1
        self._evaluate(self.plan.scales)

    def snapshot(self) -> bytes:
        """State as bytes: the blocks' plain counts, narrow and compressed; the rest follows from them."""
        cells = self.plan.cells
        ring = self._histogram.ring[:, :, : cells.width].copy()
        ring[..., : cells.size] = cells.plain(ring[..., : cells.size])
        recent = self._season.recent if self._season else np.zeros((0, 0), dtype=np.int64)
        return msgspec.msgpack.encode(
            _State(
                cells.names,
                self._histogram.last,
                self._started.tolist(),
                pack_counts(ring),
                pack_counts(recent),
            )
        )

    def _restore(self, data: bytes) -> None:
        cells, histogram = self.plan.cells, self._histogram
        try:
            state = _decoder.decode(data)
        except msgspec.DecodeError as error:
            raise SnapshotError(
                f"the detector's state cannot be read ({error}); start it without state"
            ) from error
        ring, recent = unpack_counts(state.blocks), unpack_counts(state.recent)
        expected = self._season.recent.shape if self._season else (0, 0)
        if (
            state.names != cells.names
            or ring.shape[:2] != histogram.ring.shape[:2]
            or recent.shape != expected
        ):
            raise SnapshotError(
                "the state belongs to another reference, season or set of columns; start without it"
            )
        full = np.zeros_like(histogram.ring)
        full[:, :, : cells.width] = ring
        # cells stand in front of the rows and the filled panes: cumulate them again
        _cumulate(full[..., : cells.size], cells.starts, cells.split)
        if self._season and state.last is not None:
            self._season.recent[:] = recent
            for pane, added in self._season.replay(state.last):
                for level in range(histogram.levels):
                    block, newest = pane >> level, ((state.last + 1) >> level) - 1
                    if newest - len(full[level]) < block <= newest:
                        full[level, block % len(full[level]), cells.width :] += added
        histogram.restore(state.last, full)
        self._started[:] = state.started
        self._evaluate(self.plan.scales)

    def _evaluate(self, moved: int) -> None:
        """Distances, floors and thresholds of the shortest ``moved`` scales: those whose stretch has moved."""
        plan, cells = self.plan, self.plan.cells
        if self._histogram.last is None:
            return
        sums = self._histogram.sums[:moved]
        rows = sums[:, cells.size : cells.width - 1]
        ends = self._histogram.ends[:moved]
        starts = ends - (1 << np.arange(moved))
        if self._season:
            spans = zip(starts.tolist(), ends.tolist(), strict=True)
            size = np.array([self._season.effective_rows(start, stop) for start, stop in spans])
            distance = self._season.distances(sums)
        else:
            size = np.broadcast_to(plan.rows.astype(np.float64), rows.shape)
            distance = cells.distances(sums, plan.shares)
        self._distance[:moved] = distance
        self._spread[:moved] = np.sqrt(1 / np.maximum(rows, 1) + 1 / size)
        comparable = plan.comparable(sums[:, cells.width - 1], rows)
        self._floor[:moved] = plan.floors[comparable, np.arange(cells.columns)]
        usable = (rows >= MIN_ROWS) & (starts[:, None] >= self._started)
        self._rows[:moved] = np.where(usable, rows, 0)
        threshold = self._floor[:moved] + plan.quantiles[:moved, None] * self._spread[:moved]
        self._threshold[:moved] = np.where(usable, threshold, np.inf)

    def _signals(self, pane: PaneCounts) -> list[Signal]:
        plan = self.plan
        each = np.arange(plan.cells.columns)
        margin = self._distance - self._threshold
        best = margin.argmax(axis=0)
        at = best, each
        agrees = self._agrees(margin > 0)
        p_values = kolmogorov_p_value(self._distance[at], self._spread[at])
        starts = self._histogram.ends - (1 << np.arange(plan.scales))
        signals = {}
        for column, name in enumerate(plan.cells.names):
            scale = int(best[column])
            if not self._rows[scale, column]:
                signals[name] = self._silent(name, pane)
                continue
            rings, calm = bool(margin[scale, column] > 0), bool(agrees[column])
            signals[name] = Signal(
                column=name,
                state="alarm" if rings else "agree" if calm else "undecided",
                effect=float(self._distance[scale, column]),
                threshold=float(self._threshold[scale, column]),
                rows=int(self._rows[scale, column]),
                panes=1 << scale,
                since_us=pane.start_us - (pane.index - int(starts[scale])) * plan.pane_us,
                p_value=float(p_values[column]),
                agrees=calm,
            )
        return [signals.get(name) or self._silent(name, pane) for name in plan.order]

    def _agrees(self, rings: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether each column is close to the reference, by a test that could have rejected whatever rings."""
        threshold = self._threshold
        full = np.isfinite(threshold[-1])  # until then floors are those of a shorter stretch
        least = np.where(full, self._floor.min(axis=0), self.plan.floors.min(axis=0))
        sharpest = np.minimum(threshold.min(axis=0), self._sharpest)
        quiet = ~np.logical_or.accumulate(rings, axis=0) & (threshold <= np.minimum(2 * least, 1.0))
        close = self._distance <= least - np.where(quiet, threshold - sharpest, 0.0)
        agrees: NDArray[np.bool_] = (quiet & close).any(axis=0)
        return agrees

    @staticmethod
    def _silent(name: str, pane: PaneCounts) -> Signal:
        """Nothing could be tested: too few rows, or none of this column in the reference."""
        return Signal(
            column=name, state="undecided", effect=0.0, threshold=UNDECIDED_THRESHOLD, rows=0, panes=1,
            since_us=pane.start_us,
        )  # fmt: skip


def _cumulate(body: NDArray[np.int64], starts: NDArray[np.intp], split: int) -> None:
    """Plain counts of numeric columns back to cumulative ones, in place; see :meth:`ValueCells.plain`."""
    edges = [*(int(start) for start in starts if start < split), split]
    for start, stop in pairwise(edges):
        np.cumsum(body[..., start:stop], axis=-1, out=body[..., start:stop])
