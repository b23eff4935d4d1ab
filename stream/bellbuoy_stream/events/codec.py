"""Events as bytes and back: JSON or MessagePack, with CloudEvents 1.0 headers (Kafka binding, binary mode).

The body says what it is (its field ``kind``), so a plain JSON text with no header at all is a valid record.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.ids import digest_of
from bellbuoy_stream.events.registry import EVENT_TYPES
from bellbuoy_stream.times import rfc3339

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.message import Headers

Content = Literal["json", "msgpack"]
CONTENT_TYPES: dict[Content, bytes] = {"json": b"application/json", "msgpack": b"application/msgpack"}
TYPE_PREFIX = "bellbuoy."
_JSON_STARTS = frozenset(b"{[ \t\r\n\xef")  # a brace, white space, or a byte order mark


class Envelope(NamedTuple):
    """Who sent an event and what caused it: the attributes of CloudEvents that a header carries.

    ``id`` None stands for the digest of the body, so that the same body has the same id.  ``correlation`` is
    shared by a whole chain of events, ``causation`` is the id of the one that caused this one.
    """

    id: str | None = None
    source: str = "bellbuoy"
    time_us: int | None = None
    correlation: str | None = None
    causation: str | None = None


class _Head(msgspec.Struct):
    """The two fields that say whether a record is one of ours."""

    kind: str = ""
    schema: int = 1


def encode(
    event: Event, content: Content = "msgpack", envelope: Envelope | None = None
) -> tuple[bytes, Headers]:
    """Body and headers of an event.

    Parameters
    ----------
    event
        Any of :data:`~bellbuoy_stream.events.registry.EVENT_TYPES`.
    content
        ``msgpack`` (compact) or ``json`` (readable; non-finite floats become null).
    envelope
        Id, source, time and cause; by default the id is the body's digest and the rest is left out.

    Examples
    --------
    >>> from bellbuoy_stream.events.predictions import Label
    >>> body, headers = encode(Label(model="flights", id="UA1545", label=1), "json")
    >>> body.decode()
    '{"kind":"label","model":"flights","id":"UA1545","label":1}'
    >>> dict(headers)["ce_type"], dict(headers)["content-type"]
    (b'bellbuoy.label', b'application/json')
    """
    envelope = envelope or Envelope()
    body = (msgspec.json if content == "json" else msgspec.msgpack).encode(event)
    named = {
        "content-type": CONTENT_TYPES[content],
        "ce_specversion": b"1.0",
        "ce_id": (envelope.id or digest_of(body)).encode(),
        "ce_source": envelope.source.encode(),
        "ce_type": f"{TYPE_PREFIX}{event.__struct_config__.tag}".encode(),
    }
    if envelope.time_us is not None:
        named["ce_time"] = rfc3339(envelope.time_us).encode()
    if envelope.correlation is not None:
        named["ce_correlationid"] = envelope.correlation.encode()
    if envelope.causation is not None:
        named["ce_causationid"] = envelope.causation.encode()
    return body, tuple(named.items())


def decode(value: bytes, headers: Headers = ()) -> Event:
    """The event in a record.

    Unknown fields are ignored.  Without a ``content-type`` header the first byte tells JSON from MessagePack.

    Raises
    ------
    EventError
        ``undecodable``: not JSON or MessagePack, or a field of the wrong type; ``unknown-type``: an event
        that this version does not know; ``unknown-schema``: a meaning newer than this version.

    Examples
    --------
    >>> decode(b'{"kind": "label", "model": "flights", "id": "UA1545", "label": 1, "new_field": 3}').label
    1
    >>> decode(b'{"kind": "telegram"}')
    Traceback (most recent call last):
    bellbuoy_stream.errors.EventError: unknown-type: 'telegram' is no type of event that this version knows
    """
    kind = _content(value, headers)
    try:
        event: Event = _decoder(kind).decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _reason(value, kind, error) from error
    if event.schema > event.SCHEMA:
        raise _newer(str(event.__struct_config__.tag), event.schema, event.SCHEMA)
    return event


def envelope_of(headers: Headers) -> Envelope:
    """Id, source, correlation and causation as the headers of a record name them; ``time_us`` is not read.

    Examples
    --------
    >>> envelope_of((("ce_id", b"a1"), ("ce_causationid", b"a0"))).causation
    'a0'
    """
    named = {name: value.decode("utf-8", "replace") for name, value in headers}
    return Envelope(
        id=named.get("ce_id"),
        source=named.get("ce_source", "bellbuoy"),
        correlation=named.get("ce_correlationid"),
        causation=named.get("ce_causationid"),
    )


def json_schemas() -> dict[str, Any]:
    """JSON Schema (2020-12) of every event: ``{"$defs": {...}, "oneOf": [...]}``.

    Examples
    --------
    >>> json_schemas()["$defs"]["Label"]["properties"]["kind"]
    {'enum': ['label']}
    """
    schemas, components = msgspec.json.schema_components(EVENT_TYPES, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "oneOf": list(schemas),
        "$defs": dict(components),
    }


def _content(value: bytes, headers: Headers) -> Content:
    named = next((header.lower() for name, header in headers if name.lower() == "content-type"), b"")
    if b"msgpack" in named:
        return "msgpack"
    if b"json" in named:
        return "json"
    return "json" if value[:1] and value[0] in _JSON_STARTS else "msgpack"


@cache
def _decoder(kind: Content) -> msgspec.json.Decoder[Any] | msgspec.msgpack.Decoder[Any]:
    union: Any = EVENT_TYPES[0]
    for event_type in EVENT_TYPES[1:]:
        union |= event_type
    return msgspec.json.Decoder(union) if kind == "json" else msgspec.msgpack.Decoder(union)


def _reason(value: bytes, kind: Content, error: Exception) -> EventError:
    """Why a record could not be decoded: what its head says comes before what its fields say."""
    try:
        head = (msgspec.json if kind == "json" else msgspec.msgpack).decode(value, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return EventError("undecodable", f"{len(value)} bytes read as {kind}: {error}")
    known = {str(event_type.__struct_config__.tag): event_type for event_type in EVENT_TYPES}
    event_type = known.get(head.kind)
    if event_type is None:
        return EventError("unknown-type", f"{head.kind[:80]!r} is no type of event that this version knows")
    if head.schema > event_type.SCHEMA:
        return _newer(head.kind, head.schema, event_type.SCHEMA)
    return EventError("undecodable", f"event {head.kind!r}: {error}")


def _newer(name: str, schema: int, known: int) -> EventError:
    return EventError(
        "unknown-schema",
        f"event {name!r} has schema {schema}, this version knows {known}: upgrade this reader",
    )
