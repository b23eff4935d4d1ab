"""The same log played by nothing but the folds, one partition after the other: what every runtime must equal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bellbuoy_consumers.runtimes.fold import Fold
from bellbuoy_consumers.runtimes.stages import stages
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.codec import decode
from bellbuoy_stream.events.message import Message
from bellbuoy_stream.events.windows import WindowReport
from tests.consumers.runtimes import material

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bellbuoy.transports.protocol import Transport
    from bellbuoy_stream.events.message import Outgoing
    from bellbuoy_stream.references.reference import Reference


def everything(log: Transport, topic: str) -> list[Message]:
    """All records of a topic, partition by partition."""
    found: list[Message] = []
    for partition, end in enumerate(log.ends(topic)):
        at = 0
        while at < end:
            messages = log.read(topic, partition, at, 1_000)
            found += messages
            at = messages[-1].offset + 1 if messages else end
    return found


class Words(NamedTuple):
    """Bytes of each window's last revision, by id, and of each alert, by incident and step."""

    windows: dict[str, bytes]
    alerts: dict[tuple[str, int], bytes]


def words_of(windows: Iterable[Message | Outgoing], alerts: Iterable[Message | Outgoing]) -> Words:
    """Last words; a repeat that differs from what it repeats is an error."""
    reports: dict[tuple[str, int], bytes] = {}
    last: dict[str, tuple[int, bytes]] = {}
    for message in windows:
        report = decode(message.value, message.headers)
        assert isinstance(report, WindowReport)
        assert reports.setdefault((report.id, report.revision), message.value) == message.value
        if report.id not in last or report.revision >= last[report.id][0]:
            last[report.id] = (report.revision, message.value)
    said: dict[tuple[str, int], bytes] = {}
    for message in alerts:
        alert = decode(message.value, message.headers)
        assert isinstance(alert, Alert)
        assert said.setdefault((alert.incident, alert.step), message.value) == message.value
    return Words({name: value for name, (_, value) in last.items()}, said)


def play(events: Iterable[Message], references: Mapping[str, Reference] | None = None) -> Words:
    """Fold the events' partitions one after the other, then the panes."""
    known = references if references is not None else {one.digest: one for one in [material.reference()]}
    tally, judge = stages(known.get)
    by_partition: dict[int, list[Message]] = defaultdict(list)
    for message in events:
        by_partition[message.partition].append(message)
    panes: list[Outgoing] = []
    folds = [Fold(tally, partition, material.PARTITIONS) for partition in range(material.PARTITIONS)]
    for partition, fold in enumerate(folds):
        panes += fold.apply(by_partition[partition])
        panes += fold.flush()
    for fold in folds:
        panes += fold.flush(idle=True)
    judged = Fold(judge, 0, 1)
    out = judged.apply(
        [
            Message("bellbuoy.panes", 0, offset, None, record.key, record.value, record.headers)
            for offset, record in enumerate(panes)
            if record.topic == "bellbuoy.panes"
        ]
    )
    return words_of(
        [record for record in out if record.topic == "bellbuoy.windows"],
        [record for record in out if record.topic == "bellbuoy.alerts"],
    )
