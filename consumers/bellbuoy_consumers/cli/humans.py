"""Windows and alerts as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellbuoy_stream.events.alerts import Alert
    from bellbuoy_stream.events.windows import WindowReport

STYLES = {"low": "yellow", "medium": "yellow", "high": "red", "critical": "bold red"}
NAMED = 4
"""Columns that a line names; the rest is counted."""


def span_text(start: str, end: str) -> str:
    """A window's time, its date once where both ends share it.

    Examples
    --------
    >>> span_text("2013-01-01T00:00:00Z", "2013-01-01T01:00:00Z")
    '2013-01-01 00:00:00 to 01:00:00'
    >>> span_text("2013-01-01T00:00:00Z", "2013-01-02T00:00:00Z")
    '2013-01-01 to 2013-01-02'
    """
    start, end = start.rstrip("Z").replace("T", " "), end.rstrip("Z").replace("T", " ")
    if start.endswith(" 00:00:00") and end.endswith(" 00:00:00"):
        return f"{start[:10]} to {end[:10]}"
    return f"{start} to {end[11:] if start[:10] == end[:10] else end}"


def names_text(names: list[str]) -> str:
    """Some names, the rest counted.

    Examples
    --------
    >>> names_text(["a", "b", "c", "d", "e", "f"])
    'a, b, c, d and 2 more'
    """
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


class WindowLines:
    """Windows, a line each; whose they are is said where they are not all of one model and version.

    Parameters
    ----------
    windows
        All that will be shown, as far as they are known.

    Examples
    --------
    >>> from bellbuoy_stream.events.windows import WindowReport
    >>> one, two = (WindowReport(id=v, model="m", version=v, start="2013-01-01T00:00:00Z", end="2013-01-02T00:00:00Z",
    ...                          rows=3, columns={}) for v in ("1", "10"))
    >>> lines = WindowLines([one, two])
    >>> lines.head.split()[:2], lines.line(two)[0].split()[:3]
    (['model', 'window'], ['m@10', '2013-01-01', 'to'])
    >>> WindowLines([one]).line(one)[0].split()[0]
    '2013-01-01'
    """

    def __init__(self, windows: Iterable[WindowReport] = ()) -> None:
        subjects = {_subject(window) for window in windows}
        self._width = max(map(len, subjects)) if len(subjects) > 1 else 0

    @property
    def head(self) -> str:
        """What stands above them."""
        return self._row("model", "window", "rows", "KS of its threshold", "verdict")

    def line(self, window: WindowReport) -> tuple[str, str]:
        """A line, and its style."""
        verdict, style = verdict_of(window)
        span = span_text(window.start, window.end)
        if window.segment:
            span = f"{span} {window.segment}"
        text = self._row(_subject(window), span, f"{window.rows:,}", _nearest_alarm(window), verdict)
        return text, style

    def _row(self, subject: str, span: str, rows: str, nearest: str, verdict: str) -> str:
        whose = f"{subject:<{self._width}}  " if self._width else ""
        return f"{whose}{span:<44} {rows:>9}  {nearest:<22} {verdict}"


def _subject(window: WindowReport) -> str:
    return f"{window.model}@{window.version}"


def _nearest_alarm(window: WindowReport) -> str:
    """The column nearest its threshold (or with the largest distance, where there are none)."""
    distances = [(column.ks, name) for name, column in window.columns.items() if column.ks is not None]
    if not distances:
        return ""
    limits = window.thresholds
    distance, name = max(distances, key=lambda found: (found[0] / limits.get(found[1], 1.0), found[1]))
    return f"{distance:.3f}{f' of {limits[name]:.3f}' if name in limits else ''} {name}"


def verdict_of(window: WindowReport) -> tuple[str, str]:
    """What a window says, in words, and its style."""
    parts = []
    style = ""
    if window.drift:
        parts.append(f"drift: {names_text(window.drifted)}")
        style = "red"
    if window.quality:
        parts.append(f"data broken: {names_text(window.quality)}")
        style = style or "magenta"
    if window.inconclusive:
        parts.append("inconclusive")
        style = style or "dim"
    if not window.closed:
        parts.append("not over yet")
        style = style or "dim"
    if window.revision:
        parts.append(f"revision {window.revision}")
    return "; ".join(parts) or "as the reference", style


def alert_line(alert: Alert) -> tuple[str, str]:
    """A line, and its style."""
    mark = " (muted)" if alert.muted else ""
    head = f"{alert.time}  {alert.state:<9} {alert.severity:<8} {alert.type:<10}"
    text = f"{head} {alert.summary}{mark}  [{alert.incident}]"
    style = "green" if alert.state == "resolved" else STYLES[alert.severity]
    return text, "dim" if alert.muted else style
