"""What a version's columns looked like when all was well: cut points and exact counts, immutable, named by digest."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from bellbuoy_stream.counting.layout import Layout
from bellbuoy_stream.events.ids import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


Derivation = Literal["value", "length", "lag", "norm", "cosine", "present"]
"""How the counted number comes from the logged value: itself, a text's length, seconds between the event time and a
time, an embedding's norm or cosine with the reference's mean vector, or only whether there is one."""


class HighestShares(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Highest share of rows in any one pane of the reference (of enough rows to count).

    ``missing``: null or not a number; ``novel``: of values of the later half's panes, in categories that the
    earlier half has not; ``cell``: of values, in the fullest cell.  ``window_missing``: as ``missing``, in any stretch
    of panes as long as a report window; None where the reference has no such stretch.
    """

    missing: float = 0.0
    infinite: float = 0.0
    wrong: float = 0.0
    novel: float = 0.0
    cell: float = 0.0
    window_missing: float | None = None


class ColumnReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """One counted column.

    ``cuts`` are float64 little-endian, sorted, unique; ``counts`` int64 little-endian over the column's cells
    (value cells, then extras) as :mod:`bellbuoy_stream.counting.layout` orders them.  ``exact``: every unique
    reference value is a cut.  ``others``: reference categories beyond the kept ones.  ``highest``: what the worst
    of the reference's own panes showed, for the quality rules; None where rows have no times.
    """

    name: str
    source: str
    derivation: Derivation = "value"
    numeric: bool = True
    exact: bool = True
    cuts: bytes = b""
    categories: list[str] = []
    others: list[str] = []
    counts: bytes = b""
    unit: float = 1.0
    centroid: bytes = b""
    highest: HighestShares | None = None

    @cached_property
    def cut_points(self) -> NDArray[np.float64]:
        """Cut points, shape (k,)."""
        return np.frombuffer(self.cuts, dtype="<f8")

    @cached_property
    def cell_counts(self) -> NDArray[np.int64]:
        """Reference rows in each cell, value cells then extras."""
        return np.frombuffer(self.counts, dtype="<i8")

    @property
    def value_cells(self) -> int:
        """Number of value cells."""
        return 2 * len(self.cut_points) + 1 if self.numeric else len(self.categories) + 2


class Calibration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far blocks of the reference itself lie from the rest of it, at each scale.

    ``scales`` are block lengths in panes; ``allowance[column][i]`` is the largest leave-one-out distance at scale
    i, measured on blocks of ``shortest`` panes and more.  ``blocks[column]`` is the number of disjoint windows with
    rows enough, ``effective[column]`` how many independent ones tell as much.  ``design_effect[column]`` is the
    variance of blocks over what independent rows would have, on ``design_blocks`` blocks of one window, and
    ``spread[column]`` the standard deviation that it has by chance, times the root of the blocks;
    ``dependence[column]`` by how many standard deviations of independent rows it exceeds 1, at the worst block length
    of 1, 2, 4, ... panes up to a window.  ``filled`` of the ``panes`` have rows.  With a season, ``buckets[column]``
    holds counts of shape (phases, value cells) of the reference by phase, packed by
    :func:`bellbuoy_stream.policies.packing.pack_counts`; a phase is ``phase_panes`` panes by the clock of ``timezone``
    (None: UTC; :class:`bellbuoy_stream.policies.phases.Phases`).
    """

    pane_us: int
    scales: list[int] = []
    allowance: dict[str, list[float]] = {}
    blocks: dict[str, int] = {}
    effective: dict[str, float] = {}
    panes: int = 0
    design_effect: dict[str, float] = {}
    spread: dict[str, float] = {}
    season_us: int | None = None
    phases: int = 0
    buckets: dict[str, bytes] = {}
    phase_panes: int = 1
    timezone: str | None = None
    shortest: int = 1
    filled: int = 0
    report_panes: int = 1
    design_blocks: int = 0
    dependence: dict[str, float] = {}

    def fewest_blocks(self, names: Iterable[str]) -> int:
        """Windows of the column that has the fewest; 0 where there are no columns."""
        return min((self.blocks.get(name, 0) for name in names), default=0)


class Reference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """All columns of one model version, when all was well.

    ``segments``: one coarser reference (about 32 cuts a column) for each kept value of a segment column, named
    ``column=value``; rarer and unseen values are pooled under ``column=*``.  A segment's reference has no segments.
    """

    model: str
    version: str
    rows: int
    columns: list[ColumnReference]
    start_us: int | None = None
    end_us: int | None = None
    calibration: Calibration | None = None
    segments: dict[str, Reference] = {}
    notes: list[str] = []

    @cached_property
    def layout(self) -> Layout:
        """Places of its columns in the vector of counters."""
        return Layout.of([(column.name, column.numeric, column.value_cells) for column in self.columns])

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The reference's own rows in the same cells, shape (layout.width,)."""
        parts = [column.cell_counts for column in self.columns]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def encode(self) -> bytes:
        """Bytes that :func:`decode_reference` reads and :attr:`digest` names."""
        return msgspec.msgpack.encode(self)

    @cached_property
    def digest(self) -> str:
        """Content id."""
        return digest_of(self.encode())


_decoder = msgspec.msgpack.Decoder(Reference)


def decode_reference(data: bytes) -> Reference:
    """A reference from its bytes."""
    return _decoder.decode(data)
