r"""The sequential policy: an e-detector on grouped cells, for exchangeable rows only.

With the counts n of the panes from start j to now, the urn's content a and the counts C of all panes before j,

.. math:: E_{j:t} = \frac{\frac{1}{|S|} \sum_{s \in S} \mathrm{DirMult}(n;\, s\, a / \sum a)}
          {\mathrm{DirMult}(n;\, a + C)}

is an e-process for rows exchangeable with the reference (:mod:`bellbuoy_stream.policies.urn`): the denominator is the
exact law of n given everything before j.  The sum M over starts rings at an average run length of at least its
threshold, in panes with rows.  Over C columns the detector rings where one column's M reaches 2 C / alpha, alpha being
the budget's false alarms per pane.

Starts are bounded: a start at pane j is kept for 16 panes times the largest power of two that divides j (at most
2**7).  Dropping starts only lowers M, so the run length holds; a change that is a panes old has a start at most
a / 16 panes off (older than 2048 panes: none), which is what the bound costs in power.

Panes without rows are no time to this detector.

A column agrees where the rows since the newest start that could have shown twice ``min_effect`` lie within it.  While
it rings this is not enough, as it rings for smaller distances, too: some stretch must also lie below the distance that
rings, by the critical distance of Kolmogorov's law at the detector's own level.

The budget covers a true distance of zero and independent rows only: a shared mood of 1 % of the variance within
blocks ruins it, so a reference whose blocks show a design effect clearly above 1 is refused.

References
----------
Shin, J., Ramdas, A., Rinaldo, A. (2023), E-detectors: a nonparametric framework for sequential change detection, New
England Journal of Statistics in Data Science 2.  Blackwell, D., MacQueen, J. (1973), Ferguson distributions via Polya
urn schemes, Annals of Statistics 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from scipy.special import gammaln

from bellbuoy_stream.errors import InputError, SnapshotError, SpecError
from bellbuoy_stream.policies.budget import kolmogorov_quantile
from bellbuoy_stream.policies.dependence import dependent_columns
from bellbuoy_stream.policies.packing import pack_counts, unpack_counts
from bellbuoy_stream.policies.plan import few_blocks, min_effects, testable
from bellbuoy_stream.policies.protocol import Certificate, PaneCounts, Signal
from bellbuoy_stream.policies.urn import Urn
from bellbuoy_stream.specs.monitor import false_alarm_budget
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec

CONCENTRATIONS = (8.0, 40.0, 200.0)
"""Sums of the alternative's Dirichlet parameters: far from the reference, near it, and between."""
YOUNG = 16  # panes for which every start is kept
OLDEST_POWER = 7  # starts divisible by 2**7 are kept for 16 * 2**7 panes
MAX_LOG = 700.0  # exp of it still is a float


@dataclass(frozen=True)
class SequentialPlan:
    """Urn, threshold and certificate of a sequential detector."""

    order: tuple[str, ...]
    urn: Urn
    effects: NDArray[np.float64]
    pane_us: int
    log_threshold: float
    certificate: Certificate


def sequential_plan(
    spec: MonitorSpec, reference: Reference, columns: list[str] | None, share: float
) -> SequentialPlan:
    """Plan for some columns of a reference (all, where None), with a share of the model's budget.

    Raises
    ------
    SpecError
        Where a column is not in the reference, or its blocks show that rows are not independent.
    """
    order = tuple(columns) if columns is not None else tuple(place.name for place in reference.layout.places)
    names = testable(reference, order).names
    dependent = dependent_columns(reference.calibration, names)
    if dependent:
        more = f", and {len(dependent) - 1} more columns" if len(dependent) > 1 else ""
        raise SpecError(
            f"drift.policy = 'sequential' needs independent rows, but {dependent[0]}{more}; use 'multiscale_ks'"
        )
    urn = Urn.of(reference, names)
    budget, pane_us = false_alarm_budget(spec.drift.false_alarms), duration_us(spec.window.pane)
    alpha = budget.alarms * share * pane_us / budget.per_us
    log_threshold = float(np.log(2 * max(len(names), 1) / min(alpha, 1.0)))
    calibration = reference.calibration
    few = few_blocks(calibration, names)
    reasons = [f"{few} to show that its rows are independent"] if few else []
    tied = [name for name, exact in zip(urn.names, urn.exact, strict=True) if not exact]
    if tied:
        reasons.append(f"ties or categories make the law approximate for {', '.join(tied)}")
    blocks = np.array([calibration.blocks.get(n, 0) if calibration else 0 for n in urn.names])
    window_rows = np.array([reference.layout[n].values(reference.counts).sum() for n in urn.names])
    window_rows = window_rows / np.maximum(blocks, 1)
    groups = np.diff([*urn.starts, urn.size])
    detectable = {
        name: min(float(distance), 1.0)
        for name, distance in zip(urn.names, _critical(log_threshold, window_rows, groups), strict=True)
    }
    certificate = Certificate(
        certified=not reasons, reasons=reasons, detectable=detectable,
        blocks=calibration.fewest_blocks(names) if calibration else 0,
        covers="exchangeable rows with a true distance of zero",
    )  # fmt: skip
    return SequentialPlan(order, urn, min_effects(spec, urn.names), pane_us, log_threshold, certificate)


def _critical(
    log_threshold: float, rows: NDArray[np.float64], groups: NDArray[np.intp]
) -> NDArray[np.float64]:
    r"""Distance that surely rings: evidence is at least :math:`2 n D^2` (Pinsker) less :math:`(K - 1)/2 \log n`."""
    n = np.maximum(rows, 2.0)
    critical: NDArray[np.float64] = np.sqrt((log_threshold + (groups - 1) / 2 * np.log(n)) / (2 * n))
    return critical


class _State(msgspec.Struct, frozen=True, array_like=True):
    names: tuple[str, ...]
    last: int | None
    filled: int
    totals: bytes
    begun: bytes


_decoder = msgspec.msgpack.Decoder(_State)


class Sequential:
    """Detector over all columns of a plan; see the module.

    Parameters
    ----------
    plan
        From :func:`sequential_plan`.
    state
        What :meth:`snapshot` gave, or None to start afresh.
    """

    consumes: Literal["pane", "window"] = "pane"

    def __init__(self, plan: SequentialPlan, state: bytes | None = None) -> None:
        self.plan = plan
        self._total: Counts = np.zeros(plan.urn.size, dtype=np.int64)
        self._starts: Counts = np.zeros(
            (0, plan.urn.size), dtype=np.int64
        )  # counts of all panes before each start
        self._begun: Counts = np.zeros(
            (0, 2), dtype=np.int64
        )  # filled panes before it, and its first pane's index
        self._since: NDArray[np.int64] = np.zeros(
            len(plan.urn.names), dtype=np.int64
        )  # resets, in filled panes
        self._filled = 0
        self._last: int | None = None
        if state is not None:
            self._restore(state)

    def certificate(self) -> Certificate:
        """What is proven about its budget."""
        return self.plan.certificate

    def update(self, pane: PaneCounts) -> list[Signal]:
        """Consume the next pane.

        Raises
        ------
        InputError
            Where the pane is not later than the last one.
        """
        if self._last is not None and pane.index <= self._last:
            raise InputError(
                f"pane {pane.index} came after pane {self._last}; a detector takes each pane once, in order"
            )
        self._last = pane.index
        urn = self.plan.urn
        now = urn.group(pane.counts) if urn.size else self._total
        if now.any():
            self._starts = np.concatenate([self._starts, self._total[None]])
            self._begun = np.concatenate([self._begun, [[self._filled, pane.index]]])
            self._filled += 1
            self._total = self._total + now
            self._drop()
        signals = self._signals(pane) if len(self._starts) and urn.size else {}
        return [signals.get(name) or _silent(name, pane) for name in self.plan.order]

    def reset(self, columns: list[str] | None = None) -> None:
        """Forget the past of some columns (or all): their urn holds the reference only."""
        urn = self.plan.urn
        which = np.array([columns is None or name in columns for name in urn.names], dtype=bool)
        cells = np.repeat(which, np.diff([*urn.starts, urn.size]))
        self._total = np.where(cells, 0, self._total)
        self._starts[:, cells] = 0
        self._since[which] = self._filled

    def snapshot(self) -> bytes:
        """State as bytes."""
        begun = np.concatenate([self._begun.ravel(), self._since])
        totals = pack_counts(np.concatenate([self._starts, self._total[None]]))
        return msgspec.msgpack.encode(
            _State(self.plan.urn.names, self._last, self._filled, totals, pack_counts(begun))
        )

    def _restore(self, data: bytes) -> None:
        try:
            state = _decoder.decode(data)
        except msgspec.DecodeError as error:
            raise SnapshotError(
                f"the detector's state cannot be read ({error}); start it without state"
            ) from error
        totals, begun = unpack_counts(state.totals), unpack_counts(state.begun)
        columns = len(self._since)
        if state.names != self.plan.urn.names or totals.shape[1:] != (self.plan.urn.size,):
            raise SnapshotError("the state belongs to another reference or set of columns; start without it")
        self._last, self._filled = state.last, state.filled
        self._starts, self._total = totals[:-1], totals[-1]
        self._begun = begun[: len(begun) - columns].reshape(-1, 2)
        self._since = begun[len(begun) - columns :].copy()

    def _drop(self) -> None:
        """Let go of starts that are older than their power of two allows."""
        at = self._begun[:, 0]
        power = np.where(at == 0, 1 << OLDEST_POWER, np.minimum(at & -at, 1 << OLDEST_POWER))
        keep = self._filled - at <= YOUNG * power
        self._starts, self._begun = self._starts[keep], self._begun[keep]

    def _log_evidence(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logarithm of E for every start and column, shape (starts, columns); ``counts``: rows since each start."""
        urn = self.plan.urn
        null = _log_sequence(urn, urn.spacings + self._starts, urn.spacings + self._total)
        base = urn.spacings / np.repeat(urn.by_column(urn.spacings), np.diff([*urn.starts, urn.size]))
        each = [_log_sequence(urn, s * base, s * base + counts) for s in CONCENTRATIONS]
        mixed: NDArray[np.float64] = np.logaddexp.reduce(each, axis=0) - np.log(len(CONCENTRATIONS)) - null
        return mixed

    def _signals(self, pane: PaneCounts) -> dict[str, Signal]:
        plan, urn = self.plan, self.plan.urn
        counts = (self._total - self._starts).astype(np.float64)
        evidence = np.minimum(self._log_evidence(counts), MAX_LOG)
        # a start from before a column's reset has counts of after it only: it would repeat the reset's own start
        alive = self._begun[:, :1] >= self._since
        evidence = np.where(alive, evidence, -np.inf)
        each = np.arange(len(urn.names))
        best = evidence.argmax(axis=0)
        total = np.logaddexp.reduce(evidence, axis=0)
        rows = urn.by_column(counts)
        widths = np.diff([*urn.starts, urn.size])
        distance = self._distances(counts, rows, widths)
        critical = _critical(plan.log_threshold, rows, widths)
        powerful = alive & (critical <= 2 * plan.effects)
        newest = len(powerful) - 1 - powerful[::-1].argmax(axis=0)
        rings = total >= plan.log_threshold
        near = powerful.any(axis=0) & (distance[newest, each] <= plan.effects)
        agrees = near & (~rings | self._fallen(distance, rows, best, powerful))
        found = {}
        for column, name in enumerate(urn.names):
            at = int(best[column])
            if not alive[at, column] or not rows[at, column]:
                continue
            effect, began = float(distance[at, column]), int(self._begun[at, 1])
            found[name] = Signal(
                column=name,
                state="alarm" if rings[column] else "agree" if agrees[column] else "undecided",
                effect=effect,
                threshold=_equivalent(effect, float(total[column]), plan.log_threshold),
                rows=int(rows[at, column]),
                panes=pane.index - began + 1,
                since_us=pane.start_us - (pane.index - began) * plan.pane_us,
                agrees=bool(agrees[column]),
            )
        return found

    def _fallen(
        self,
        distance: NDArray[np.float64],
        rows: NDArray[np.float64],
        best: NDArray[np.intp],
        powerful: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Whether some powerful stretch of each column lies below the distance that rings, by more than noise."""
        reference = self.plan.urn.by_column(self.plan.urn.spacings)
        spread = np.sqrt(1 / np.maximum(rows, 1) + 1 / np.maximum(reference, 1))
        noise = kolmogorov_quantile(float(np.exp(-self.plan.log_threshold))) * spread
        ringing = distance[best, np.arange(len(best))]
        fallen: NDArray[np.bool_] = np.any(powerful & (distance + noise <= ringing), axis=0)
        return fallen

    def _distances(
        self, counts: NDArray[np.float64], rows: NDArray[np.float64], widths: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Distance of the rows since each start from the reference, at the groups' ends, shape (starts, columns)."""
        urn = self.plan.urn
        base = urn.spacings / np.repeat(urn.by_column(urn.spacings), widths)
        gaps = counts / np.repeat(np.maximum(rows, 1), widths, axis=1) - base
        parts = np.split(gaps, urn.starts[1:], axis=1)
        return np.array([np.abs(np.cumsum(part, axis=1)).max(axis=1) for part in parts]).T


def _log_sequence(urn: Urn, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probability of a sequence that takes the urns from one content to another, by column.

    The multinomial coefficient is left out: it is the same in both laws.  Contents that are the same for all starts
    are one row, and cost one.
    """

    def height(content: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = urn.by_column(gammaln(content)) - gammaln(urn.by_column(content))
        return result

    return height(after) - height(before)


def _equivalent(effect: float, log_sum: float, log_threshold: float) -> float:
    """Distance that the same stretch would have rung at: evidence grows about with the square of the distance.

    Examples
    --------
    >>> round(_equivalent(.2, 16.0, 4.0), 3), _equivalent(.2, -3.0, 4.0)
    (0.1, 1.0)
    """
    if log_sum <= 0 or effect <= 0:
        return 1.0
    return min(effect * sqrt(max(log_threshold, 0.0) / log_sum), 1.0)


def _silent(name: str, pane: PaneCounts) -> Signal:
    return Signal(
        column=name, state="undecided", effect=0.0, threshold=1.0, rows=0, panes=1, since_us=pane.start_us
    )
