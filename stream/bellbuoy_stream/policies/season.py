r"""With a season, a window is held against the reference's phases in the window's own composition.

A window with :math:`n_p` rows in phase p (hour of the week, say) is expected to look like
:math:`\sum_p (n_p / n) F_p`.  The mixture's own uncertainty is that of
:math:`m_{\text{eff}} = 1 / \sum_p w_p^2 / m_p` rows, :math:`w_p = n_p / n`.

The expectation is kept in integers (law 2): :math:`n_p` times :math:`F_p` in units of 2**-30.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.calibration import phase_of
from bellbuoy_stream.policies.packing import unpack_counts

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
        if calibration is None or calibration.season_us is None:
            raise InputError("the reference has no season; build it again with the spec's drift.season")
        self.cells, self.horizon = cells, horizon
        self.season_us, self.pane_us = calibration.season_us, calibration.pane_us
        self.recent = np.zeros((horizon, cells.columns), dtype=np.int64)
        whole = np.zeros((calibration.phases, reference.layout.width), dtype=np.int64)
        for name in cells.names:
            place, bucket = reference.layout[name], unpack_counts(calibration.buckets[name])
            whole[: len(bucket), place.start : place.extras] = bucket
        vectors = cells.vector(whole)
        rows = vectors[:, cells.size : cells.size + cells.columns]
        total = cells.vector(reference.counts)
        thin = rows < MIN_ROWS
        self.rows = np.where(thin, np.maximum(total[cells.size : cells.size + cells.columns], 1), rows)
        shares = np.where(np.repeat(thin, cells.widths, axis=1), cells.shares(total), cells.shares(vectors))
        self.shares = np.round(shares * UNIT).astype(np.int64)

    def expect(self, index: int, rows: Counts) -> Counts:
        """What a pane adds to the expectation, shape (cells,), in units of 2**-30 rows; its rows are kept."""
        self.recent[index % self.horizon] = rows
        return self._expected(index, rows)

    def _expected(self, index: int, rows: Counts) -> Counts:
        phase = int(phase_of(np.array([index]), self.season_us, self.pane_us)[0])
        expected: Counts = self.shares[phase] * np.repeat(rows, self.cells.widths)
        return expected

    def effective_rows(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows that the mixture's uncertainty is worth, for each column, over the panes [start, stop)."""
        index = np.arange(start, stop)
        phases = phase_of(index, self.season_us, self.pane_us)
        rows, size = self.recent[index % self.horizon], self.rows[phases]
        if len(np.unique(phases)) < len(phases):  # phases come back: their rows are added up first
            by_phase = np.zeros(self.rows.shape, dtype=np.int64)
            np.add.at(by_phase, phases, rows)
            rows, size = by_phase, self.rows
        total = rows.sum(axis=0).astype(np.float64)
        spread = (np.square(rows.astype(np.float64)) / size).sum(axis=0)
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
        self.recent[np.arange(max(start, stop - self.horizon), stop) % self.horizon] = 0

    def replay(self, last: int) -> list[tuple[int, Counts]]:
        """Every pane within the horizon with rows, and what it added to the expectation."""
        panes = range(last - self.horizon + 1, last + 1)
        kept = ((pane, self.recent[pane % self.horizon]) for pane in panes)
        return [(pane, self._expected(pane, rows)) for pane, rows in kept if rows.any()]
