"""Compiled references: what turns a batch into counters, for the whole and for each segment."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import NUMBER, TEXT, number_text, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts
    from bellbuoy_stream.counting.values import Values
    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.processors.protocol import FindReference
    from bellbuoy_stream.references.reference import Reference

POOLED = "*"


class ReferenceCounter:
    """Counts rows against one reference and against those of its segments."""

    def __init__(self, reference: Reference) -> None:
        self.whole = BatchCounter(reference.columns, reference.layout)
        self.segments: dict[str, dict[str, BatchCounter]] = {}
        for name, part in reference.segments.items():
            column, _, value = name.partition("=")
            self.segments.setdefault(column, {})[value] = BatchCounter(part.columns, part.layout)
        self.sources = self.whole.sources | set(self.segments)

    def read(self, columns: Mapping[str, Column]) -> dict[str, Values]:
        """The columns that are counted, as arrays; raises where one is broken."""
        return {name: values_of(column, name) for name, column in columns.items() if name in self.sources}

    def count(
        self,
        values: Mapping[str, Values],
        times: NDArray[np.int64],
        group: NDArray[np.intp] | None,
        groups: int,
    ) -> list[tuple[str | None, Counts]]:
        """Counts of (None, whole) and of each segment, each of shape (groups, width of its layout)."""
        counted: list[tuple[str | None, Counts]] = [(None, self.whole.count(values, times, group, groups))]
        for column, parts in self.segments.items():
            members = _members(values.get(column), list(parts), len(times))
            for number, (value, counter) in enumerate(parts.items()):
                inside = members == number
                if inside.any():
                    own = np.where(inside, 0 if group is None else group, -1).astype(np.intp)
                    counted.append((f"{column}={value}", counter.count(values, times, own, groups)))
        return counted


def _members(values: Values | None, kept: list[str], rows: int) -> NDArray[np.intp]:
    """Index of each row's segment; the pooled one for values that are not kept, missing ones among them."""
    pooled = kept.index(POOLED) if POOLED in kept else -1
    members = np.full(rows, pooled, dtype=np.intp)
    if values is None:
        return members
    places = {value: number for number, value in enumerate(kept)}
    states = values.state()
    if values.codes is not None:
        table = np.array([places.get(text, pooled) for text in values.texts] or [pooled], dtype=np.intp)
        is_text = states == TEXT
        members[is_text] = table[values.codes[is_text]]
    if values.numbers is not None and values.numbers.ndim == 1:
        is_number = states == NUMBER
        texts = [number_text(float(number)) for number in values.numbers[is_number]]
        members[is_number] = [places.get(text, pooled) for text in texts]
    return members


class Counters:
    """A small cache of compiled references by digest."""

    def __init__(self, find_reference: FindReference, size: int = 64) -> None:
        self._find = find_reference
        self._size = size
        self._compiled: OrderedDict[str, ReferenceCounter] = OrderedDict()

    def of(self, digest: str | None) -> ReferenceCounter | None:
        """The counter of a reference; None where there is no reference."""
        if digest is None:
            return None
        if digest not in self._compiled:
            reference = self._find(digest)
            if reference is None:
                return None
            self._compiled[digest] = ReferenceCounter(reference)
            if len(self._compiled) > self._size:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(digest)
        return self._compiled[digest]
