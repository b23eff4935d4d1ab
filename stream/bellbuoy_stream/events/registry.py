"""Every type of event there is: the tagged union that a record is decoded into."""

from bellbuoy_stream.events.base import Event
from bellbuoy_stream.events.predictions import Label, LabelBatch, Prediction, PredictionBatch

EVENT_TYPES: tuple[type[Event], ...] = (
    Label,
    LabelBatch,
    Prediction,
    PredictionBatch,
)
