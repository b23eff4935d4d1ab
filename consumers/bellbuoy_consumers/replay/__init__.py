"""Trying a spec on a file: the workers' own processors, in one process, with no broker."""

from bellbuoy_consumers.replay.pipeline import Pipeline
from bellbuoy_consumers.replay.run import Replay, Step, batch_rows, prepare, reference_of

__all__ = ["Pipeline", "Replay", "Step", "batch_rows", "prepare", "reference_of"]
