"""A vector of counters on the wire: only what is not zero, in its natural width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.panes import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

ITEM_TYPES = {"u1": (np.uint8, 1), "u2": (np.uint16, 2), "u4": (np.uint32, 4), "i8": (np.int64, 8)}
NARROW = {"u1": 1, "u2": 2, "u4": 4}
"""Bytes of the kinds that do not hold every counter."""


def to_cells(counts: Counts) -> Cells:
    """The shortest form, exact: a few large counters (sums among counts) do not make all others wide.

    Examples
    --------
    >>> import numpy as np
    >>> cells = to_cells(np.array([0, 0, 0, 0, 0, 0, 0, 300], dtype=np.int64))
    >>> cells.kind, len(cells.data), len(cells.at)
    ('u2', 2, 4)
    >>> cells = to_cells(np.append(np.arange(50), 1 << 40))
    >>> cells.kind, len(cells.data), cells.beyond.kind, len(cells.beyond.data)
    ('u1', 51, 'i8', 8)
    """
    at = np.flatnonzero(counts)
    present = counts[at]
    below = [int(((present >= 0) & (present < 1 << 8 * size)).sum()) for size in NARROW.values()]
    fitting = dict(zip(ITEM_TYPES, [*below, at.size], strict=True))
    kind = min(ITEM_TYPES, key=lambda kind: _bytes(kind, fitting[kind], at.size, counts.size))
    if fitting[kind] == at.size:
        return _cells(kind, counts, at)
    fits = (present >= 0) & (present < 1 << 8 * NARROW[kind])
    narrow = counts.copy()
    narrow[at[~fits]] = 0
    cells = _cells(kind, narrow, at[fits])
    return Cells(cells.kind, cells.data, cells.at, _sparse("i8", counts, at[~fits]))


def _bytes(kind: str, fitting: int, present: int, length: int) -> int:
    """Length of a vector of so many counters in a kind that so many of those present fit into."""
    size = ITEM_TYPES[kind][1]
    return min(fitting * (4 + size), length * size) + 12 * (present - fitting)


def _cells(kind: str, counts: Counts, at: NDArray[np.intp]) -> Cells:
    """The shorter of the sparse and the dense form."""
    item, size = ITEM_TYPES[kind]
    if at.size * (4 + size) < counts.size * size:
        return _sparse(kind, counts, at)
    return Cells(kind, counts.astype(item).tobytes())


def _sparse(kind: str, counts: Counts, at: NDArray[np.intp]) -> Cells:
    return Cells(kind, counts[at].astype(ITEM_TYPES[kind][0]).tobytes(), at.astype("<u4").tobytes())


def add_cells(cells: Cells, total: Counts, first: int = 0) -> None:
    """Add a stretch to a vector, from position ``first`` on, in place.

    Raises
    ------
    EventError
        Where the stretch does not fit the vector: it was counted against another reference.
    """
    if cells.kind not in ITEM_TYPES:
        raise EventError("wrong-type", f"cells of the unknown kind {cells.kind!r}")
    try:
        counts = np.frombuffer(cells.data, dtype=ITEM_TYPES[cells.kind][0])
        if cells.at is None:
            total[first : first + counts.size] += counts.astype(np.int64)
        else:
            total[np.frombuffer(cells.at, dtype="<u4").astype(np.intp) + first] += counts.astype(np.int64)
    except (ValueError, IndexError) as error:
        raise EventError("unequal-length", f"cells do not fit a vector of {total.size}: {error}") from error
    if cells.beyond is not None:
        add_cells(cells.beyond, total, first)


def reach(cells: Cells) -> int:
    """Smallest length of a vector that a stretch fits into.

    Examples
    --------
    >>> import numpy as np
    >>> reach(to_cells(np.array([0, 0, 0, 0, 0, 0, 0, 300, 0, 0], dtype=np.int64)))
    8
    """
    beyond = 0 if cells.beyond is None else reach(cells.beyond)
    if cells.at is None:
        return max(beyond, len(cells.data) // ITEM_TYPES[cells.kind][1])
    at = np.frombuffer(cells.at, dtype="<u4")
    return max(beyond, int(at.max()) + 1 if at.size else 0)
