"""Windows along an axis of time: every column's distance against its threshold, incidents as bands."""

# ruff: noqa: E501  # markup reads best as it will stand

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bellbuoy_consumers.report.story import Case, Story
    from bellbuoy_stream.events.windows import WindowReport

MOST_POINTS = 600
"""Points a chart; where there are more windows, each point is the worst of several."""
WIDTH, HEIGHT = 320.0, 84.0
LANE = 9.0
SEAM = 0.05
"""Stretches that lie closer than this are one."""
SMALLEST_TOP = 0.2
"""Charts of quiet columns reach so high at least, so that noise does not look like drift."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a time lies between the left and the right edge."""

    first_us: int
    last_us: int

    @classmethod
    def of(cls, windows: Sequence[WindowReport]) -> Axis:
        """From the first window's start to the last one's end."""
        starts = [parse_time_us(window.start) for window in windows]
        ends = [parse_time_us(window.end) for window in windows]
        return cls(min(starts, default=0), max(ends, default=1))

    def x(self, time_us: int) -> float:
        """Place of a time, clipped to the edges.

        Examples
        --------
        >>> Axis(0, 100).x(25)
        80.0
        """
        share = (time_us - self.first_us) / max(self.last_us - self.first_us, 1)
        return WIDTH * min(max(share, 0.0), 1.0)


def points_of(story: Story) -> list[list[WindowReport]]:
    """Windows that are over, one or several a point."""
    windows = story.over
    size = -(-len(windows) // MOST_POINTS) or 1
    return [list(windows[at : at + size]) for at in range(0, len(windows), size)]


def hover_data(story: Story, axis: Axis, points: Sequence[Sequence[WindowReport]]) -> dict[str, Any]:
    """What the page's script shows under the pointer."""
    return {
        "at": [
            [
                round(axis.x(parse_time_us(p[0].start)) / WIDTH, 5),
                round(axis.x(parse_time_us(p[-1].end)) / WIDTH, 5),
            ]
            for p in points
        ],
        "when": [
            f"{story.when(parse_time_us(p[0].start))} to {story.when(parse_time_us(p[-1].end))}"
            for p in points
        ],
        "rows": [sum(window.rows for window in p) for p in points],
        "columns": {
            name: {
                "ks": [_rounded(_distance(p, name)) for p in points],
                "threshold": [_rounded(_threshold(p, name)) for p in points],
                "drift": [int(any(name in window.drifted for window in p)) for p in points],
                "broken": [int(any(name in window.quality for window in p)) for p in points],
            }
            for name in story.columns
        },
    }


def column_chart(axis: Axis, points: Sequence[Sequence[WindowReport]], name: str) -> str:
    """SVG of a column's distance, its threshold, and where it drifted or was broken; what is not over yet is faded."""
    distances = [_distance(point, name) for point in points]
    thresholds = [_threshold(point, name) for point in points]
    top = max(
        SMALLEST_TOP,
        *(1.12 * value for value in (*distances, *_shown(thresholds, distances)) if value is not None),
    )
    top = min(top, 1.0)
    spans = [(axis.x(parse_time_us(p[0].start)), axis.x(parse_time_us(p[-1].end))) for p in points]

    def y(value: float) -> float:
        return HEIGHT - HEIGHT * min(value / top, 1.0)

    parts = [
        f'<rect class="{kind}" x="{left:.1f}" y="0" width="{max(right - left, 0.8):.1f}" height="{HEIGHT:g}"/>'
        for kind, marked in (
            ("broken", [any(name in window.quality for window in p) for p in points]),
            ("drifted", [any(name in window.drifted for window in p) for p in points]),
        )
        for left, right in _runs(spans, marked)
    ]
    if spans[-1][1] < WIDTH:
        left = spans[-1][1]
        parts.append(
            f'<rect class="unfinished" x="{left:.1f}" y="0" width="{WIDTH - left:.1f}" height="{HEIGHT:g}"/>'
        )
    middles = [(left + right) / 2 for left, right in spans]
    line = _path([None if v is None else (x, y(v)) for x, v in zip(middles, distances, strict=True)])
    limit = _path([None if v is None else (x, y(v)) for x, v in zip(middles, thresholds, strict=True)])
    if line:
        parts.append(f'<path class="line" d="{line}"/>')
    if limit:
        parts.append(f'<path class="limit" d="{limit}"/>')
    worst = max((value for value in distances if value is not None), default=0.0)
    label = f"Distance of {name} from the reference in each window; largest {worst:.2f}"
    return (
        f'<svg class="chart" data-column="{escape(name, quote=True)}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label, quote=True)}">{"".join(parts)}'
        f'<line class="cross" x1="-9" x2="-9" y1="0" y2="{HEIGHT:g}"/></svg>'
        f'<div class="scale"><span>{top:.2f}</span><span>0</span></div>'
    )


def band(axis: Axis, cases: Iterable[Case]) -> str:
    """SVG with a bar for each incident; those that overlap lie in lanes of their own."""
    lanes: list[float] = []
    bars = []
    for case in cases:
        left = axis.x(case.start_us)
        right = WIDTH if case.end_us is None else axis.x(case.end_us)
        right = max(right, left + 1.5)
        lane = next((number for number, end in enumerate(lanes) if end <= left), len(lanes))
        lanes[lane : lane + 1] = [right]
        kind = "broken" if case.first.type == "quality" else case.last.severity
        title = escape(case.last.summary if case.end_us is None else case.first.summary)
        bars.append(
            f'<a href="#{case.first.incident}"><rect class="case {kind}" x="{left:.1f}" y="{lane * LANE + 1:.1f}" width="{right - left:.1f}" height="{LANE - 2:.1f}" rx="1.5"><title>{title}</title></rect></a>'
        )
    if not bars:
        return ""
    height = len(lanes) * LANE
    return f'<svg class="band" viewBox="0 0 {WIDTH:g} {height:g}" preserveAspectRatio="none" style="height:{max(len(lanes) * 14, 14)}px" role="img" aria-label="Incidents in time">{"".join(bars)}</svg>'


def _runs(spans: Sequence[tuple[float, float]], marked: Sequence[bool]) -> list[tuple[float, float]]:
    """Stretches of marked spans, neighbours joined.

    Examples
    --------
    >>> _runs([(0, 1), (1, 2), (2, 3), (5, 6)], [True, True, False, True])
    [(0, 2), (5, 6)]
    """
    runs: list[tuple[float, float]] = []
    for (left, right), here in zip(spans, marked, strict=True):
        if here and runs and left - runs[-1][1] < SEAM:
            runs[-1] = (runs[-1][0], right)
        elif here:
            runs.append((left, right))
    return runs


def _shown(thresholds: Sequence[float | None], distances: Sequence[float | None]) -> list[float]:
    """Thresholds that matter for the chart's height: not those far above anything that happened."""
    worst = max((value for value in distances if value is not None), default=0.0)
    return [value for value in thresholds if value is not None and value <= max(2.5 * worst, SMALLEST_TOP)]


def _distance(point: Sequence[WindowReport], name: str) -> float | None:
    found = [window.columns[name].ks for window in point if name in window.columns]
    return max((value for value in found if value is not None), default=None)


def _threshold(point: Sequence[WindowReport], name: str) -> float | None:
    return min(
        (window.thresholds[name] for window in point if window.thresholds.get(name, 1) < 1), default=None
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Path through points; a missing one breaks it."""
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(parts)
