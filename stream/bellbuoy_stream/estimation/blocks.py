"""How far an estimate without labels was off on blocks of the reference that it had not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.estimation.calibration import calibrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.estimation.calibration import ScoreCalibration

    Expected = Callable[[Counts, ScoreCalibration], float]
    Block = tuple[Counts, Counts, Counts, Counts]
    Realised = Callable[[Counts, Counts, Counts, Counts], float]

LEAST_BLOCKS = 3
"""Below this many errors their spread says nothing."""


@dataclass(frozen=True, slots=True)
class BlockErrors:
    """Estimate less truth, of blocks that are each as long as what is estimated later.

    Attributes
    ----------
    errors
        One a block; back-checks on matured windows are put behind those of the reference.
    """

    errors: tuple[float, ...]

    def half_width(self, level: float = 0.95) -> float:
        """Half the length of a prediction interval for the next block; infinite below three blocks.

        Errors are taken to be normal about 0 (an estimate that was biased is widened by its bias, not corrected):
        t of B degrees of freedom times the root mean square of the B errors, widened by sqrt(1 + 1/B).

        Examples
        --------
        >>> round(BlockErrors((0.01, -0.01, 0.02, -0.02)).half_width(), 4)
        0.0491
        """
        count = len(self.errors)
        if count < LEAST_BLOCKS:
            return math.inf
        spread = math.sqrt(sum(error * error for error in self.errors) / count)
        return float(t.isf((1 - level) / 2, count)) * spread * math.sqrt(1 + 1 / count)

    def checked(self, estimate: float, truth: float) -> BlockErrors:
        """These errors and one more, once the labels have come."""
        return BlockErrors((*self.errors, estimate - truth))


def block_errors(blocks: Sequence[Block], expected: Expected, realised: Realised) -> BlockErrors:
    """Leave one block out, calibrate on the others, estimate the block, compare.

    Parameters
    ----------
    blocks
        Of each block of the reference, rows in each value cell of the score, shapes (cells,): true positives, true
        negatives, false negatives, false positives.
    expected
        The estimate, such as :func:`~bellbuoy_stream.estimation.expected_accuracy`.
    realised
        The metric itself, of the four parts of a block.

    Raises
    ------
    InputError
        Where there are fewer than two blocks.

    Examples
    --------
    >>> from bellbuoy_stream.estimation.cbpe import expected_accuracy
    >>> def accuracy(tp, tn, fn, fp):
    ...     return ((tp + tn) / (tp + tn + fn + fp)).item()
    >>> blocks = [tuple(np.array([rows]) for rows in block) for block in [(3, 0, 0, 1), (2, 0, 0, 2)]]
    >>> block_errors(blocks, expected_accuracy, accuracy).errors
    (-0.25, 0.25)
    """
    if len(blocks) < 2:
        raise InputError("an estimate's error needs at least two blocks of labelled reference rows")
    cells = np.array(blocks)
    errors = []
    for block, (tp, tn, fn, fp) in zip(cells, cells.sum(axis=0) - cells, strict=True):
        calibration = calibrate(tp + fn, tn + fp, tp + fp)
        errors.append(expected(block.sum(axis=0), calibration) - realised(*block))
    return BlockErrors(tuple(error for error in errors if math.isfinite(error)))
