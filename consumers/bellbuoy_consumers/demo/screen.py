"""What the demo shows while it plays: a line an alert, and on a terminal a bar that moves below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from bellbuoy_consumers.demo.calendar_view import LEGEND, calendar_lines
from bellbuoy_consumers.demo.clock import day_text, hour_text, last_day, midnight
from bellbuoy_consumers.demo.story import DAY, MODEL, VERSION
from bellbuoy_stream.events.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_consumers.cli.output import Output
    from bellbuoy_consumers.demo.playing import Played
    from bellbuoy_consumers.demo.story import Fault, Story
    from bellbuoy_stream.events.windows import WindowReport

STYLES = {
    "quality": "magenta",
    "drift": "red",
    "prediction": "yellow",
    "performance": "red",
    "monitor": "cyan",
}
FRAMES_A_SECOND = 8
WEEKS_APART = 28
"""Without a terminal: windows between two lines that say how far the worker has come."""


class Screen:
    """Shows a story while it plays.

    Parameters
    ----------
    story, fault
        What is played.
    out
        Where it is shown.
    """

    def __init__(self, story: Story, fault: Fault, out: Output) -> None:
        self.console = out.console
        self._shown = not out.json
        self._moving = self._shown and self.console.is_terminal
        self._days = int((story.live.days[-1] - story.live.days[0]) / DAY) + 1
        self._banners = [
            (
                midnight(fault.start),
                f"until {last_day(fault.stop)} the demo breaks the data on purpose: {fault.told}",
            ),
            (midnight(fault.stop), "the demo's own fault is over; everything else is the year as it was"),
        ]
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(40), TextColumn("{task.fields[said]}")
        )
        self._task = self._bar.add_task("judged", total=self._days, said="")
        self._live = Live(console=self.console, refresh_per_second=FRAMES_A_SECOND, transient=True)
        self._said = 0

    def __enter__(self) -> Self:
        if self._moving:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, played: Played, news: Sequence[WindowReport | Alert]) -> None:
        """Show what has come since the last call."""
        if not self._shown:
            return
        for event in news:
            self._announce(event.time if isinstance(event, Alert) else event.end)
            if isinstance(event, Alert):
                self.console.print(alert_text(event))
        windows = len({window.id for window in played.windows})
        if self._moving:
            self._draw(played, windows)
        elif windows >= self._said + WEEKS_APART:
            self._said = windows
            self.console.print(Text(f"              {_progress(played, windows)}", "dim"))

    def _draw(self, played: Played, windows: int) -> None:
        self._bar.update(self._task, completed=windows, said=_progress(played, windows))
        calendar = Text("\n".join(calendar_lines(played.windows)), no_wrap=True)
        self._live.update(Group(Text(), calendar, Text(LEGEND, "dim"), self._bar))

    def _announce(self, time: str) -> None:
        while self._banners and self._banners[0][0] < time:
            start, told = self._banners.pop(0)
            self.console.print(Text(f"{day_text(start):>6}  --- {told} ---", "bold"))


def alert_text(alert: Alert) -> Text:
    """An alert as a line."""
    summary = alert.summary.removeprefix(f"{MODEL}@{VERSION}: ")
    line = Text(f"{hour_text(alert.time)}  ")
    style = "green" if alert.state == "resolved" else STYLES[alert.type]
    line.append(f"{alert.type:<10} {alert.state:<9} {alert.severity:<8} ", style)
    return line.append(summary)


def _progress(played: Played, windows: int) -> str:
    until = day_text(played.windows[-1].start) if played.windows else "-"
    rows = sum({window.id: window.rows for window in played.windows}.values())
    return f"{until}: {windows} days judged, {rows:,} of {played.sent:,} rows sent"
