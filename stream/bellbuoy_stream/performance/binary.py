"""Two classes: scores by label, losses, calibration bins and the confusion, as one vector that adds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.performance.blocks import Blocks, DecidedView, columns_of, cuts_of, in_cells
from bellbuoy_stream.performance.fixed_point import WORDS
from bellbuoy_stream.performance.moments import Moments
from bellbuoy_stream.performance.probabilities import (
    PROBABILITY,
    SCORE_EXTRAS,
    log_losses,
    usable_scores,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.performance.blocks import Column

    Floats = NDArray[np.float64]
    Rows = NDArray[np.bool_]

LOSS, LOSS_SQUARES, BRIER, BRIER_SQUARES, SCORE = range(5)
"""The sums, each by label."""


class BinaryLayout:
    """Cells and sums of a binary classifier.

    ========================  =====================================================================================
    ``cells``                 (2, 2k+1): rows of each label in the cells of the score, negatives first
    ``sums``                  (5, 2, 2): log loss, its squares, Brier, its squares, score; by label; two words
    ``bin_rows``              (bins, 2): rows of each label in equal bins of [0, 1], (i/b, (i+1)/b], 0 in the first
    ``bin_scores``            (bins, 2): sum of the bin's scores, two words
    ``confusion``             (2, 2): rows by label and decision
    ``unlabelled``            label missing: not counted anywhere else
    ``wrong_label``           label neither 0 nor 1 (so infinite, too): not counted anywhere else
    ``no_score``, ...         labelled rows whose score is missing, infinite, or not in [0, 1]: not in cells and sums
    ``undecided``             labelled rows with neither prediction nor score: not in the confusion
    ========================  =====================================================================================

    Parameters
    ----------
    cuts
        Cut points of the score, rising, from the reference: rankings are exact where no two labels share a gap.
    threshold
        Positive from this score on, where a row has no prediction of its own.
    bins
        Number of calibration bins.

    Raises
    ------
    SpecError
        Where there is no bin, or the threshold is not in [0, 1].
    InputError
        Where cut points are not rising.

    Examples
    --------
    >>> layout = BinaryLayout([0.1, 0.4, 0.8])
    >>> view = layout.view(layout.count([0.1, 0.4, 0.4, 0.8, 0.7], [0, 0, 1, 1, None]))
    >>> view.negatives.tolist(), view.positives.tolist(), view.counter("unlabelled")
    ([0, 1, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 1, 0], 1)
    """

    def __init__(self, cuts: ArrayLike, *, threshold: float = 0.5, bins: int = 10) -> None:
        if bins < 1:
            raise SpecError(f"calibration needs at least one bin, not {bins}")
        if not 0 <= threshold <= 1:
            raise SpecError(f"a decision threshold is a probability in [0, 1], not {threshold}")
        self.cuts = cuts_of(cuts, "scores")
        self.threshold = threshold
        self.edges = np.linspace(0, 1, bins + 1)
        self.blocks = Blocks(
            {
                "cells": (2, 2 * len(self.cuts) + 1),
                "sums": (5, 2, WORDS),
                "bin_rows": (bins, 2),
                "bin_scores": (bins, WORDS),
                "confusion": (2, 2),
                "unlabelled": (),
                "wrong_label": (),
                **SCORE_EXTRAS,
                "undecided": (),
            }
        )

    def count(self, scores: Column, labels: Column, predictions: Column | None = None) -> Counts:
        """Vector of some rows; vectors of other rows are added to it.

        Parameters
        ----------
        scores
            Probabilities of the positive class, shape (rows,); None or nan where missing.
        labels
            0 or 1; None or nan where missing.
        predictions
            The decisions that were made, 0 or 1; a row with anything else is decided by its score.

        Raises
        ------
        InputError
            Where the columns are not flat or differ in length.
        """
        p, y = columns_of(scores=scores, labels=labels)
        decided = np.full_like(y, np.nan)
        if predictions is not None:
            decided = columns_of(labels=y, predictions=predictions)[1]
        counts = self.blocks.zeros()
        labelled: Rows = (y == 0) | (y == 1)
        missing = np.count_nonzero(np.isnan(y))
        self.blocks.of(counts, "unlabelled")[...] = missing
        self.blocks.of(counts, "wrong_label")[...] = np.count_nonzero(~labelled) - missing
        scored = usable_scores(p, labelled, self.blocks, counts)
        self._decisions(p, y, decided, labelled, scored, counts)
        self._scores(p[scored], y[scored] == 1, counts)
        return counts

    def _decisions(
        self, p: Floats, y: Floats, decided: Floats, labelled: Rows, scored: Rows, counts: Counts
    ) -> None:
        logged = (decided == 0) | (decided == 1)
        positive = np.where(logged, decided == 1, p >= self.threshold)
        known = labelled & (logged | scored)
        self.blocks.of(counts, "undecided")[...] = np.count_nonzero(labelled & ~known)
        self.blocks.of(counts, "confusion")[:] = _table(y[known] == 1, positive[known], 2)

    def _scores(self, p: Floats, positive: Rows, counts: Counts) -> None:
        loss = log_losses(np.where(positive, p, 1 - p))
        brier = np.square(p - positive)
        words = np.stack([PROBABILITY.words(row) for row in (loss, loss * loss, brier, brier * brier, p)])
        for label, rows in enumerate((~positive, positive)):
            self.blocks.of(counts, "cells")[label] = in_cells(self.cuts, p[rows])
            self.blocks.of(counts, "sums")[:, label] = words @ rows.astype(np.int64)
        bins = np.searchsorted(self.edges[1:-1], p)
        self.blocks.of(counts, "bin_rows")[:] = _table(bins, positive, len(self.edges) - 1)
        for word in range(WORDS):
            np.add.at(self.blocks.of(counts, "bin_scores")[:, word], bins, words[SCORE, word])

    def view(self, counts: ArrayLike) -> BinaryView:
        """The vector as metrics read it.

        Raises
        ------
        InputError
            Where it has another length.
        """
        return BinaryView(self, counts)


def _table(group: NDArray[Any], second: Rows, groups: int) -> Counts:
    """Rows by group and by whether ``second`` holds, shape (groups, 2)."""
    return np.bincount(2 * group.astype(np.int64) + second, minlength=2 * groups).reshape(groups, 2)


class BinaryView(DecidedView):
    """What a vector of a :class:`BinaryLayout` says."""

    def __init__(self, layout: BinaryLayout, counts: ArrayLike) -> None:
        super().__init__(layout.blocks, counts)
        self.layout = layout

    @property
    def negatives(self) -> Counts:
        """Rows labelled 0 in each cell of the score, shape (2k+1,)."""
        return self.block("cells")[0, :]

    @property
    def positives(self) -> Counts:
        """Rows labelled 1 in each cell of the score, shape (2k+1,)."""
        return self.block("cells")[1, :]

    @cached_property
    def rows(self) -> int:
        """Rows with label and score."""
        return int(self.block("cells").sum())

    def total(self, which: int, label: int | None = None) -> float:
        """A sum (``LOSS``, ...), of one label or of both."""
        words = self.block("sums")[which]
        return PROBABILITY.total(words.sum(axis=0) if label is None else words[label])

    @property
    def log_losses(self) -> Moments:
        """Log loss of the rows."""
        return Moments(self.rows, self.total(LOSS), self.total(LOSS_SQUARES))

    @property
    def briers(self) -> Moments:
        """Squared differences of score and label."""
        return Moments(self.rows, self.total(BRIER), self.total(BRIER_SQUARES))
