"""When a broken column has recovered: a pane, or panes together, that could have shown the fault did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.counting.layout import COUNTED_EXTRAS, EXTRAS
from bellbuoy_stream.counting.sparse import add_cells, to_cells
from bellbuoy_stream.events.panes import Cells

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.quality.inspect import Inspector


class Fault(msgspec.Struct):
    """Counters of a column where it was last found broken, and of the panes since together."""

    shown: Cells
    since: Cells | None = None


def fault_of(part: Counts) -> Fault:
    """Fault of a column's counters, shape (cells of the column,)."""
    return Fault(to_cells(part))


def recovered(inspector: Inspector, name: str, fault: Fault, part: Counts) -> bool:
    """Whether a pane without a finding ends a fault; if not, its counters are kept for the next.

    Where as many rows, spread over the cells as in the fault, would be found broken and these are not, the fault is
    over; panes that are too small for it are looked at together.  Missing values say nothing of it: as many rows as
    any rule asks for must have a value.

    Parameters
    ----------
    inspector
        The rules.
    name
        The column.
    fault
        Of the column; changed in place.  Where nothing is known of it, rows enough are.
    part
        The pane's counters of the column, shape (cells of the column,).
    """
    shown = np.zeros_like(part)
    add_cells(fault.shown, shown)
    if _would_show(inspector, name, shown, part):
        return True
    together = part.copy()
    if fault.since is not None:
        add_cells(fault.since, together)
    if inspector.column(name, together) is not None:
        fault.shown, fault.since = to_cells(together), None
        return False
    fault.since = to_cells(together)
    return _would_show(inspector, name, shown, together)


def _would_show(inspector: Inspector, name: str, shown: Counts, part: Counts) -> bool:
    """Whether as many rows as these would be found broken if they were as those that showed the fault."""
    if int(part[: -len(EXTRAS)].sum()) < inspector.limits.min_rows:
        return False
    return not shown.any() or inspector.column(name, thinned(shown, _rows(part))) is not None


def thinned(part: Counts, rows: int) -> Counts:
    """So many of a column's rows, spread over its cells as they are; all of them where there are no more.

    Examples
    --------
    >>> thinned(np.array([1, 1, 1, 1, 0, 4, 0, 0, 0, 80, 0]), 4).tolist()
    [0, 1, 0, 1, 0, 2, 0, 0, 0, 40, 0]
    """
    share = min(rows / max(_rows(part), 1), 1.0)
    counted = len(part) - len(EXTRAS) + COUNTED_EXTRAS
    # whole rows up to each cell: the total is right however few rows a cell holds
    upto = np.floor(np.cumsum(part[:counted]) * share + 1e-9)
    fewer = np.rint(part * share)
    fewer[:counted] = np.diff(upto, prepend=0)
    result: Counts = fewer.astype(np.int64)
    return result


def _rows(part: Counts) -> int:
    return int(part[: len(part) - len(EXTRAS) + COUNTED_EXTRAS].sum())
