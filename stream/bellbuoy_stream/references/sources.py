"""First pass over one logged column: find out its kind, then learn what is counted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.values import MISSING, NUMBER, Values
from bellbuoy_stream.references.kinds import Guess, Profile, guess_kind
from bellbuoy_stream.references.learners import CategoryLearner, Learner, NumberLearner
from bellbuoy_stream.references.reference import ColumnReference
from bellbuoy_stream.specs.monitor import ColumnSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.references.cuts import Resolution
    from bellbuoy_stream.references.reference import Derivation

    Times = NDArray[np.int64] | None

SAMPLE_ROWS = 2_000
"""Rows with a value that a guess of the kind, and an embedding's mean vector, are made from."""
DERIVATIONS: dict[str, Derivation] = {"numeric": "value", "text": "length", "time": "lag", "id": "present"}
VECTOR_DERIVATIONS: tuple[Derivation, ...] = ("norm", "cosine")


class SourceLearner:
    """Learns one logged column, which becomes none, one or two counted columns.

    The first chunks are held back until they hold 2,000 values: the kind is guessed from them where the spec does
    not say, and an embedding's mean vector is theirs.
    """

    def __init__(self, name: str, spec: ColumnSpec | None = None) -> None:
        self.name = name
        self.spec = spec or ColumnSpec()
        self.guess: Guess | None = None
        self.learners: list[Learner] | None = None
        self._sample: list[tuple[Values, Times]] = []
        self._sampled = 0

    def add(self, values: Values, times: Times) -> None:
        """Take one chunk's rows."""
        if self.learners is None:
            self._sample.append((values, times))
            self._sampled += int((values.state() != MISSING).sum())
            if self._sampled >= SAMPLE_ROWS:
                self._start()
        else:
            for learner in self.learners:
                learner.add(values, times)

    def columns(self, resolution: Resolution) -> list[ColumnReference]:
        """Counted columns with their cuts or categories, nothing counted yet."""
        if self.learners is None:
            self._start()
        return [learner.column(resolution) for learner in self.learners or ()]

    def _start(self) -> None:
        sample = _head([values for values, _ in self._sample], SAMPLE_ROWS)
        kind = self.spec.kind
        if kind is None:
            self.guess = guess_kind(self.name, Profile.of(sample))
            kind = self.guess.kind
        if kind == "ignore":
            self.learners = []
        elif kind == "categorical":
            self.learners = [CategoryLearner(self.name, self.spec.max_categories)]
        elif kind == "embedding":
            self.learners = self._of_vectors(sample)
        else:
            template = ColumnReference(name=self.name, source=self.name, derivation=DERIVATIONS[kind])
            self.learners = [NumberLearner(template)]
        for values, times in self._sample:
            for learner in self.learners:
                learner.add(values, times)
        self._sample = []

    def _of_vectors(self, sample: list[Values]) -> list[Learner]:
        """Norm, and cosine with the mean vector of the sample (of its first width)."""
        found = [
            v.numbers[v.state() == NUMBER] for v in sample if v.numbers is not None and v.numbers.ndim == 2
        ]
        width = found[0].shape[1] if found else 0
        vectors = [part.astype(np.float64) for part in found if part.shape[1] == width]
        mean = np.concatenate(vectors).mean(axis=0) if sum(map(len, vectors)) else np.zeros(width)
        centroid = mean.astype("<f8").tobytes()
        return [
            NumberLearner(
                ColumnReference(
                    name=f"{self.name}.{derivation}",
                    source=self.name,
                    derivation=derivation,
                    centroid=centroid,
                )
            )
            for derivation in VECTOR_DERIVATIONS
        ]


def _head(chunks: list[Values], present: int) -> list[Values]:
    """First rows, up to so many with a value: the sample does not depend on where chunks end."""
    head = []
    for values in chunks:
        states = values.state()
        seen = np.cumsum(states != MISSING)
        rows = int(np.searchsorted(seen, present)) + 1 if len(seen) and seen[-1] > present else values.rows
        numbers = None if values.numbers is None else values.numbers[:rows]
        codes = None if values.codes is None else values.codes[:rows]
        head.append(Values(rows, numbers, codes, values.texts, states[:rows]))
        present -= int(seen[rows - 1]) if rows else 0
        if present <= 0:
            break
    return head
