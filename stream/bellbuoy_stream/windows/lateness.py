"""How late a row is, and when a window's report is issued anew.

A row's class is fixed by its own partition's watermark when it is read, so it does not depend on how partitions
interleave:

::

    class      0             1                 2                 3              ...   dropped
    watermark  < pane end    < window end      < end + size      < end + 3 size       >= end + keep
    goes to    detectors     revision 0        revision 1        revision 2           a count

Revision r is issued when the model's watermark reaches end + size * (2**r - 1), or end + keep if that is sooner.
"""

from __future__ import annotations

ON_TIME = 0
IN_WINDOW = 1
DROPPED = -1


def lateness(pane_end: int, window_end: int, watermark: int | None, size: int, keep: int) -> int:
    """Class of a row; all arguments in microseconds.  ``DROPPED`` where it comes too late for any revision.

    Examples
    --------
    >>> [lateness(10, 100, wm, 100, 1000) for wm in (None, 9, 10, 100, 200, 399, 400, 1100)]
    [0, 0, 1, 2, 3, 3, 4, -1]
    """
    if watermark is None or watermark < pane_end:
        return ON_TIME
    if watermark < window_end:
        return IN_WINDOW
    if watermark >= window_end + keep:
        return DROPPED
    return 1 + ((watermark - window_end) // size + 1).bit_length()


def revision_due(revision: int, window_end: int, size: int, keep: int) -> int:
    """Watermark at which a revision is issued, microseconds.

    Examples
    --------
    >>> [revision_due(r, 100, 100, 1000) for r in range(6)]
    [100, 200, 400, 800, 1100, 1100]
    """
    return window_end + min(size * ((1 << revision) - 1), keep) if revision else window_end
