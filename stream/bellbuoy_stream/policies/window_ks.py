"""The textbook rule: Kolmogorov-Smirnov on each report window at a level, corrected over columns.

Its null is "this window's rows and the reference's come from one distribution, independently": true distance zero.
With many rows any harmless difference is significant, and rows that share their hour are not independent; so this
policy is offered because it is known, and its certificate says when it keeps the budget.

Categorical columns use the exact test of :func:`bellbuoy_stream.statistics.categorical.share_p_value`; the threshold
shown for them is the Kolmogorov one, which is an upper bound.

A column agrees where it is not rejected and a distance of twice its ``min_effect`` would have been.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import kstwo

from bellbuoy_stream.errors import SnapshotError
from bellbuoy_stream.policies.budget import MIN_ROWS
from bellbuoy_stream.policies.corrections import rejection_level
from bellbuoy_stream.policies.dependence import scattered_windows
from bellbuoy_stream.policies.plan import few_blocks, min_effects, testable
from bellbuoy_stream.policies.protocol import Certificate, PaneCounts, Signal
from bellbuoy_stream.specs.monitor import false_alarm_budget
from bellbuoy_stream.statistics.categorical import share_distance, share_p_value
from bellbuoy_stream.statistics.ks import effective_rows, ks_distance, ks_p_value
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

STATE = b"window_ks/1"  # it remembers nothing


class WindowKs:
    """Detector on report windows; see the module.

    Parameters
    ----------
    spec
        ``drift.alpha``, ``drift.correction`` and the smallest effects.
    reference
        What windows are held against.
    columns
        Some of its columns, or None for all.
    share
        Part of the model's false-alarm budget, for the certificate only: the level is the spec's.
    state
        What :meth:`snapshot` gave.
    """

    consumes: Literal["pane", "window"] = "window"

    def __init__(
        self,
        spec: MonitorSpec,
        reference: Reference,
        columns: list[str] | None,
        share: float,
        state: bytes | None,
    ) -> None:
        if state not in (None, STATE):
            raise SnapshotError("the state is not of the policy window_ks; start it without state")
        self._spec, self._reference, self._share = spec, reference, share
        self._order = [place.name for place in reference.layout.places] if columns is None else list(columns)
        names = testable(reference, self._order).names
        self._tested = [name for name in self._order if name in names]
        self._effects = dict(zip(self._tested, min_effects(spec, self._tested), strict=True))
        self._rows = {n: int(reference.layout[n].values(reference.counts).sum()) for n in self._tested}

    def certificate(self) -> Certificate:
        """Whether its level keeps the budget, for exchangeable rows and a true distance of zero."""
        drift, calibration = self._spec.drift, self._reference.calibration
        budget = false_alarm_budget(drift.false_alarms)
        expected = drift.alpha * budget.per_us / duration_us(self._spec.window.size)
        reasons = []
        if expected > budget.alarms * self._share:
            allowed = budget.alarms * self._share
            reasons.append(
                f"alpha = {drift.alpha:g} a window gives {expected:.3g} false alarms in the budget's period,"
                f" {allowed:.3g} are allowed"
            )
        few = few_blocks(calibration, self._tested)
        if few:
            reasons.append(few)
        reasons += scattered_windows(calibration, self._tested)
        level = drift.alpha / max(len(self._tested), 1)
        blocks = calibration.blocks if calibration else {}
        detectable = {
            n: self._critical(m, max(m // max(blocks.get(n, 0), 1), 1), level) for n, m in self._rows.items()
        }
        return Certificate(
            certified=not reasons, reasons=reasons, detectable=detectable,
            blocks=calibration.fewest_blocks(self._tested) if calibration else 0,
            covers="exchangeable rows with a true distance of zero",
        )  # fmt: skip

    def update(self, pane: PaneCounts) -> list[Signal]:
        """Judge one report window."""
        found = [self._measure(name, pane.counts) for name in self._tested]
        p_values = np.array([p for _, _, p in found if p is not None], dtype=np.float64)
        level = rejection_level(p_values, self._spec.drift.alpha, self._spec.drift.correction)
        signals = {
            name: self._signal(name, measured, level, pane)
            for name, measured in zip(self._tested, found, strict=True)
        }
        return [signals.get(name) or _silent(name, pane) for name in self._order]

    def reset(self, columns: list[str] | None = None) -> None:
        """Nothing is remembered between windows."""

    def snapshot(self) -> bytes:
        """A name: nothing is remembered."""
        return STATE

    def _measure(self, name: str, counts: Counts) -> tuple[float, int, float | None]:
        """Distance, rows and p-value of a column; no p-value where it has too few rows."""
        place = self._reference.layout[name]
        before, now = place.values(self._reference.counts), place.values(counts)
        rows = int(now.sum())
        if rows < MIN_ROWS:
            return 0.0, rows, None
        if not place.numeric:
            return float(share_distance(before, now)), rows, share_p_value(before, now)
        distance = float(ks_distance(before, now))
        return distance, rows, ks_p_value(distance, self._rows[name], rows)

    @staticmethod
    def _critical(reference_rows: int, rows: int, level: float) -> float:
        return _quantile(level, effective_rows(reference_rows, rows) or 1)

    def _signal(
        self, name: str, measured: tuple[float, int, float | None], level: float, pane: PaneCounts
    ) -> Signal:
        distance, rows, p_value = measured
        if p_value is None:
            return _silent(name, pane)
        rings = p_value <= level
        critical = self._critical(self._rows[name], rows, level)
        agrees = not rings and critical <= 2 * self._effects[name]
        return Signal(
            column=name,
            state="alarm" if rings else "agree" if agrees else "undecided",
            effect=distance,
            threshold=min(critical, distance) if rings else critical,
            rows=rows,
            panes=max(duration_us(self._spec.window.size) // duration_us(self._spec.window.pane), 1),
            since_us=pane.start_us,
            p_value=p_value,
            agrees=agrees,
        )


@lru_cache(maxsize=1024)
def _quantile(level: float, rows: int) -> float:
    return float(kstwo.isf(level, rows))


def _silent(name: str, pane: PaneCounts) -> Signal:
    return Signal(
        column=name, state="undecided", effect=0.0, threshold=1.0, rows=0, panes=1, since_us=pane.start_us
    )  # fmt: skip
