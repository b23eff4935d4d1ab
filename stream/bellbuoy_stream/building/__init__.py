"""Building a reference from rows: cut by :mod:`bellbuoy_stream.references`, counted as the stream is, calibrated."""

from bellbuoy_stream.building.builder import ReferenceBuilder, ReferenceTally, Rows, build_reference
from bellbuoy_stream.building.panes import PaneStore

__all__ = ["PaneStore", "ReferenceBuilder", "ReferenceTally", "Rows", "build_reference"]
