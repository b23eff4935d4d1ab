"""`bellbuoy deadletter`: records that could not be used."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from bellbuoy_consumers.cli.options import Broker, Follow, Json, Prefix  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.transports import Transport
    from bellbuoy_stream.events.message import Message

TOPIC = "bellbuoy.deadletter"
RETRIED = "retried"
COUNTED_IN_PART = frozenset({"future"})
"""Reasons of letters some rows of which were counted, and only the others were not: whoever sent the whole record
again would have the good ones counted twice."""

CUT = "bellbuoy_cut"
OURS = ("bellbuoy_reason", "bellbuoy_detail", "bellbuoy_topic", "bellbuoy_partition", "bellbuoy_offset")


class Letter(NamedTuple):
    """A dead letter: where its record stood, and why it could not be used."""

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    message: Message

    @property
    def whole(self) -> bool:
        """Whether the letter is all of the record, and none of the record has been counted."""
        return self.reason not in COUNTED_IN_PART and self.message.header(CUT) is None

    @property
    def place(self) -> tuple[str, int, int]:
        """What tells it from others."""
        return self.topic, self.partition, self.offset


def deadletter(
    follow: Follow = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Write them to their topics once more, each one once.")
    ] = False,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Show records that could not be used, and why."""
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415

    if follow and retry:
        raise SpecError("--follow waits for ever and --retry does not; keep one")
    out = Output(json)
    shown = 0
    kept: Counter[str] = Counter()
    with opened(broker, prefix, must_exist=True) as transport, suppress(KeyboardInterrupt):
        done = retried(transport) if retry else set()
        for letter in letters(transport, follow=follow):
            if letter.place in done:
                continue
            done.add(letter.place)
            shown += 1
            again = retry and letter.whole
            if again:
                write_again(transport, letter)
            elif retry:
                kept[letter.reason] += 1
            _say(out, letter, "sent again: " if again else "left out: " if retry else "", retried=again)
    for reason, number in kept.items():
        why = (
            "the good rows of such a record have been counted, and would be counted twice: send the other ones alone"
            if reason in COUNTED_IN_PART
            else "they were too long to be kept whole"
        )
        out.say(
            f"left out for the reason {reason}: {number:,}; {why}",
            "yellow",
        )
    if not shown:
        out.say("no dead letters")


def _say(out: Output, letter: Letter, mark: str, *, retried: bool) -> None:
    where = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
    out.line(
        {
            "kind": "deadletter",
            **where,
            "reason": letter.reason,
            "detail": letter.detail,
            "retried": retried,
        }
    )
    out.say(f"{mark}{letter.topic}/{letter.partition}/{letter.offset}  {letter.reason}: {letter.detail}")


def letters(transport: Transport, *, follow: bool = False) -> Iterator[Letter]:
    """Dead letters in the order in which they were written, repeats among them."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415

    for message in reading.messages(transport, TOPIC, follow=follow):
        if message.header("bellbuoy_reason") not in {None, RETRIED}:
            yield _letter(message)


def retried(transport: Transport) -> set[tuple[str, int, int]]:
    """Places of those that have been written again."""
    from bellbuoy_consumers.cli import reading  # noqa: PLC0415

    found = (_letter(message) for message in reading.messages(transport, TOPIC))
    return {letter.place for letter in found if letter.reason == RETRIED}


def write_again(transport: Transport, letter: Letter) -> None:
    """Write a record to its topic once more, then note that this was done."""
    from bellbuoy_stream.events.message import Outgoing  # noqa: PLC0415

    message = letter.message
    headers = tuple((name, value) for name, value in message.headers if name not in OURS)
    transport.append([Outgoing(letter.topic, None, message.value, headers, letter.partition)])
    note = tuple(
        (name, RETRIED.encode() if name == OURS[0] else value)
        for name, value in message.headers
        if name in OURS
    )
    transport.append([Outgoing(TOPIC, message.key, b"", note)])


def _letter(message: Message) -> Letter:
    return Letter(
        message.header("bellbuoy_topic") or "?",
        int(message.header("bellbuoy_partition") or 0),
        int(message.header("bellbuoy_offset") or 0),
        message.header("bellbuoy_reason") or "?",
        message.header("bellbuoy_detail") or "",
        message,
    )
