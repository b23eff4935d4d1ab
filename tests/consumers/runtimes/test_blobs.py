"""Values in a topic that are none of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bellbuoy.transports.opening import open_transport
from bellbuoy_consumers.runtimes.blobs import BlobReader, Head, blob_records
from bellbuoy_consumers.runtimes.library import TOPIC, Library
from bellbuoy_stream.events.ids import digest_of
from bellbuoy_stream.events.message import Message

if TYPE_CHECKING:
    import pytest


def test_a_head_over_something_else_is_passed_over() -> None:
    reader = BlobReader()
    [good] = blob_records(TOPIC, "k", b"good", position=1)
    bad = msgspec.msgpack.encode(Head(digest_of(b"no zlib"), 0, position=2, inline=b"no zlib"))
    for offset, value in enumerate((good.value, bad, b"\xff", b"")):
        reader.take(Message(TOPIC, 0, offset, None, b"k", value))
    assert reader.values == {"k": (1, b"good")}


def test_what_bears_the_name_of_a_reference_and_is_none_counts_as_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = open_transport("memory://no-reference")
    log.append(list(blob_records(TOPIC, "abc", b"no reference", partition=0)))
    library = Library(log)
    assert library.find("abc") is None
    assert library.find("abc") is None
    assert [record.getMessage().split(" is none")[0] for record in caplog.records] == [
        "what bears the name of reference abc"
    ]
