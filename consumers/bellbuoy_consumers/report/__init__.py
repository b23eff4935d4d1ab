"""A replay as one page that needs nothing but a browser."""

from bellbuoy_consumers.report.page import render, write_report
from bellbuoy_consumers.report.recorder import Recorder
from bellbuoy_consumers.report.shapes import BarShape, StepShape, shape_of
from bellbuoy_consumers.report.story import Picture, Story
from bellbuoy_consumers.report.values import median_text, number

__all__ = [
    "BarShape",
    "Picture",
    "Recorder",
    "StepShape",
    "Story",
    "median_text",
    "number",
    "render",
    "shape_of",
    "write_report",
]
