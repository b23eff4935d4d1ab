"""A vector of counters on the wire: only what is not zero, in its natural width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.panes import Cells

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts

ITEM_TYPES = {"u1": (np.uint8, 1), "u2": (np.uint16, 2), "u4": (np.uint32, 4), "i8": (np.int64, 8)}


def to_cells(counts: Counts) -> Cells:
    """The shorter of the dense and the sparse form, exact.

    Examples
    --------
    >>> import numpy as np
    >>> cells = to_cells(np.array([0, 0, 0, 0, 0, 0, 0, 300], dtype=np.int64))
    >>> cells.kind, len(cells.data), len(cells.at)
    ('u2', 2, 4)
    """
    at = np.flatnonzero(counts)
    present = counts[at]
    if at.size and int(present.min()) < 0:
        kind, size = "i8", 8
    else:
        top = int(present.max(initial=0))
        kind, size = next(
            (kind, size) for kind, (_, size) in ITEM_TYPES.items() if top < 1 << (8 * size - (size == 8))
        )
    item = ITEM_TYPES[kind][0]
    if at.size * (4 + size) < counts.size * size:
        return Cells(kind, present.astype(item).tobytes(), at.astype("<u4").tobytes())
    return Cells(kind, counts.astype(item).tobytes())


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


def reach(cells: Cells) -> int:
    """Smallest length of a vector that a stretch fits into.

    Examples
    --------
    >>> import numpy as np
    >>> reach(to_cells(np.array([0, 0, 0, 0, 0, 0, 0, 300, 0, 0], dtype=np.int64)))
    8
    """
    if cells.at is None:
        return len(cells.data) // ITEM_TYPES[cells.kind][1]
    at = np.frombuffer(cells.at, dtype="<u4")
    return int(at.max()) + 1 if at.size else 0
