"""The dependence calibration: how far blocks of the reference itself lie from the rest of it.

Rows that share their hour are not independent, so a critical distance for independent rows is too small.  For every
scale of s panes the largest leave-one-out distance of any block of s panes (:mod:`bellbuoy_stream.policies.blocks`) is
the scale's *allowance*.  How much it is worth depends on how many blocks it is the largest of
(:mod:`bellbuoy_stream.policies.scatter`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.policies.blocks import Column
from bellbuoy_stream.policies.dependence import excess
from bellbuoy_stream.policies.packing import pack_counts
from bellbuoy_stream.policies.phases import Phases, phase_width
from bellbuoy_stream.policies.scatter import design_effect, effective_blocks, spread
from bellbuoy_stream.windows.calendar import Calendar

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts, Layout
    from bellbuoy_stream.references.reference import Calibration

MIN_BLOCKS = 20
"""Fewer blocks of one report window cannot show how blocks scatter: the budget is then not certified."""
UNMEASURED = 1.0
"""Allowance of a scale at which no block could be measured: no distance exceeds it, so the scale never rings."""


def calibrate(
    pane_counts: Counts,
    pane_index: Counts,
    layout: Layout,
    pane_us: int,
    season_us: int | None = None,
    report_panes: int = 1,
    timezone: str = "UTC",
    together: int = 1,
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
    timezone
        Where the season's clock hangs.
    together
        Panes counted in one row: row i holds the panes from ``pane_index[i] * together`` on.  A scale that is no
        multiple is measured on blocks that are shorter by less than a row; one that is shorter is not measured.

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

    _check(pane_counts, pane_index, layout)
    panes = (int(pane_index[-1] - pane_index[0]) + 1) * together if len(pane_index) else 0
    phases = _phases(season_us, panes, Calendar(report_panes * pane_us, pane_us, timezone), together)
    phase = None if phases is None else phases.of(pane_index * together)
    season = 0 if phases is None else max(phases.panes // together, 1)
    found = _Found(_scales(panes), max(report_panes // together, 1), together)
    for place in layout.places:
        cells = pane_counts[:, place.start : place.extras]
        found.take(place.name, Column(cells, pane_index, phase, season, numeric=place.numeric))
    return Calibration(
        pane_us=pane_us, scales=found.scales, allowance=found.allowance, blocks=found.blocks,
        effective=found.effective, panes=panes, design_effect=found.design_effect, spread=found.spread,
        season_us=season_us if phases else None, phases=phases.count if phases else 0, buckets=found.buckets,
        phase_panes=phases.width if phases else 1, timezone=timezone if phases and timezone != "UTC" else None,
        shortest=together,
        filled=len(pane_index) * together, report_panes=report_panes, design_blocks=found.design_blocks,
        dependence=found.dependence,
    )  # fmt: skip


def _check(pane_counts: Counts, pane_index: Counts, layout: Layout) -> None:
    if pane_counts.shape != (len(pane_index), layout.width):
        raise InputError(
            f"pane counts have shape {pane_counts.shape}, not ({len(pane_index)}, {layout.width})"
        )
    if (np.diff(pane_index) <= 0).any():
        raise InputError(
            "the reference's panes are not in order; sort them by index and add up those of one index"
        )


def _phases(season_us: int | None, panes: int, calendar: Calendar, together: int) -> Phases | None:
    """The season's phases, where the reference is as long as two of them."""
    if season_us is None or not 0 < 2 * max(season_us // calendar.pane_us, 1) <= panes:
        return None
    width = phase_width(max(season_us // calendar.pane_us, 1), together)
    return Phases(season_us, width, calendar)


def _scales(panes: int) -> list[int]:
    return [1 << k for k in range((panes // 2).bit_length())] if panes >= 2 else []


class _Found:
    """What has been measured, column by column; ``window`` is a report window in rows of the panes' array."""

    def __init__(self, scales: list[int], window: int, together: int) -> None:
        self.scales, self.window = scales, window
        self._lengths = [scale // together for scale in scales]
        self.allowance: dict[str, list[float]] = {}
        self.blocks: dict[str, int] = {}
        self.effective: dict[str, float] = {}
        self.design_effect: dict[str, float] = {}
        self.spread: dict[str, float] = {}
        self.dependence: dict[str, float] = {}
        self.buckets: dict[str, bytes] = {}
        self.design_blocks = 0

    def take(self, name: str, column: Column) -> None:
        """Measure one column."""
        if not self.scales:
            return
        distances = column.distances([length for length in self._lengths if length])
        measured = [UNMEASURED if np.isnan(d).all() else float(np.nanmax(d)) for d in distances]
        self.allowance[name] = [UNMEASURED] * (len(self.scales) - len(measured)) + measured
        self.effective[name] = effective_blocks(column, self.window)
        lengths = [self.window]
        while lengths[-1] > 1:
            lengths.append(lengths[-1] // 2)
        cut = [column.disjoint(length) for length in lengths]
        self.blocks[name] = cut[0].count
        # long blocks show slow moods, short ones hours of a day that differ: the worst of them counts
        enough = [blocks for blocks in cut if blocks.count >= MIN_BLOCKS] or cut[-1:]
        effects = [design_effect(column, blocks) for blocks in enough]
        self.design_effect[name], self.design_blocks = effects[0], max(self.design_blocks, enough[0].count)
        self.spread[name] = own = spread(column)
        self.dependence[name] = max(excess(e, b.count, own) for e, b in zip(effects, enough, strict=True))
        if column.season:
            self.buckets[name] = pack_counts(column.by_phase)


def carried(old: Calibration | None, new: Calibration) -> Calibration:
    """The new reference's calibration, no column below the old one's allowance until it has blocks of its own.

    Without this a re-baselined monitor would forget what the long reference knew of dependence.  Scales shorter than
    what the new one could measure are the old one's.  Scales beyond half the new reference are not added: nothing is
    tested there.
    """
    if old is None or old.pane_us != new.pane_us:
        return new
    allowance = {}
    for name, values in new.allowance.items():
        known = dict(zip(old.scales, old.allowance.get(name, []), strict=False))
        grown = new.effective.get(name, 0.0) >= MIN_BLOCKS
        allowance[name] = [
            _carried(known.get(scale), value, measured=scale >= new.shortest, grown=grown)
            for scale, value in zip(new.scales, values, strict=True)
        ]
    return msgspec.structs.replace(new, allowance=allowance)


def _carried(known: float | None, value: float, *, measured: bool, grown: bool) -> float:
    if not measured:
        return value if known is None else known
    return value if grown or known is None or known >= UNMEASURED else max(known, value)
