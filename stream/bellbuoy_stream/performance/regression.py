"""Numbers: error cells and sums of errors, as one vector that adds."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.performance.blocks import Blocks, View, columns_of, cuts_of, in_cells
from bellbuoy_stream.performance.fixed_point import WORDS, FixedPoint

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.performance.blocks import Column

ABSOLUTE, SQUARED, SIGNED, FOURTH = range(4)
"""The sums; fourth powers are for the interval of the root mean squared error."""

POWERS = (1, 2, 1, 4)
FRACTION_BITS = (40, 32, 40, 20)
"""Sums resolve scale**power to 2**-bits of it: errors up to 2**28, 2**18, 2**28 and 2**12 scales are not cut off."""

MOST_OCTAVES = 200
"""Scales from 2**-200 to 2**200, so that fourth powers and their units stay normal numbers."""


class RegressionLayout:
    """Cells and sums of errors, prediction less label.

    ========================  =====================================================================================
    ``cells``                 (2k+1): rows in the cells of the error
    ``sums``                  (4, 2): absolute, squared, signed error, fourth power; two words
    ``cut_off``               rows of the cells whose error is so large that a sum took it for less
    ``unlabelled``            label missing: not counted anywhere else
    ``infinite_label``        label infinite: not counted anywhere else
    ``no_prediction``         labelled rows without prediction
    ``infinite_prediction``   labelled rows with an infinite one
    ========================  =====================================================================================

    Parameters
    ----------
    cuts
        Cut points of the error, rising, from the errors of the reference.
    scale
        How large errors are there, such as their root mean square; rounded up to a power of two.  Sums are kept to
        2**-32 of it, or of its square.

    Raises
    ------
    InputError
        Where cut points are not rising, or the scale is not a positive number between 2**-200 and 2**200.

    Examples
    --------
    >>> layout = RegressionLayout([-1.0, 0.0, 1.0], scale=1.0)
    >>> view = layout.view(layout.count([3.0, 5.0, 2.0, None], [3.0, 4.5, 4.0, 1.0]))
    >>> view.cells.tolist(), view.total(SIGNED), view.total(SQUARED), view.counter("no_prediction")
    ([1, 0, 0, 1, 1, 0, 0], -1.5, 4.25, 1)
    """

    def __init__(self, cuts: ArrayLike, *, scale: float) -> None:
        if not 2.0**-MOST_OCTAVES <= scale <= 2.0**MOST_OCTAVES:
            raise InputError(f"the scale of errors must be a positive number of usual size, not {scale}")
        self.cuts = cuts_of(cuts, "errors")
        octave = 2.0 ** math.ceil(math.log2(scale))
        self.points = tuple(
            FixedPoint(octave**power * 2.0**-bits) for power, bits in zip(POWERS, FRACTION_BITS, strict=True)
        )
        self.blocks = Blocks(
            {
                "cells": (2 * len(self.cuts) + 1,),
                "sums": (len(POWERS), WORDS),
                "cut_off": (),
                "unlabelled": (),
                "infinite_label": (),
                "no_prediction": (),
                "infinite_prediction": (),
            }
        )

    def count(self, predictions: Column, labels: Column) -> Counts:
        """Vector of some rows; vectors of other rows are added to it.

        Parameters
        ----------
        predictions, labels
            Shapes (rows,); None or nan where missing.

        Raises
        ------
        InputError
            Where the columns are not flat or differ in length.
        """
        predicted, label = columns_of(predictions=predictions, labels=labels)
        counts = self.blocks.zeros()
        labelled = np.isfinite(label)
        for name, rows in (
            ("unlabelled", np.isnan(label)),
            ("infinite_label", np.isinf(label)),
            ("no_prediction", labelled & np.isnan(predicted)),
            ("infinite_prediction", labelled & np.isinf(predicted)),
        ):
            self.blocks.of(counts, name)[...] = np.count_nonzero(rows)
        used = labelled & np.isfinite(predicted)
        with np.errstate(over="ignore"):
            error = predicted[used] - label[used]
            square = error * error
            powers = (np.abs(error), square, error, square * square)
        self.blocks.of(counts, "cells")[:] = in_cells(self.cuts, error)
        for which, (point, values) in enumerate(zip(self.points, powers, strict=True)):
            self.blocks.of(counts, "sums")[which] = point.words(values).sum(axis=1)
        self.blocks.of(counts, "cut_off")[...] = np.count_nonzero(square > self.points[SQUARED].limit)
        return counts

    def view(self, counts: ArrayLike) -> RegressionView:
        """The vector as metrics read it.

        Raises
        ------
        InputError
            Where it has another length.
        """
        return RegressionView(self, counts)


class RegressionView(View):
    """What a vector of a :class:`RegressionLayout` says."""

    def __init__(self, layout: RegressionLayout, counts: ArrayLike) -> None:
        super().__init__(layout.blocks, counts)
        self.layout = layout

    @property
    def cells(self) -> Counts:
        """Rows in each cell of the error, shape (2k+1,)."""
        return self.block("cells")

    @cached_property
    def rows(self) -> int:
        """Rows with label and prediction."""
        return int(self.cells.sum())

    def total(self, which: int) -> float:
        """A sum: ``ABSOLUTE``, ``SQUARED``, ``SIGNED`` or ``FOURTH``."""
        return self.layout.points[which].total(self.block("sums")[which])
