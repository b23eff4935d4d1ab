r"""Cells of a column as a Polya urn: the law of the next values given the reference, whatever the distribution.

Let the reference be m exchangeable values without ties.  They make m + 1 spacings, and the next value falls into each
with probability 1 / (m + 1), whatever the continuous distribution; having fallen, it splits its spacing in two.  So
the counts of following values in groups of spacings are those of a Polya urn that starts with the groups' numbers of
spacings: a Dirichlet-multinomial law with parameters a and sum m + 1.  An open gap between two cuts with r reference
values inside holds r + 1 spacings; a cut where c reference values tie adds c - 1.

Exact are columns whose reference has no ties at the cuts.  With ties the law is exact if every tied row, of the
reference and of the stream, is placed at random among its equals; the rows of an atom would then have to be split by
a salted hash of the row id where they are counted, before they come here: :meth:`Urn.group` is the seam.  Until then
ties are counted whole in the group that begins at their atom, and categories are cells with one extra row each (a
Dirichlet base measure).  Both are approximations, and a policy on such columns is not certified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.references.reference import Reference

GROUPS = 20
"""Groups of cells of a column: more see finer changes and pay (groups - 1) / 2 log n of evidence for it."""


@dataclass(frozen=True)
class Urn:
    """Groups of the value cells of some columns, in one vector.

    ``take`` are the value cells' places in the layout's vector, rearranged so that each group is a run that begins
    at ``heads``; ``starts`` is the first group of each column; ``spacings`` the urn's first content.
    """

    names: tuple[str, ...]
    take: NDArray[np.intp]
    heads: NDArray[np.intp]
    starts: NDArray[np.intp]
    spacings: NDArray[np.float64]
    exact: tuple[bool, ...]

    @classmethod
    def of(cls, reference: Reference, names: Sequence[str], groups: int = GROUPS) -> Urn:
        """Urn of the named columns, each in about so many groups of equal reference mass.

        Examples
        --------
        >>> import numpy as np
        >>> from bellbuoy_stream.references.reference import ColumnReference, Reference
        >>> counts = np.array([0, 1, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0])  # 7 values, 3 of them cuts
        >>> column = ColumnReference(name="x", source="x", cuts=np.arange(3.0).tobytes(), counts=counts.tobytes())
        >>> urn = Urn.of(Reference(model="m", version="1", rows=7, columns=[column]), ["x"], groups=4)
        >>> urn.spacings.tolist(), urn.exact
        ([4.0, 3.0, 1.0], (True,))
        """
        take, heads, starts, spacings, exact = [], [], [], [], []
        cells = made = 0
        for name in names:
            place = reference.layout[name]
            counts = place.values(reference.counts)
            weights = counts + 1
            if place.numeric:
                weights[1::2] = counts[1::2] - 1
            weights = np.maximum(weights, 0)
            before = np.cumsum(weights) - weights
            wanted = (
                before * groups // max(int(weights.sum()), 1) if place.numeric else np.arange(len(weights))
            )
            _, first = np.unique(wanted, return_index=True)
            take.append(np.arange(place.start, place.extras))
            heads.append(first + cells)
            starts.append(made)
            spacings.append(np.add.reduceat(weights, first).astype(np.float64))
            exact.append(place.numeric and bool((counts[1::2] == 1).all()))
            cells, made = cells + len(weights), made + len(first)
        return cls(
            names=tuple(names),
            take=np.concatenate(take) if take else np.zeros(0, dtype=np.intp),
            heads=np.concatenate(heads) if heads else np.zeros(0, dtype=np.intp),
            starts=np.array(starts, dtype=np.intp),
            spacings=np.concatenate(spacings) if spacings else np.zeros(0),
            exact=tuple(exact),
        )

    @property
    def size(self) -> int:
        """Number of groups of all columns."""
        return len(self.heads)

    def group(self, counts: Counts) -> Counts:
        """Rows of each group, shape (size,), from the layout's counters; atoms belong to the group they begin."""
        grouped: Counts = np.add.reduceat(counts[self.take], self.heads)
        return grouped

    def by_column(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums over the groups of each column, last axis."""
        sums: NDArray[np.float64] = np.add.reduceat(values, self.starts, axis=-1)
        return sums
