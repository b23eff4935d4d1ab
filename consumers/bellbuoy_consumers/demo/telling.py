"""What the demo says before it plays and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_consumers.demo.calendar_view import LEGEND, calendar_lines
from bellbuoy_consumers.demo.story import LIVE_FROM
from bellbuoy_consumers.demo.summary import summary_lines

if TYPE_CHECKING:
    from bellbuoy_consumers.cli.output import Output
    from bellbuoy_consumers.demo.playing import Played
    from bellbuoy_consumers.demo.story import Fault, Story


def introduce(story: Story, seconds: float, out: Output) -> None:
    """Say what is going to be played."""
    columns = len(story.reference.columns)
    out.say(
        f"{story.trained_rows:,} flights learned from in {seconds:.0f} s.  {len(story.live):,} flights from "
        f"{LIVE_FROM} on now go through the logger; {columns} columns are watched, in hours and days of New York."
    )
    out.say("")


def conclude(
    played: Played, fault: Fault, url: str, prefix: str | None, seconds: tuple[float, float], out: Output
) -> None:
    """Say what has happened, how long it took, and where to look next."""
    opened = sum(alert.state == "opened" for alert in played.alerts)
    took = round(sum(seconds), 1)
    out.line({"kind": "summary", "rows": played.sent, "windows": len(played.windows), "alerts": opened, "seconds": took})  # fmt: skip  # noqa: E501
    out.say("")
    out.say("What happened", "bold")
    for line in summary_lines(played, fault):
        out.say(line)
    out.say("")
    for line in calendar_lines(played.windows):
        out.say(f"  {line}")
    out.say(f"  {LEGEND}", "dim")
    out.say("")
    out.say(
        f"{took:.0f} s: {seconds[0]:.0f} s for the model and its reference, {seconds[1]:.0f} s for the replay."
    )
    out.say("")
    out.say("Where to look next", "bold")
    where = f"--broker {url}" + (f" --prefix {prefix}" if prefix else "")
    incident = played.alerts[0].incident if played.alerts else None
    commands = [f"bellbuoy alerts {where}", f"bellbuoy windows {where}", f"bellbuoy status {where}"]
    commands += [f"bellbuoy show {incident} {where}"] if incident else []
    for command in commands:
        out.say(f"  {command}")
