"""All rules over all columns of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.layout import INFINITE, NAN, NULL, WRONG
from bellbuoy_stream.quality.constant import constant
from bellbuoy_stream.quality.finding import DEFAULT_LIMITS, Limits
from bellbuoy_stream.quality.missing import missing, missing_by_window, vanished
from bellbuoy_stream.quality.out_of_range import out_of_range
from bellbuoy_stream.quality.unit_change import MIN_DISTANCE, unit_change
from bellbuoy_stream.quality.unseen import unseen
from bellbuoy_stream.quality.view import Baseline, ColumnView
from bellbuoy_stream.quality.wrong_type import wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.quality.finding import QualityFinding
    from bellbuoy_stream.references.reference import Reference

    RuleOf = Callable[[ColumnView, Limits], QualityFinding | None]

RULES = (vanished, missing, wrong_type, unseen, constant, unit_change, out_of_range)
"""Of panes, in this order; a column has at most one finding, the first."""
WINDOW_RULES = (missing_by_window,)
"""Of whole report windows."""


class Inspector:
    """The rules, made ready for one reference.

    Parameters
    ----------
    reference
        What panes are compared with.
    limits
        How sure and how large a fault must be.
    rules
        ``RULES`` for panes, ``WINDOW_RULES`` for report windows.
    """

    def __init__(
        self, reference: Reference, limits: Limits = DEFAULT_LIMITS, rules: tuple[RuleOf, ...] = RULES
    ) -> None:
        self.limits = limits
        self._rules = rules
        self._places = reference.layout.places
        self._baselines = [Baseline(column, reference.calibration) for column in reference.columns]
        self._extras = np.array([place.extras for place in self._places], dtype=np.intp)
        self._starts = np.array([place.start for place in self._places], dtype=np.intp)
        self._bounds = (
            np.ravel(np.column_stack([self._starts, self._extras])) if self._places else self._starts
        )
        self._numeric = np.array([place.numeric for place in self._places], dtype=bool)
        self._numbers = np.flatnonzero(self._numeric)
        numeric = [self._places[number] for number in self._numbers]
        self._widths = np.array([place.extras - place.start for place in numeric], dtype=np.intp)
        self._lasts = np.cumsum(self._widths) - 1
        self._firsts = self._lasts - self._widths + 1
        cells = [np.arange(place.start, place.extras) for place in numeric]
        self._cells = np.concatenate(cells) if cells else np.zeros(0, dtype=np.intp)
        shares = [self._baselines[number].cumulative for number in self._numbers]
        self._cumulative = np.concatenate(shares) if shares else np.zeros(0)

    def inspect(self, counts: Counts) -> list[QualityFinding]:
        """Findings of one pane or block, at most one a column.

        Parameters
        ----------
        counts
            Counters, shape (layout.width,).
        """
        if not self._places:
            return []
        findings = []
        for number in np.flatnonzero(self._suspicious(counts)):
            place = self._places[number]
            view = ColumnView(self._baselines[number], counts[place.start : place.stop])
            found = (rule(view, self.limits) for rule in self._rules)
            findings += [next((finding for finding in found if finding is not None), None)]
        return [finding for finding in findings if finding is not None]

    def column(self, name: str, part: Counts) -> QualityFinding | None:
        """What the rules say of one column, whose counters have shape (cells of the column,)."""
        counts = np.zeros(self._places[-1].stop, dtype=np.int64)
        place = next(place for place in self._places if place.name == name)
        counts[place.start : place.stop] = part
        return next(iter(self.inspect(counts)), None)

    def _suspicious(self, counts: Counts) -> NDArray[np.bool_]:
        """Columns that any rule could object to: a cheap look at all of them at once."""
        parts = np.add.reduceat(counts, self._bounds)[0::2]
        strange = [counts[self._extras + which] for which in (NULL, NAN, INFINITE, WRONG)]
        rows = parts + sum(strange)
        outer = counts[self._starts] * self._numeric + counts[self._extras - 1]
        fullest = np.maximum.reduceat(counts, self._bounds)[0::2]
        missing_or_strange = sum(strange) >= self.limits.min_strange * rows
        moved = (outer >= self.limits.min_strange * parts) | (fullest == parts) | self._shifted(counts)
        suspicious: NDArray[np.bool_] = (rows >= self.limits.min_rows) & (missing_or_strange | moved)
        return suspicious

    def _shifted(self, counts: Counts) -> NDArray[np.bool_]:
        """Numeric columns far enough from the reference for a change of unit; all columns in one sweep."""
        shifted = np.zeros(len(self._places), dtype=bool)
        if not self._cells.size:
            return shifted
        total = np.cumsum(counts[self._cells])
        last = total[self._lasts]
        before = np.concatenate([[0], last[:-1]])
        rows = last - before
        share = (total - np.repeat(before, self._widths)) / np.repeat(np.maximum(rows, 1), self._widths)
        distance = np.maximum.reduceat(np.abs(share - self._cumulative), self._firsts)
        for at in np.flatnonzero((distance >= MIN_DISTANCE) & (rows >= self.limits.min_rows)):
            number = self._numbers[at]
            least = self._baselines[number].moved_threshold(MIN_DISTANCE, int(rows[at]))
            shifted[number] = distance[at] >= least
        return shifted


def inspect(
    reference: Reference, counts: Counts, alpha: float = DEFAULT_LIMITS.alpha
) -> list[QualityFinding]:
    """Find the columns of one pane that look broken; for many panes keep an :class:`Inspector`.

    Parameters
    ----------
    reference
        What the pane is compared with.
    counts
        The pane's counters, shape (reference.layout.width,).
    alpha
        See :class:`~bellbuoy_stream.quality.finding.Limits`.

    Examples
    --------
    >>> from bellbuoy_stream.references.reference import ColumnReference, Reference
    >>> cells = np.array([0, 500, 0, 500, 0, 0, 0, 0, 0, 0, 0])
    >>> column = ColumnReference(name="x", source="x", cuts=np.array([1.0, 2.0]).tobytes(), counts=cells.tobytes())
    >>> reference = Reference(model="m", version="1", rows=1000, columns=[column])
    >>> [found.summary for found in inspect(reference, np.array([0, 30, 0, 30, 0, 40, 0, 0, 0, 0, 0]))]
    ['x: 40 of 100 rows (40.0%) have no value; the reference never had more than about 0.9%']
    """
    return Inspector(reference, Limits(alpha=alpha)).inspect(counts)
