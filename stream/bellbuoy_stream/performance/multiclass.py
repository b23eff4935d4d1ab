"""Several classes: the confusion and the log loss, as one vector that adds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError, SpecError
from bellbuoy_stream.performance.blocks import Blocks, DecidedView
from bellbuoy_stream.performance.fixed_point import WORDS
from bellbuoy_stream.performance.moments import Moments
from bellbuoy_stream.performance.probabilities import (
    PROBABILITY,
    SCORE_EXTRAS,
    log_losses,
    usable_scores,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from bellbuoy_stream.counting.layout import Counts

    Codes = NDArray[np.int64]


class MulticlassLayout:
    """Cells and sums of a classifier of c classes.

    ========================  =====================================================================================
    ``confusion``             (c+1, c+2): rows by label and prediction; the last label is ``other``, the last two
                              predictions are ``other`` and, for a label that is ``other``, *another* other class
    ``sums``                  (2, 2): log loss and its squares, two words
    ``unlabelled``            label missing: not counted anywhere else
    ``undecided``             labelled rows with neither prediction nor scores: not in the confusion
    ``foreign``               rows labelled ``other``: the model gives them no probability, so they are not in the sums
    ``no_score``, ...         rows of known classes whose probability of their label is missing, infinite, or not in
                              [0, 1]: not in the sums
    ========================  =====================================================================================

    Parameters
    ----------
    classes
        Names of the classes of the reference.

    Raises
    ------
    SpecError
        Where a class is named twice, or there is none.

    Examples
    --------
    >>> layout = MulticlassLayout(["cat", "dog"])
    >>> view = layout.view(layout.count([0, 1, 1, 2, -1], [0, 1, 0, 1, 0]))
    >>> view.confusion.tolist(), view.counter("unlabelled")
    ([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0]], 1)
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        size = len(self.classes)
        if not size or len(set(self.classes)) < size:
            raise SpecError(f"classes must be named, each once, not {list(classes)}")
        self.blocks = Blocks(
            {
                "confusion": (size + 1, size + 2),
                "sums": (2, WORDS),
                "unlabelled": (),
                "undecided": (),
                "foreign": (),
                **SCORE_EXTRAS,
            }
        )

    def count(
        self, labels: ArrayLike, predictions: ArrayLike | None = None, scores: ArrayLike | None = None
    ) -> Counts:
        """Vector of some rows; vectors of other rows are added to it.

        Parameters
        ----------
        labels, predictions
            Codes, shape (rows,): the place of the class in ``classes``; negative where missing; further codes are
            classes that the reference has not, equal codes being equal classes within this call
            (:func:`bellbuoy_stream.performance.inputs.codes_of`).  A row without prediction is decided by its
            highest score, the first of equal ones, where all of them are finite.
        scores
            Probabilities, shape (rows, c).

        Raises
        ------
        InputError
            Where shapes do not agree.
        """
        label = np.asarray(labels, dtype=np.int64)
        size = len(self.classes)
        p = np.full((len(label), size), np.nan) if scores is None else np.asarray(scores, dtype=np.float64)
        predicted = (
            np.full_like(label, -1) if predictions is None else np.asarray(predictions, dtype=np.int64)
        )
        if label.ndim != 1 or predicted.shape != label.shape or p.shape != (len(label), size):
            raise InputError(
                f"labels {label.shape}, predictions {predicted.shape} and scores {p.shape} do not agree; "
                f"scores have a column for each of the {size} classes"
            )
        counts = self.blocks.zeros()
        self.blocks.of(counts, "unlabelled")[...] = np.count_nonzero(label < 0)
        self._decisions(label, predicted, p, counts)
        self._losses(label, p, counts)
        return counts

    def _decisions(self, label: Codes, predicted: Codes, p: NDArray[np.float64], counts: Counts) -> None:
        chosen = np.where(np.isfinite(p).all(axis=1), p.argmax(axis=1), -1)
        predicted = np.where(predicted < 0, chosen, predicted)
        known = (label >= 0) & (predicted >= 0)
        self.blocks.of(counts, "undecided")[...] = np.count_nonzero((label >= 0) & ~known)
        label, predicted = label[known], predicted[known]
        other = len(self.classes)
        another = (label >= other) & (predicted >= other) & (label != predicted)
        cell = (np.minimum(label, other), np.minimum(predicted, other) + another)
        np.add.at(self.blocks.of(counts, "confusion"), cell, 1)

    def _losses(self, label: Codes, p: NDArray[np.float64], counts: Counts) -> None:
        own = (label >= 0) & (label < len(self.classes))
        self.blocks.of(counts, "foreign")[...] = np.count_nonzero(label >= len(self.classes))
        p_own = p[np.arange(len(label)), np.where(own, label, 0)]
        loss = log_losses(p_own[usable_scores(p_own, own, self.blocks, counts)])
        for at, values in enumerate((loss, loss * loss)):
            self.blocks.of(counts, "sums")[at] = PROBABILITY.words(values).sum(axis=1)

    def view(self, counts: ArrayLike) -> MulticlassView:
        """The vector as metrics read it.

        Raises
        ------
        InputError
            Where it has another length.
        """
        return MulticlassView(self, counts)


class MulticlassView(DecidedView):
    """What a vector of a :class:`MulticlassLayout` says."""

    def __init__(self, layout: MulticlassLayout, counts: ArrayLike) -> None:
        super().__init__(layout.blocks, counts)
        self.layout = layout

    @cached_property
    def rows(self) -> int:
        """Rows with a label of a known class and its probability."""
        labelled = self.decided + self.counter("undecided")
        return labelled - sum(self.counter(name) for name in ("foreign", *SCORE_EXTRAS))

    @property
    def log_losses(self) -> Moments:
        """Log loss of the rows."""
        total, squares = (PROBABILITY.total(words) for words in self.block("sums"))
        return Moments(self.rows, total, squares)
