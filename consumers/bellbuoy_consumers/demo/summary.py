"""What happened, in words: read from the windows and alerts of the topics, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellbuoy_consumers.demo.clock import day_text, hour_text, last_day, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bellbuoy_consumers.demo.playing import Played
    from bellbuoy_consumers.demo.story import Fault
    from bellbuoy_stream.events.alerts import Alert

DISTANCES = ("drift", "prediction")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One incident from its alerts.

    Attributes
    ----------
    opened, last
        Its first and its last alert.
    columns
        Every column it ever named, in order of appearance.
    """

    opened: Alert
    last: Alert
    columns: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Whether it is resolved."""
        return self.last.state == "resolved"

    def text(self) -> str:
        """A line about it."""
        end = hour_text(self.last.time) if self.is_over else "still open"
        what = f"{self.opened.type:<10} {self.last.severity:<8} {', '.join(self.columns)}"
        return f"{hour_text(self.opened.time)} to {end:<12}  {what}"

    def sentence(self) -> str:
        """The same in words, with its id."""
        end = f"resolved {hour_text(self.last.time).strip()}" if self.is_over else "still open"
        what = f"{self.opened.type}, {self.last.severity}, of {', '.join(self.columns)}"
        return f"{what}: opened {hour_text(self.opened.time).strip()}, {end} ({self.opened.incident})."


def outcomes(alerts: Iterable[Alert]) -> list[Outcome]:
    """Incidents in the order in which they opened."""
    found: dict[str, Outcome] = {}
    for alert in alerts:
        known = found.get(alert.incident)
        names = () if known is None else known.columns
        names += tuple(column.name for column in alert.columns if column.name not in names)
        found[alert.incident] = Outcome(alert if known is None else known.opened, alert, names)
    return list(found.values())


def first_drifts(alerts: Iterable[Alert]) -> dict[str, str]:
    """When each column was first named by an alert about a distance, in order of time."""
    first: dict[str, str] = {}
    for alert in alerts:
        if alert.type in DISTANCES and alert.state != "resolved":
            for column in alert.columns:
                first.setdefault(column.name, alert.time)
    return first


def opened_in(alerts: Iterable[Alert], fault: Fault) -> list[Outcome]:
    """Incidents that opened while the fault lasted."""
    start, stop = midnight(fault.start), midnight(fault.stop)
    return [one for one in outcomes(alerts) if start <= one.opened.time < stop]


def fault_lines(alerts: Sequence[Alert], fault: Fault) -> Iterator[str]:
    """What became of the fault that was put in."""
    yield f"Put in on purpose, {day_text(midnight(fault.start))} to {last_day(fault.stop)}: {fault.told}."
    meanwhile = opened_in(alerts, fault)
    named = [one for one in meanwhile if fault.column in one.columns]
    wrong = [one for one in named if one.opened.type in DISTANCES]
    for one in named:
        yield f"  {one.sentence()}"
    if not named:
        yield f"  No incident named {fault.column} while it lasted."
    elif wrong:
        yield f"  {len(wrong)} of them took it for drift."
    else:
        yield f"  No drift incident named {fault.column} meanwhile: broken columns are kept out of drift detection."
    others = [one for one in meanwhile if one not in named]
    if others:
        yield "Opened meanwhile (the model is fed the broken values, too):"
        yield from (f"  {one.sentence()}" for one in others)


def counted(played: Played) -> str:
    """Rows, records and windows."""
    latest = {window.id: window for window in played.windows}
    rows = sum(window.rows for window in latest.values())
    late = sum(window.late for window in latest.values())
    lost = sum(window.dropped + window.unparsable for window in latest.values())
    return (
        f"{played.sent:,} flights sent in {played.records:,} records; {rows:,} in {len(latest)} closed daily windows; "
        f"{late} late, {lost} lost, {played.dead} dead letters.\n"
        f"{played.sent - rows:,} wait in windows that are still open: nothing after them says that they are over."
    )


def summary_lines(played: Played, fault: Fault) -> Iterator[str]:
    """The whole summary, a line at a time."""
    alerts, found = played.alerts, outcomes(played.alerts)
    yield from counted(played).splitlines()
    yield ""
    yield f"{len(found)} incidents in {len(alerts)} alerts (times of New York):"
    yield from (f"  {one.text()}" for one in found)
    yield ""
    yield from fault_lines(alerts, fault)
    yield ""
    own = {one.opened.incident for one in opened_in(alerts, fault)}
    first = first_drifts(alert for alert in alerts if alert.incident not in own)
    yield "Not put in: everything else.  First drift alarm of each column:"
    yield "  " + (", ".join(f"{name} {day_text(time)}" for name, time in first.items()) or "none")
    drifts = [alert for alert in alerts if alert.type in DISTANCES and alert.evidence]
    if drifts:
        said = drifts[0].evidence
        certified = "certified" if said.get("budget_certified") else "not certified"
        yield f"  policy {said.get('policy')}, false-alarm budget {said.get('budget')} ({certified})"
