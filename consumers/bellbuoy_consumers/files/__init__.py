"""Rows from files (csv, csv.gz, parquet), a chunk at a time, as columns of the wire."""

from bellbuoy_consumers.files.clock import ColumnClock, NoClock, StepClock
from bellbuoy_consumers.files.digest import file_digest
from bellbuoy_consumers.files.roles import Roles
from bellbuoy_consumers.files.rows import Chunk, RowFile, RowSpan
from bellbuoy_consumers.files.scan import Scan, scan_times

__all__ = [
    "Chunk",
    "ColumnClock",
    "NoClock",
    "Roles",
    "RowFile",
    "RowSpan",
    "Scan",
    "StepClock",
    "file_digest",
    "scan_times",
]
