"""What flows: events, how they are written as bytes, the topics they lie in, and their ids."""

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
