r"""With a season, a window is held against the reference's phases in the window's own composition.

A window with :math:`n_p` rows in phase p (hour of the week, say) is expected to look like
:math:`\sum_p (n_p / n) F_p`.  The mixture's own uncertainty is that of
:math:`m_{\text{eff}} = 1 / \sum_p w_p^2 / m_p` rows, :math:`w_p = n_p / n`; phases that borrow the whole reference
borrow the same rows, and are one phase there.

The expectation is kept in integers (law 2): :math:`n_p` times :math:`F_p` in units of 2**-30.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.packing import unpack_counts
from bellbuoy_stream.policies.phases import Phases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.policies.cells import ValueCells
    from bellbuoy_stream.references.reference import Reference

UNIT = 1 << 30
MAX_WINDOW_ROWS = 1 << 32
"""Rows of one column within the largest scale; more could overflow the fixed point, and are refused."""


class SeasonMixture:
    """The reference by phase, and the recent panes' rows of each column.

    A phase with fewer than 20 reference rows in a column borrows the whole reference of that column.

    Parameters
    ----------
    cells
        Columns watched.
    reference
        With a calibration that has ``season_us``.
    horizon
        Panes whose rows are kept.
    """

    def __init__(self, cells: ValueCells, reference: Reference, horizon: int) -> None:
        calibration = reference.calibration
        phases = None if calibration is None else Phases.known(calibration)
        if calibration is None or phases is None:
            raise InputError("the reference has no season; build it again with the spec's drift.season")
        self.cells, self.horizon = cells, horizon
        self._phases = phases
        self._phase_of: NDArray[np.int64] = np.zeros(horizon, dtype=np.int64)
        self.recent = np.zeros((horizon, cells.columns), dtype=np.int64)
        whole = np.zeros((calibration.phases, reference.layout.width), dtype=np.int64)
        for name in cells.names:
            place, bucket = reference.layout[name], unpack_counts(calibration.buckets[name])
            whole[: len(bucket), place.start : place.extras] = bucket
        vectors = cells.vector(whole)
        rows = vectors[:, cells.size : cells.size + cells.columns]
        total = cells.vector(reference.counts)
        self.thin = rows < MIN_ROWS
        self.rows, self.whole = (
            np.maximum(rows, 1),
            np.maximum(total[cells.size : cells.size + cells.columns], 1),
        )
        borrowed = np.repeat(self.thin, cells.widths, axis=1)
        shares = np.where(borrowed, cells.shares(total), cells.shares(vectors))
        self.shares = np.round(shares * UNIT).astype(np.int64)

    def expect(self, index: int, rows: Counts) -> Counts:
        """What a pane adds to the expectation, shape (cells,), in units of 2**-30 rows; its rows are kept."""
        self._place(np.array([index]))
        self.recent[index % self.horizon] = rows
        return self._expected(index, rows)

    def _place(self, index: NDArray[np.int64]) -> None:
        self._phase_of[index % self.horizon] = self._phases.of(index)

    def _expected(self, index: int, rows: Counts) -> Counts:
        phase = self._phase_of[index % self.horizon]
        expected: Counts = self.shares[phase] * np.repeat(rows, self.cells.widths)
        return expected

    def effective_rows(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows that the mixture's uncertainty is worth, for each column, over the last panes [start, stop)."""
        places = np.arange(start, stop) % self.horizon
        rows, phases = self.recent[places], self._phase_of[places]
        if len(np.unique(phases)) < len(phases):  # phases come back: their rows are added up first
            by_phase = np.zeros(self.rows.shape, dtype=np.int64)
            np.add.at(by_phase, phases, rows)
            rows, phases = by_phase, np.arange(len(by_phase))
        thin = self.thin[phases]
        borrowed = np.where(thin, rows, 0).sum(axis=0).astype(np.float64)
        total = rows.sum(axis=0).astype(np.float64)
        spread = (np.where(thin, 0.0, np.square(rows.astype(np.float64))) / self.rows[phases]).sum(axis=0)
        spread += np.square(borrowed) / self.whole
        result: NDArray[np.float64] = np.where(total > 0, np.square(total) / np.maximum(spread, 1e-300), 1.0)
        return result

    def distances(self, sums: Counts) -> NDArray[np.float64]:
        """Distance of each column from the mixture, shape (..., columns), of sums that carry their expectation.

        Raises
        ------
        InputError
            Where a window has more rows than the fixed point can hold.
        """
        cells = self.cells
        rows = sums[..., cells.size : cells.width - 1]
        if rows.size and int(rows.max()) >= MAX_WINDOW_ROWS:
            raise InputError(
                f"a window of {int(rows.max())} rows is beyond 2**32: use shorter scales or a sample"
            )
        gaps = sums[..., : cells.size] * UNIT
        gaps -= sums[..., cells.width :]
        np.abs(gaps, out=gaps)
        largest = np.maximum.reduceat(gaps, cells.starts, axis=-1)
        result: NDArray[np.float64] = largest / (np.maximum(rows, 1) * float(UNIT))
        return result

    def skip(self, start: int, stop: int) -> None:
        """Keep that the panes [start, stop) were empty."""
        index = np.arange(max(start, stop - self.horizon), stop)
        self._place(index)
        self.recent[index % self.horizon] = 0

    def replay(self, last: int) -> list[tuple[int, Counts]]:
        """Every pane within the horizon with rows, and what it added to the expectation."""
        panes = range(last - self.horizon + 1, last + 1)
        self._place(np.array(panes))
        kept = ((pane, self.recent[pane % self.horizon]) for pane in panes)
        return [(pane, self._expected(pane, rows)) for pane, rows in kept if rows.any()]
