"""Small references and panes for the policies' tests."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bellbuoy_stream.policies import PaneCounts, calibrate
from bellbuoy_stream.references.reference import ColumnReference, Reference

PANE_US = 1_000_000
Counts = NDArray[np.int64]
NUMERIC_CELLS, CATEGORIES = 9, 3


def draw(rng: np.random.Generator, panes: int, rows: int, shift: int = 0) -> Counts:
    """Counters of panes: 'x' numeric with four cuts, 'c' categorical with one kept category, 'e' always missing."""
    out = np.zeros((panes, 2 * (NUMERIC_CELLS + 6) + CATEGORIES + 6), dtype=np.int64)
    for pane in out:
        x = np.clip(rng.binomial(NUMERIC_CELLS - 1, 0.5, size=rows) + shift, 0, NUMERIC_CELLS - 1)
        pane[:NUMERIC_CELLS] = np.bincount(x, minlength=NUMERIC_CELLS)
        at = NUMERIC_CELLS + 6
        pane[at : at + CATEGORIES] = rng.multinomial(rows, [0.6, 0.3, 0.1])
        pane[at + CATEGORIES + 6 + NUMERIC_CELLS] = rows  # nulls
    return out


def reference_of(
    counts: Counts, first: int = 0, season: int | None = None, report_panes: int = 1
) -> Reference:
    """Reference of panes of counters as :func:`draw` makes them."""
    cuts = np.arange(4.0).tobytes()
    total = counts.sum(axis=0)
    ends = NUMERIC_CELLS + 6, NUMERIC_CELLS + 6 + CATEGORIES + 6, counts.shape[1]
    columns = [
        ColumnReference(name="x", source="x", cuts=cuts, counts=total[: ends[0]].tobytes()),
        ColumnReference(
            name="c", source="c", numeric=False, categories=["a"], counts=total[ends[0] : ends[1]].tobytes()
        ),
        ColumnReference(name="e", source="e", cuts=cuts, counts=total[ends[1] :].tobytes()),
    ]
    bare = Reference(model="m", version="1", rows=int(total[:15].sum()), columns=columns)
    calibration = calibrate(
        counts,
        np.arange(first, first + len(counts)),
        bare.layout,
        PANE_US,
        season and season * PANE_US,
        report_panes,
    )
    return Reference(model="m", version="1", rows=bare.rows, columns=columns, calibration=calibration)


def pane_of(index: int, counts: Counts) -> PaneCounts:
    """One pane."""
    return PaneCounts(index, index * PANE_US, (index + 1) * PANE_US, counts)


@pytest.fixture(scope="session")
def made() -> tuple[Callable[..., Counts], Callable[..., Reference], Callable[[int, Counts], PaneCounts]]:
    """The three makers."""
    return draw, reference_of, pane_of
