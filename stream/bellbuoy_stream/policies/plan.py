"""What a multi-scale detector must know before it starts: columns, floors, critical values, and its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.policies.budget import MIN_ROWS, alpha_per_look, kolmogorov_quantile
from bellbuoy_stream.policies.calibration import MIN_BLOCKS, UNMEASURED
from bellbuoy_stream.policies.cells import ValueCells
from bellbuoy_stream.policies.exceedance import expected_by_scatter
from bellbuoy_stream.policies.histogram import LOG_BLOCKS
from bellbuoy_stream.policies.protocol import Certificate
from bellbuoy_stream.specs.monitor import false_alarm_budget
from bellbuoy_stream.times import duration_text, duration_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.references.reference import Calibration, Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

ALLOWANCE_FACTOR = 1.25
"""By how much the reference's own scatter is stretched: the largest of a finite number of blocks is not the largest
there will be.  Simulated on autoregressive regimes (docs/validity.md)."""
LACKING = 0.25
"""Share of its usual rows that a column may lack before its stretch counts as shorter."""
MANY = 100
"""False alarms above which no number is said."""
WINDOWS_UNKNOWN = 8
"""Report windows in the longest stretch, where the reference has no times: thin traffic takes days to agree."""
COVERS = "true distances up to the larger of min_effect and 1.25 times the reference's own scatter"


@dataclass(frozen=True)
class Plan:
    """Columns and critical values of a multi-scale detector.

    ``order`` are all columns asked for; ``cells`` those that can be tested.  ``floors`` has shape (scales,
    columns), ``quantiles`` shape (scales,), ``shares`` shape (cells.size,), ``rows`` the reference's rows by column.
    ``fill`` is the share of the reference's panes that have rows.
    """

    reference: Reference
    order: tuple[str, ...]
    cells: ValueCells
    pane_us: int
    floors: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    shares: NDArray[np.float64]
    rows: NDArray[np.int64]
    fill: float
    seasonal: bool
    certificate: Certificate

    @property
    def scales(self) -> int:
        """Number of scales; the largest is 2**(scales - 1) panes."""
        return len(self.quantiles)

    def comparable(self, filled: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.intp]:
        """Scale (by index) that has as many filled panes in the reference as each stretch has of each column.

        A column that lacks more than a quarter of the rows it usually has beside the others (left out because its
        data was broken, say) has a stretch that is shorter by as much.

        Parameters
        ----------
        filled
            Panes with rows of the stretches of 1, 2, 4, ... panes, shape (scales,).
        rows
            Rows of each column in them, shape (scales, columns).

        Examples
        --------
        Eight panes of which all have rows, of the second column in one pane only:

        >>> import numpy as np
        >>> from types import SimpleNamespace
        >>> plan = SimpleNamespace(fill=1.0, rows=np.array([900, 900]))
        >>> Plan.comparable(plan, np.array([1, 2, 4, 8]), np.array([[9, 9], [18, 9], [36, 9], [72, 9]])).tolist()
        [[0, 0], [1, 0], [2, 0], [3, 0]]
        """
        usual = rows.max(axis=1, initial=1)[:, None] * (self.rows / max(self.rows.max(initial=1), 1))
        there = np.minimum(rows / np.maximum(usual, 1) / (1 - LACKING), 1.0)
        panes = np.maximum(filled[:, None] / self.fill * there, 1.0)
        longest: NDArray[np.intp] = np.arange(len(rows))[:, None]
        scales: NDArray[np.intp] = np.minimum(np.log2(panes).astype(np.intp), longest)
        return scales


def min_effects(spec: MonitorSpec, names: Sequence[str]) -> NDArray[np.float64]:
    """Smallest distance worth ringing for, by column: the column's own, or the spec's."""
    own = (spec.columns[name].min_effect if name in spec.columns else None for name in names)
    return np.array([spec.drift.min_effect if effect is None else effect for effect in own], dtype=np.float64)


def testable(reference: Reference, names: Sequence[str]) -> ValueCells:
    """Value cells of those columns that have rows enough in the reference."""
    cells = ValueCells.of(reference.layout, names)
    rows = cells.vector(reference.counts)[cells.size : -1]
    return ValueCells.of(
        reference.layout, [n for n, r in zip(cells.names, rows, strict=True) if r >= MIN_ROWS]
    )


def multiscale_plan(spec: MonitorSpec, reference: Reference, columns: list[str] | None, share: float) -> Plan:
    """Plan for some columns of a reference (all, where None), with a share of the model's budget.

    Raises
    ------
    SpecError
        Where a column is not in the reference.
    """
    pane_us = duration_us(spec.window.pane)
    order = tuple(columns) if columns is not None else tuple(place.name for place in reference.layout.places)
    cells = testable(reference, order)
    known, reasons = _usable_calibration(spec, reference.calibration, pane_us)
    longest = (
        known.scales[-1] if known else max(WINDOWS_UNKNOWN * duration_us(spec.window.size) // pane_us, 1)
    )
    scales = longest.bit_length()
    budget = false_alarm_budget(spec.drift.false_alarms)
    quantiles = np.array([
        kolmogorov_quantile(alpha_per_look(budget, share, cells.columns * scales, pane_us, 1 << max(k - LOG_BLOCKS, 0)))
        for k in range(scales)
    ])  # fmt: skip
    vector = cells.vector(reference.counts)
    rows = vector[cells.size : -1]
    floors = np.tile(min_effects(spec, cells.names), (scales, 1))
    if known:
        scatter = _scatter(known, cells.names)
        floors = np.maximum(floors, ALLOWANCE_FACTOR * scatter)
        thresholds = floors + quantiles[:, None] * _spread(known, rows, scales)
        expected = expected_by_scatter(known, cells.names, scatter, thresholds, budget)
        reasons += _reasons(known, cells.names, expected, budget.alarms * share)
    seen = _detectable(known, floors, quantiles, rows) if known else []
    certificate = Certificate(
        certified=not reasons, reasons=reasons, blocks=known.fewest_blocks(cells.names) if known else 0,
        detectable=dict(zip(cells.names, seen, strict=bool(known))), covers=COVERS,
    )  # fmt: skip
    return Plan(
        reference, order, cells, pane_us, floors, quantiles, cells.shares(vector), rows,
        fill=known.filled / known.panes if known and known.filled else 1.0,
        seasonal=known is not None and known.season_us is not None,
        certificate=certificate,
    )  # fmt: skip


def _scatter(known: Calibration, names: Sequence[str]) -> NDArray[np.float64]:
    """Allowances, shape (scales, columns)."""
    scales = len(known.scales)
    by_column = [known.allowance.get(name, [UNMEASURED] * scales) for name in names]
    return np.array(by_column, dtype=np.float64).reshape(len(names), scales).T


def _spread(known: Calibration, rows: NDArray[np.int64], scales: int) -> NDArray[np.float64]:
    """Root of 1/n + 1/m for stretches at the reference's own rate of rows, shape (scales, columns)."""
    pane_rows = rows / max(known.filled or known.panes, 1)
    stretch = np.maximum(pane_rows * (1 << np.arange(scales))[:, None], 1)
    spread: NDArray[np.float64] = np.sqrt(1 / stretch + 1 / np.maximum(rows, 1))
    return spread


def _reasons(
    known: Calibration, names: Sequence[str], expected: NDArray[np.float64], allowed: float
) -> list[str]:
    """Why the reference's own scatter does not certify the budget."""
    few, total = few_blocks(known, names), float(expected.sum())
    reasons = [few] if few else []
    if total > allowed:
        worst = names[int(expected.argmax())]
        windows, effective = known.blocks.get(worst, 0), known.effective.get(worst, 0.0)
        reasons.append(
            f"by the reference's own scatter {_rounded(total)} false alarms are expected where the budget allows"
            f" {allowed:.3g}; most are of column {worst!r}, whose {windows} windows tell as much as {effective:.0f}"
            " independent ones: use a longer reference"
        )
    return reasons


def _rounded(count: float) -> str:
    """A number with two digits, in words where nobody would count so far."""
    return f"{count:.2g}" if count < MANY else f"more than {MANY}"


def few_blocks(known: Calibration | None, names: Sequence[str]) -> str | None:
    """A sentence on the column that has too few blocks of one window, if one has."""
    count = {name: known.blocks.get(name, 0) if known else 0 for name in names}
    lacking = [name for name in names if count[name] < MIN_BLOCKS]
    if names and not lacking:
        return None
    worst = min(lacking, key=count.__getitem__, default="")
    said = f"column {worst!r} has" if len(lacking) < len(names) else "the reference has"
    return f"{said} {count.get(worst, 0)} blocks of one window; {MIN_BLOCKS} are needed"


def _usable_calibration(
    spec: MonitorSpec, calibration: Calibration | None, pane_us: int
) -> tuple[Calibration | None, list[str]]:
    """The calibration, where it fits the spec, and every reason why the budget is not certified."""
    if calibration is None or not calibration.scales:
        return None, [
            "the reference has no blocks in time: only min_effect stands between dependence and a false alarm"
        ]
    if calibration.pane_us != pane_us:
        made = duration_text(calibration.pane_us)
        return None, [
            f"the reference was calibrated on panes of {made}, not {spec.window.pane}: build it again"
        ]
    wanted = duration_us(spec.drift.season) if spec.drift.season else None
    if wanted == calibration.season_us:
        return calibration, []
    said = duration_text(wanted) if wanted else "none"
    return calibration, [f"the season asked for is {said}, but the reference could not be calibrated on it"]


def _detectable(
    known: Calibration, floors: NDArray[np.float64], quantiles: NDArray[np.float64], rows: NDArray[np.int64]
) -> list[float]:
    """Smallest distance above which the coarsest scale rings, at the reference's own rate of rows."""
    panes = known.panes or 1 << len(quantiles)
    window = np.maximum(rows * (1 << (len(quantiles) - 1)) / panes, 1)
    smallest = floors[-1] + quantiles[-1] * np.sqrt(1 / window + 1 / np.maximum(rows, 1))
    return [min(float(d), 1.0) for d in smallest]
