"""Trying a spec on a file: the workers' own processors, in one process, with no broker."""

from bellbuoy_consumers.replay.kinds import guess_text, guessed_kinds
from bellbuoy_consumers.replay.pipeline import Pipeline
from bellbuoy_consumers.replay.run import Replay, Step, batch_rows, prepare, reference_of
from bellbuoy_consumers.replay.stream_rows import StreamRows

__all__ = [
    "Pipeline",
    "Replay",
    "Step",
    "StreamRows",
    "batch_rows",
    "guess_text",
    "guessed_kinds",
    "prepare",
    "reference_of",
]
