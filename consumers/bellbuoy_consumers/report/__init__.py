"""A replay as one page that needs nothing but a browser."""

from bellbuoy_consumers.report.page import render, write_report
from bellbuoy_consumers.report.recorder import Recorder
from bellbuoy_consumers.report.shapes import BarShape, StepShape, shape_of
from bellbuoy_consumers.report.story import Picture, Story

__all__ = ["BarShape", "Picture", "Recorder", "StepShape", "Story", "render", "shape_of", "write_report"]
