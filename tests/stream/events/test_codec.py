"""Events as bytes and back, and what is wrong with bytes that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events import (
    Envelope,
    Event,
    Label,
    LabelBatch,
    Prediction,
    PredictionBatch,
    Topics,
    decode,
    digest_of,
    encode,
    envelope_of,
    json_schemas,
    pack,
    unpack,
)

if TYPE_CHECKING:
    from bellbuoy_stream.events.codec import Content

BATCH = PredictionBatch(
    model="m",
    version="1",
    columns={"x": pack([1, None]), "y": [1, "a"]},
    ids=["a", "b"],
    times=["2013-03-18T00:00:00Z", 5],
    scores={"cat": pack([0.5, 0.25]), "kind": pack([0.5, 0.75])},
)


@pytest.mark.parametrize("content", ["json", "msgpack"])
@pytest.mark.parametrize(
    "event",
    [
        BATCH,
        msgspec.structs.replace(BATCH, scores=pack([0.5, 0.25])),
        msgspec.structs.replace(BATCH, scores=[0.5, None]),
        msgspec.structs.replace(BATCH, scores=None, predictions=pack(["u", "v"])),
        Prediction(model="m", version="1", features={"x": 1, "e": [0.5, 1]}, score={"a": 0.5}),
        LabelBatch(model="m", ids=["a"], labels=[True]),
        Label(model="m", id="é", label=None),
    ],
    ids=lambda event: type(event).__name__,
)
@pytest.mark.parametrize("headless", [False, True])
def test_there_and_back(event: Event, content: Content, headless: bool) -> None:  # noqa: FBT001
    body, headers = encode(event, content)
    assert decode(body, () if headless else headers) == event


def test_headers_are_those_of_cloudevents() -> None:
    envelope = Envelope("id-1", "here", 1_500_000, "chain", "cause")
    body, headers = encode(Label(model="m", id="a", label=1), "msgpack", envelope)
    assert dict(headers) == {
        "content-type": b"application/msgpack", "ce_specversion": b"1.0", "ce_id": b"id-1", "ce_source": b"here",
        "ce_type": b"bellbuoy.label", "ce_time": b"1970-01-01T00:00:01.5Z", "ce_correlationid": b"chain",
        "ce_causationid": b"cause",
    }  # fmt: skip
    assert envelope_of(headers) == envelope._replace(time_us=None)
    assert dict(encode(Label(model="m", id="a", label=1))[1])["ce_id"].decode() == digest_of(body)


@pytest.mark.parametrize(
    "content_type", [b"application/json", b"application/cloudevents+json; charset=utf-8", b"APPLICATION/JSON"]
)
def test_content_types_of_json(content_type: bytes) -> None:
    body = b'{"kind":"label","model":"m","id":"a","label":1}'
    assert decode(body, (("Content-Type", content_type),)) == Label(model="m", id="a", label=1)


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (b"", "undecodable", "0 bytes"),
        (b"{", "undecodable", "json"),
        (b"hello", "undecodable", "msgpack"),
        (b"\xff\xfe", "undecodable", "msgpack"),
        (b'{"kind":"label","model":"m","id":"\xff","label":1}', "undecodable", "label"),
        (b"[1,2]", "undecodable", "json"),
        (b"7", "undecodable", "msgpack"),
        (b'{"kind":"telegram"}', "unknown-type", "'telegram'"),
        (b'{"model":"m"}', "unknown-type", "''"),
        (b'{"kind":"label","model":"m","id":"a","label":1,"schema":2}', "unknown-schema", "knows 1"),
        (b'{"kind":"label","schema":9}', "unknown-schema", "schema 9"),
        (b'{"kind":"label","model":"m"}', "undecodable", "missing required field `id`"),
        (b'{"kind":"label","model":3,"id":"a","label":1}', "undecodable", "$.model"),
        (b'{"kind":"predictions","model":"m","version":"1","scores":7}', "undecodable", "scores"),
        (b'{"kind":"predictions","model":"m","version":"1","scores":{"a":7}}', "undecodable", "predictions"),
        (b"[" * 100_000, "undecodable", "json"),
    ],
    ids=lambda value: repr(value)[:60],
)  # fmt: skip
def test_what_is_wrong_with_bytes(body: bytes, reason: str, says: str) -> None:
    with pytest.raises(EventError) as caught:
        decode(body)
    assert caught.value.reason == reason
    assert says in caught.value.detail


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([(), (("content-type", b"application/json"),), (("content-type", b"?"),)]),
)
def test_no_bytes_raise_anything_else(body: bytes, headers: Any) -> None:
    with pytest.raises(EventError) as caught:
        decode(body, headers)
    assert caught.value.reason in {"undecodable", "unknown-type", "unknown-schema"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_a_packed_column_survives_both_forms(values: list[float | None]) -> None:
    event = PredictionBatch(model="m", version="1", columns={"x": pack(list(values))})
    for content in ("json", "msgpack"):
        back = decode(*encode(event, content))
        assert isinstance(back, PredictionBatch)
        assert unpack(back.columns["x"]) == values


def test_schemas_name_every_event() -> None:
    schemas = json_schemas()
    refs = {one["$ref"] for one in schemas["oneOf"]}
    assert "#/$defs/PredictionBatch" in refs
    assert all(ref.removeprefix("#/$defs/") in schemas["$defs"] for ref in refs)


def test_topics_have_settings_and_prefixes() -> None:
    assert len({topic.name for topic in Topics.ALL}) == len(Topics.ALL) == 11
    assert Topics.named("bellbuoy.specs").settings()["cleanup.policy"] == "compact"
    assert Topics.named("elsewhere").partitions == 4
    for prefix in ("", "dev", "dev.", "dev-", "dev_"):
        topics = Topics(prefix)
        assert topics.plain(topics.physical("bellbuoy.events")) == "bellbuoy.events"
        assert topics.physical("x") == (f"{prefix}." if prefix == "dev" else prefix) + "x"
    assert Topics.ALERTS.settings()["retention.ms"] == "-1"
    assert [topic.name for topic in Topics.ALL if topic.append_time] == ["bellbuoy.events"]
