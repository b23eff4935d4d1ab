"""What `bellbuoy doctor` looks at: each check gives a verdict and what to mend."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from bellbuoy_stream.errors import BellbuoyError
from bellbuoy_stream.events.topics import Topics
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.topics import Topic
    from bellbuoy_stream.specs.monitor import MonitorSpec

USED = (Topics.EVENTS, Topics.REFERENCES, Topics.SPECS, Topics.PANES, Topics.WINDOWS, Topics.ALERTS, Topics.STATE, Topics.DEADLETTER)  # fmt: skip  # noqa: E501
WORKERS = ("numpy", "scipy", "msgspec", "kafka-python", "pyarrow", "faust-streaming")
CLOCK_TOLERANCE_US = 5_000_000
RECENT = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``ok``, ``warn`` (works, but) or ``bad``, with a sentence."""

    check: str
    state: Literal["ok", "warn", "bad"]
    detail: str


def versions() -> Iterator[Finding]:
    """What is installed."""
    yield Finding("python", "ok", sys.version.split()[0])
    for name in WORKERS:
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            yield Finding(name, "warn", "not installed; workers need it: pip install 'bellbuoy[workers]'")


def topics(transport: Transport, kept: dict[str, dict[str, str]] | None) -> Iterator[Finding]:
    """Topics: there, with partitions and settings that fit.

    Parameters
    ----------
    kept
        The broker's settings by topic; None where it has none (a SQLite file).
    """
    for topic in USED:
        try:
            partitions = transport.partitions(topic.name)
        except BellbuoyError as error:
            yield Finding(topic.name, "bad", str(error))
            continue
        if topic.partitions == 1 and partitions != 1:
            yield Finding(topic.name, "bad", f"{partitions} partitions; it needs exactly 1: delete it and run `bellbuoy topics create`")  # fmt: skip  # noqa: E501
        else:
            yield Finding(topic.name, "ok", f"{partitions} partitions")
        if kept is not None:
            settings = kept.get(transport.topics.physical(topic.name), {})
            yield from _settings(topic, settings)
            yield from _record_size(topic, settings)


def _settings(topic: Topic, kept: dict[str, str]) -> Iterator[Finding]:
    for name, wanted in topic.settings().items():
        there = kept.get(name)
        if name == "retention.ms" or there is None or there == wanted:
            continue
        yield Finding(
            topic.name,
            "bad" if name == "cleanup.policy" else "warn",
            f"{name} is {there}; set it to {wanted}",
        )


def _record_size(topic: Topic, kept: dict[str, str]) -> Iterator[Finding]:
    """Whether the topic takes the largest record, with its overhead."""
    from bellbuoy.transports.clients import LARGEST_REQUEST_BYTES  # noqa: PLC0415  # needs kafka-python

    there = kept.get("max.message.bytes")
    if there is not None and int(there) < LARGEST_REQUEST_BYTES:
        yield Finding(
            topic.name,
            "bad",
            f"max.message.bytes is {there}: larger records are refused, and their rows lost; set it to "
            f"{LARGEST_REQUEST_BYTES} or more",
        )


def retention(specs: dict[str, MonitorSpec], events_ms: int | None) -> Iterator[Finding]:
    """Whether events are kept for as long as windows can be revised."""
    for spec in specs.values():
        keep = duration_us(spec.window.keep) // 1_000
        if events_ms is not None and 0 <= events_ms < keep:
            yield Finding(spec.model, "warn", f"{Topics.EVENTS.name} keeps less than window.keep = {spec.window.keep}: raise retention.ms to {keep}")  # fmt: skip  # noqa: E501


def clock(transport: Transport, now_us: int) -> Finding:
    """Whether the machine's clock agrees with the log's."""
    newest = None
    for partition, end in enumerate(transport.ends(Topics.EVENTS.name)):
        for message in transport.read(Topics.EVENTS.name, partition, max(end - 1, 0), 1):
            newest = max(message.append_us or 0, newest or 0)
    if newest is not None and newest > now_us + CLOCK_TOLERANCE_US:
        ahead = (newest - now_us) / 1e6
        return Finding("clock", "bad", f"the log's newest record is {ahead:.0f} s in this machine's future; mend one of the clocks")  # fmt: skip  # noqa: E501
    return Finding("clock", "ok", "no record lies in the future")


def models(transport: Transport, specs: dict[str, MonitorSpec]) -> Iterator[Finding]:
    """Whether each model has a spec, and its rows are counted."""
    from bellbuoy_consumers.cli.progress import latest_progress  # noqa: PLC0415

    if not specs:
        yield Finding(
            "specs",
            "warn",
            "no model has a spec; `bellbuoy init` writes one, `bellbuoy apply` puts it into effect",
        )
    ends = transport.ends(Topics.EVENTS.name)
    for name in specs:
        reports = latest_progress(transport, name)
        unread = sum(end - reports[p].offset if p in reports else end for p, end in enumerate(ends))
        dead = sum(report.dead for report in reports.values())
        rows = sum(report.rows for report in reports.values())
        dropped = sum(report.dropped for report in reports.values())
        advice = ""
        if unread > RECENT:
            advice = "; is a worker running? `bellbuoy worker`"
        elif dropped * 100 > rows:
            advice = f"; {dropped:,} came too late for any window: raise window.keep or window.disorder"
        elif dead * 100 > rows:
            advice = "; why: `bellbuoy deadletter`"
        state: Literal["ok", "warn"] = "warn" if advice else "ok"
        yield Finding(
            name,
            state,
            f"{rows:,} rows counted, {dead:,} in the dead letters, {unread:,} records to read{advice}",
        )


def references(transport: Transport) -> Iterator[Finding]:
    """Whether each version whose rows were counted has a reference, and the log holds it."""
    from bellbuoy_consumers.runtimes.library import Library  # noqa: PLC0415

    library = Library(transport)
    for subject, digest in sorted(_counted_against(transport).items()):
        name, advice = "@".join(subject), f"`bellbuoy reference {'@'.join(subject)} FILE`"
        found = None if digest is None else library.find(digest)
        if digest is None:
            yield Finding(name, "bad", f"no reference, so its rows are compared with nothing: {advice}")
        elif found is None:
            yield Finding(name, "bad", f"its reference {digest[:12]} is not in {Topics.REFERENCES.name}: publish it again, {advice}")  # fmt: skip  # noqa: E501
        elif found.version != subject[1]:
            yield Finding(name, "warn", f"no reference of its own, so its rows are compared with that of version {found.version}: {advice}")  # fmt: skip  # noqa: E501
        else:
            yield Finding(name, "ok", f"reference of {found.rows:,} rows ({digest[:12]})")


def _counted_against(transport: Transport) -> dict[tuple[str, str], str | None]:
    """Digest of the reference that the newest rows of each (model, version) were counted against."""
    from bellbuoy_consumers.cli.reading import events, messages  # noqa: PLC0415
    from bellbuoy_stream.events.panes import PaneDelta  # noqa: PLC0415

    panes = events(messages(transport, Topics.PANES.name), PaneDelta)
    newest = sorted(((pane.start_us, (pane.model, pane.version), pane.reference) for pane in panes), key=lambda pane: pane[0])  # fmt: skip  # noqa: E501
    return {subject: digest for _, subject, digest in newest}
