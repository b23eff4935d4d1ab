"""What the first pass over the reference's rows learns of a column: its numbers, or its categories."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.derive import derive
from bellbuoy_stream.counting.values import NUMBER, TEXT, Values, number_text
from bellbuoy_stream.references.cuts import WHOLE, Resolution, choose_cuts, tail_unit
from bellbuoy_stream.references.reference import ColumnReference
from bellbuoy_stream.references.sketch import RankSketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_NAMES = 10_000
"""Category names a reference knows at most; names first met after so many others count as unseen."""
SPILL = 256  # distinct values repeated at a time when exact counts move into the sketch


class NumberLearner:
    """Distinct values while there are at most 1,024, ranks beyond; of the numbers the template derives."""

    def __init__(self, template: ColumnReference, exact: int = WHOLE.exact_values) -> None:
        self.template = template
        self.rows = 0
        self._exact = exact
        self._values: NDArray[np.float64] | None = np.zeros(0)
        self._weights: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._sketch = RankSketch()
        self._low, self._high = np.inf, -np.inf

    def add(self, values: Values, times: NDArray[np.int64] | None) -> None:
        """Take one chunk's rows; what is not a finite number is left to the count."""
        derived = derive(values, self.template, times)
        if derived.numbers is None or derived.numbers.ndim != 1:
            return
        numbers = derived.numbers.astype(np.float64)
        if derived.states is not None:
            numbers = numbers[derived.states == NUMBER]
        numbers = numbers[np.isfinite(numbers)] + 0.0  # -0.0 becomes 0.0
        if not len(numbers):
            return
        self.rows += len(numbers)
        self._low, self._high = min(self._low, float(numbers.min())), max(self._high, float(numbers.max()))
        if self._values is None:
            self._sketch.add(numbers)
        else:
            self._merge(*np.unique(numbers, return_counts=True))

    def _merge(self, values: NDArray[np.float64], weights: NDArray[np.int64]) -> None:
        """Add exact counts; move them into the sketch where there are too many distinct values."""
        known = np.zeros(0) if self._values is None else self._values
        merged, inverse = np.unique(np.concatenate([known, values]), return_inverse=True)
        total = np.zeros(len(merged), dtype=np.int64)
        np.add.at(total, inverse, np.concatenate([self._weights, weights]))
        if len(merged) <= self._exact:
            self._values, self._weights = merged, total
            return
        self._values = None
        for at in range(0, len(merged), SPILL):
            self._sketch.add(np.repeat(merged[at : at + SPILL], total[at : at + SPILL]))

    def column(self, resolution: Resolution = WHOLE) -> ColumnReference:
        """Column with its cuts, nothing counted yet."""
        if self._values is not None and len(self._values) <= resolution.exact_values:
            chosen, whole = self._values, True
        else:
            summary = self._summary()
            chosen, whole = choose_cuts(*summary, error=self._sketch.error, cuts=resolution.cuts), False
        template = self.template
        return ColumnReference(
            name=template.name,
            source=template.source,
            derivation=template.derivation,
            centroid=template.centroid,
            exact=whole,
            cuts=chosen.astype("<f8").tobytes(),
            unit=tail_unit(chosen),
        )

    def _summary(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Values and weights, the smallest and largest of all rows among them."""
        if self._values is not None:
            return self._values, self._weights
        values, weights = self._sketch.summary()
        ends = np.array([self._low, self._high])
        merged = np.union1d(values, ends)
        total = np.zeros(len(merged), dtype=np.int64)
        total[np.searchsorted(merged, values)] = weights
        return merged, total


class CategoryLearner:
    """Counts of category names; numbers are the category of their text."""

    def __init__(self, name: str, max_categories: int) -> None:
        self.name = name
        self.max_categories = max_categories
        self.counts: Counter[str] = Counter()

    def add(self, values: Values, times: NDArray[np.int64] | None = None) -> None:  # noqa: ARG002
        """Take one chunk's rows."""
        states = values.state()
        if values.codes is not None:
            codes = values.codes[states == TEXT]
            found = np.bincount(codes, minlength=len(values.texts))
            self._take({values.texts[code]: int(found[code]) for code in np.flatnonzero(found)})
        if values.numbers is not None and values.numbers.ndim == 1:
            numbers = values.numbers[states == NUMBER]
            distinct, weights = np.unique(numbers[np.isfinite(numbers)], return_counts=True)
            self._take({number_text(float(n)): int(w) for n, w in zip(distinct, weights, strict=True)})

    def _take(self, found: dict[str, int]) -> None:
        for name, rows in found.items():
            if name in self.counts or len(self.counts) < MAX_NAMES:
                self.counts[name] += rows

    def frequent(self) -> list[str]:
        """Names, the most frequent first, ties by name."""
        return sorted(self.counts, key=lambda name: (-self.counts[name], name))

    def column(self, resolution: Resolution = WHOLE) -> ColumnReference:
        """Column with its categories, nothing counted yet."""
        names = self.frequent()
        kept = self.max_categories if resolution.categories is None else resolution.categories
        kept = min(kept, self.max_categories)
        return ColumnReference(
            name=self.name,
            source=self.name,
            numeric=False,
            categories=names[:kept],
            others=sorted(names[kept:]) if resolution.names else [],
        )


Learner = NumberLearner | CategoryLearner
