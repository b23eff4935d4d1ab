"""The year at a glance: a line a column, a letter a week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.demo.clock import local

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bellbuoy_stream.events.windows import WindowReport

QUIET, BROKEN, DRIFTED = "·", "Q", "D"
LEGEND = f"a letter a week: {DRIFTED} drift alarm, {BROKEN} data broken, {QUIET} neither"


def calendar_lines(windows: Sequence[WindowReport]) -> list[str]:
    """Weeks of every column that was ever broken or drifted, below a line with the months.

    Examples
    --------
    >>> from bellbuoy_stream.events.windows import WindowReport
    >>> def window(day, **said):
    ...     start = f"{day}T05:00:00Z"
    ...     return WindowReport(id=day, model="m", version="1", start=start, end="", rows=9, columns={}, **said)
    >>> lines = calendar_lines([
    ...     window("2013-02-25"), window("2013-03-04", drifted=["temp"]), window("2013-03-11", quality=["pressure"])
    ... ])
    >>> [line.rstrip() for line in lines]
    ['            FM', 'temp        ·D·', 'pressure    ··Q']
    """
    weeks: dict[tuple[int, int], list[WindowReport]] = {}
    for window in windows:
        year, week, _ = _day(window).isocalendar()
        weeks.setdefault((year, week), []).append(window)
    names: dict[str, None] = {}
    for window in windows:
        names.update(dict.fromkeys([*window.drifted, *window.quality]))
    months, before = "", 0
    for parts in weeks.values():
        month = _day(parts[0])
        months += " " if month.month == before else f"{month:%b}"[0]
        before = month.month
    lines = [f"{'':<12}{months}"]
    lines += [f"{name:<12}{''.join(_letter(name, parts) for parts in weeks.values())}" for name in names]
    return lines


def _day(window: WindowReport) -> date:
    return local(window.start).date()


def _letter(name: str, windows: Sequence[WindowReport]) -> str:
    if any(name in window.quality for window in windows):
        return BROKEN
    return DRIFTED if any(name in window.drifted for window in windows) else QUIET
