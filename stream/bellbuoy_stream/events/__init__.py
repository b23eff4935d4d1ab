"""What flows: events, how they are written as bytes, the topics they lie in, and their ids.

The names below are imported when they are first used: a live app that only logs needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.codec import Envelope, decode, encode, envelope_of, json_schemas
    from bellbuoy_stream.events.columns import Column, Packed, pack, unpack
    from bellbuoy_stream.events.ids import content_id, digest_of, partition_of, window_name
    from bellbuoy_stream.events.message import Headers, Message, Outgoing
    from bellbuoy_stream.events.predictions import Label, LabelBatch, Prediction, PredictionBatch
    from bellbuoy_stream.events.registry import EVENT_TYPES
    from bellbuoy_stream.events.topics import Topic, Topics

__all__ = [
    "EVENT_TYPES",
    "Column",
    "Envelope",
    "Event",
    "Headers",
    "Label",
    "LabelBatch",
    "Message",
    "Outgoing",
    "Packed",
    "Prediction",
    "PredictionBatch",
    "Topic",
    "Topics",
    "content_id",
    "decode",
    "digest_of",
    "encode",
    "envelope_of",
    "json_schemas",
    "pack",
    "partition_of",
    "unpack",
    "window_name",
]

_HOMES = {
    "EVENT_TYPES": "registry",
    "Column": "columns",
    "Envelope": "codec",
    "Event": "base",
    "Headers": "message",
    "Label": "predictions",
    "LabelBatch": "predictions",
    "Message": "message",
    "Outgoing": "message",
    "Packed": "columns",
    "Prediction": "predictions",
    "PredictionBatch": "predictions",
    "Topic": "topics",
    "Topics": "topics",
    "content_id": "ids",
    "decode": "codec",
    "digest_of": "ids",
    "encode": "codec",
    "envelope_of": "codec",
    "json_schemas": "codec",
    "pack": "columns",
    "partition_of": "ids",
    "unpack": "columns",
    "window_name": "ids",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
