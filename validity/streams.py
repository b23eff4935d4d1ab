"""Arrays into references and panes: the shortest way from made-up rows to the policies, with no files in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.policies.calibration import calibrate
from bellbuoy_stream.policies.protocol import PaneCounts
from bellbuoy_stream.references.cuts import WHOLE, choose_cuts
from bellbuoy_stream.references.reference import ColumnReference, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Rows = NDArray[np.float64]


def pane_matrix(reference: Reference, rows: Rows, pane: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counters of each pane, shape (last pane + 1, layout.width), of rows of shape (rows, columns)."""
    layout, panes = reference.layout, int(pane.max(initial=-1)) + 1
    out = np.zeros((panes, layout.width), dtype=np.int64)
    for values, column in zip(rows.T, reference.columns, strict=True):
        place = layout[column.name]
        if column.numeric:
            cuts = column.cut_points
            cell = np.searchsorted(cuts, values, "left") + np.searchsorted(cuts, values, "right")
        else:
            cell = values.astype(np.int64)
        width = place.extras - place.start
        flat = np.bincount(pane * width + cell, minlength=panes * width)
        out[:, place.start : place.extras] = flat.reshape(panes, width)
    return out


def make_reference(
    rows: Rows,
    pane: NDArray[np.int64],
    first: int,
    pane_us: int,
    window_panes: int,
    season_us: int | None = None,
    categories: int = 0,
) -> Reference:
    """Reference of rows in rising panes; with ``categories`` every column holds codes below that number."""
    columns = [_column(f"x{i}", values, categories) for i, values in enumerate(rows.T)]
    bare = Reference(model="m", version="1", rows=len(rows), columns=columns)
    counts = pane_matrix(bare, rows, pane)
    filled = np.flatnonzero(counts.any(axis=1))
    calibration = calibrate(counts[filled], filled + first, bare.layout, pane_us, season_us, window_panes)
    places = bare.layout.places
    total = counts.sum(axis=0)
    counted = [
        ColumnReference(
            name=c.name, source=c.source, numeric=c.numeric, exact=c.exact, cuts=c.cuts, categories=c.categories,
            counts=total[p.start : p.stop].tobytes(),
        )
        for c, p in zip(columns, places, strict=True)
    ]  # fmt: skip
    return Reference(model="m", version="1", rows=len(rows), columns=counted, calibration=calibration)


def _column(name: str, values: NDArray[np.float64], categories: int) -> ColumnReference:
    if categories:
        return ColumnReference(
            name=name, source=name, numeric=False, categories=[str(c) for c in range(categories)]
        )
    unique, weights = np.unique(values, return_counts=True)
    exact = len(unique) <= WHOLE.exact_values
    cuts = unique if exact else choose_cuts(unique, weights.astype(np.int64))
    return ColumnReference(name=name, source=name, exact=exact, cuts=cuts.astype("<f8").tobytes())


def panes_of(counts: NDArray[np.int64], first: int, pane_us: int, every: int = 1) -> Iterator[PaneCounts]:
    """Panes (or windows of ``every`` panes) in order."""
    if every > 1:
        whole = len(counts) // every * every
        counts = counts[:whole].reshape(-1, every, counts.shape[1]).sum(axis=1)
    for at, row in enumerate(counts):
        start = (first + at * every) * pane_us
        yield PaneCounts(first + at * every, start, start + pane_us * every, row)
