"""Every type of event there is: the tagged union that a record is decoded into."""

from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.base import Event
from bellbuoy_stream.events.markers import Command, ReferenceEffective, SpecEffective
from bellbuoy_stream.events.panes import PaneDelta, Progress
from bellbuoy_stream.events.predictions import Label, LabelBatch, Prediction, PredictionBatch
from bellbuoy_stream.events.windows import WindowReport

EVENT_TYPES: tuple[type[Event], ...] = (
    Alert,
    Command,
    Label,
    LabelBatch,
    PaneDelta,
    Prediction,
    PredictionBatch,
    Progress,
    ReferenceEffective,
    SpecEffective,
    WindowReport,
)
