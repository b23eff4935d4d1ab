"""After an alarm: which stretch of panes may become the new reference.

The stretch wanted is cut into about sixteen *units*; four of them make a *block*.

``settling``   the newest two blocks do not agree with each other yet: the change may still be going on.  The oldest
               unit is dropped and one more awaited, so a gradual drift is waited out and rings once
``settled``    two consecutive blocks agreed; from there the stretch grows, and its newest block is held against all
               before it
``changed``    a settled stretch was interrupted by another change: this is a new alarm; all but the newest unit is
               dropped and settling begins again
``stable``     a settled stretch of the length wanted: it may become the reference

Two blocks agree where no column's distance exceeds ``floor + critical distance``, the floor being the old
reference's at that length (its dependence allowance is carried on).  With a season a block is at least one season,
so that both see the same phases.  Memory is a few dozen vectors, however long the stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
import numpy as np

from bellbuoy_stream.errors import InputError, SnapshotError
from bellbuoy_stream.policies.budget import MIN_ROWS, alpha_per_look, kolmogorov_quantile
from bellbuoy_stream.policies.packing import pack_counts, unpack_counts
from bellbuoy_stream.specs.monitor import false_alarm_budget
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.policies.plan import Plan
    from bellbuoy_stream.policies.protocol import PaneCounts
    from bellbuoy_stream.specs.monitor import MonitorSpec

UNITS = 16
BLOCK_UNITS = 4
SETTLE_ALPHA = 0.01
"""Chance that two blocks of one distribution are held to differ: it only costs a unit of waiting."""


class Progress(NamedTuple):
    """What is known after one pane: the stretch so far is [start, stop), in pane indices.

    ``columns`` are those that changed, with their distance and what it was held against.
    """

    state: Literal["settling", "settled", "changed", "stable"]
    start: int
    stop: int
    columns: dict[str, tuple[float, float]]


class _State(msgspec.Struct, frozen=True, array_like=True):
    names: tuple[str, ...]
    start: int | None
    last: int
    settled: bool
    units: bytes


_decoder = msgspec.msgpack.Decoder(_State)


class Rebaseline:
    """Waits for a stable stretch; see the module.

    Parameters
    ----------
    plan
        The old detector's plan: its cells, floors and reference.
    spec
        For the budget of a second alarm while waiting.
    panes
        Length of the stretch wanted, in panes; rounded up to whole units.
    share
        This detector's part of the budget.
    state
        What :meth:`snapshot` gave, or None.
    """

    def __init__(
        self, plan: Plan, spec: MonitorSpec, panes: int, share: float = 1.0, state: bytes | None = None
    ) -> None:
        if panes < 1:
            raise InputError(f"a stretch of {panes} panes cannot become a reference; ask for at least one")
        self.plan = plan
        calibration = plan.reference.calibration
        season = (calibration.season_us or 0) // calibration.pane_us if calibration and plan.seasonal else 0
        self._unit, self._block, self._wanted = stretch_units(panes, season)
        tests = max(plan.cells.columns, 1)
        pane_us = duration_us(spec.window.pane)
        alpha = alpha_per_look(false_alarm_budget(spec.drift.false_alarms), share, tests, pane_us, self._unit)
        self._settle, self._change = kolmogorov_quantile(SETTLE_ALPHA / tests), kolmogorov_quantile(alpha)
        scale = min(plan.scales, (self._block * self._unit).bit_length()) - 1
        self._floor = plan.floors[scale]
        self._units: list[NDArray[np.int64]] = []
        self._open = np.zeros(plan.cells.width, dtype=np.int64)
        self._start: int | None = None
        self._last = 0
        self._settled = False
        if state is not None:
            self._restore(state)

    def update(self, pane: PaneCounts) -> Progress:
        """Consume the next pane after the alarm; panes left out count as empty.

        A gap longer than the stretch wanted starts it afresh.

        Raises
        ------
        InputError
            Where panes come out of order.
        """
        if self._start is not None and pane.index <= self._last:
            raise InputError(f"pane {pane.index} came after pane {self._last}; each is taken once, in order")
        if self._start is None or pane.index - self._last > self._unit * self._wanted:
            self._start, self._last, self._settled, self._units = pane.index, pane.index - 1, False, []
            self._open[:] = 0
        changed: dict[str, tuple[float, float]] = {}
        for index in range(self._last + 1, pane.index + 1):
            self._last = index
            if index == pane.index:
                self._open += self.plan.cells.vector(pane.counts)
            if (index + 1 - self._start) % self._unit == 0:
                changed |= self._complete()
        state: Literal["settling", "settled", "changed", "stable"] = (
            "settled" if self._settled else "settling"
        )
        if changed:
            state = "changed"
        elif self._settled and len(self._units) >= self._wanted:
            state = "stable"
        return Progress(state, self._start, self._last + 1, changed)

    def snapshot(self) -> bytes:
        """State as bytes."""
        units = np.array([*self._units, self._open])
        packed = pack_counts(units)
        return msgspec.msgpack.encode(
            _State(self.plan.cells.names, self._start, self._last, self._settled, packed)
        )

    def _restore(self, data: bytes) -> None:
        try:
            state = _decoder.decode(data)
        except msgspec.DecodeError as error:
            raise SnapshotError(
                f"the state of a re-baselining cannot be read ({error}); start it afresh"
            ) from error
        units = unpack_counts(state.units)
        if state.names != self.plan.cells.names or units.shape[1:] != self._open.shape:
            raise SnapshotError("the state of a re-baselining belongs to other columns; start it afresh")
        self._start, self._last, self._settled = state.start, state.last, state.settled
        self._units, self._open = list(units[:-1]), units[-1].copy()

    def _complete(self) -> dict[str, tuple[float, float]]:
        """A unit is full: settle, grow, or find that the settled stretch has changed."""
        self._units.append(self._open.copy())
        self._open[:] = 0
        if len(self._units) < 2 * self._block:
            return {}
        newest = np.sum(self._units[-self._block :], axis=0)
        if self._settled:
            found = self._differing(np.sum(self._units[: -self._block], axis=0), newest, self._change)
            if found:
                self._settled = False
                self._keep(1)
            return found
        before = np.sum(self._units[-2 * self._block : -self._block], axis=0)
        self._settled = not self._differing(before, newest, self._settle)
        if not self._settled:
            self._keep(2 * self._block - 1)
        return {}

    def _keep(self, units: int) -> None:
        """Let the stretch begin so many units ago."""
        self._units = self._units[-units:]
        self._start = self._last + 1 - units * self._unit

    def _differing(
        self, before: NDArray[np.int64], now: NDArray[np.int64], quantile: float
    ) -> dict[str, tuple[float, float]]:
        """Columns in which two sums of panes differ: distance and threshold."""
        cells = self.plan.cells
        rows = np.array([before, now])[:, cells.size : -1]
        distance = cells.distances(now, cells.shares(before))
        threshold = self._floor + quantile * np.sqrt((1 / np.maximum(rows, 1)).sum(axis=0))
        at = np.flatnonzero((rows >= MIN_ROWS).all(axis=0) & (distance > threshold))
        return {cells.names[c]: (float(distance[c]), float(threshold[c])) for c in at}


def stretch_units(panes: int, season_panes: int) -> tuple[int, int, int]:
    """Panes of a unit, units of a block, units of the stretch.

    About sixteen units, four of them a block.  With a season a unit divides it where a divisor of nearly that
    length exists, and a block is whole seasons, as far as two blocks fit into the stretch.

    Examples
    --------
    >>> stretch_units(160, 0), stretch_units(40, 10), stretch_units(1344, 168), stretch_units(1, 0)
    ((10, 4, 16), (2, 5, 20), (84, 4, 16), (1, 1, 1))
    """
    unit = -(-panes // UNITS)
    divisors = [d for d in range(max(unit // 4, 1), unit + 1) if season_panes % d == 0]
    if season_panes and divisors:
        unit = divisors[-1]
    wanted = -(-panes // unit)
    block = max(wanted // UNITS * BLOCK_UNITS, wanted // BLOCK_UNITS, 1)
    season = season_panes // unit
    if season and season <= wanted // 2:
        block = max(block // season, 1) * season
    return unit, block, max(wanted, 2 * block if wanted > 1 else 1)
