"""Rows of a file in chunks of a fixed length, as columns of the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bellbuoy_consumers.files.arrow import arrow
from bellbuoy_consumers.files.clock import ColumnClock, NoClock
from bellbuoy_consumers.files.roles import Roles
from bellbuoy_consumers.files.slices import take
from bellbuoy_consumers.files.tables import open_table
from bellbuoy_consumers.files.wire import wire
from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from bellbuoy_consumers.files.clock import Clock
    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.specs.monitor import DataSpec

    Times = NDArray[np.int64]

CHUNK_ROWS = 65_536
ID_JOINT = "|"
"""Stands between the parts of an id that several columns make."""


class RowSpan(NamedTuple):
    """Rows of a file: from number ``first`` on, up to ``stop`` (exclusive; None: the end)."""

    first: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file.

    Attributes
    ----------
    first, rows
        Number of the first row in the file, and how many there are.
    columns
        Features.
    times
        Event times in microseconds, shape (rows,); None where rows have none.
    ids
        One a row; None where no column is an id.
    score, prediction
        What the model said.
    """

    first: int
    rows: int
    columns: dict[str, Column]
    times: Times | None
    ids: list[str] | None
    score: Column | None
    prediction: Column | None

    def monitored(self) -> dict[str, Column]:
        """Every column that is counted, under the name it is reported by."""
        named: dict[str, Column] = {}
        if self.prediction is not None:
            named["prediction"] = self.prediction
        if self.score is not None:
            named["score"] = self.score
        return {**named, **self.columns}

    def part(self, start: int, stop: int) -> Chunk:
        """Rows from ``start`` to ``stop`` of this chunk."""
        if start == 0 and stop >= self.rows:
            return self
        rows = slice(start, min(stop, self.rows))
        return Chunk(
            first=self.first + start,
            rows=rows.stop - start,
            columns={name: take(column, rows) for name, column in self.columns.items()},
            times=None if self.times is None else self.times[rows],
            ids=None if self.ids is None else self.ids[rows],
            score=None if self.score is None else take(self.score, rows),
            prediction=None if self.prediction is None else take(self.prediction, rows),
        )


class RowFile:
    r"""A file of rows with the roles of its columns; it can be gone over again and again.

    Parameters
    ----------
    path
        csv, csv.gz or parquet.
    roles
        Which columns are what.
    clock
        When rows happened; by default the column with the role ``time`` says it.

    Raises
    ------
    InputError
        Where the file cannot be read, or lacks a column that has a role.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "rows.csv")
    ...     _ = path.write_text("t,x,late\n2013-03-18T00:00:00Z,1.5,0\n2013-03-18T01:00:00Z,NA,1\n")
    ...     [chunk] = RowFile(path, Roles(time="t", label="late")).chunks()
    >>> chunk.rows, list(chunk.columns), chunk.times.tolist()
    (2, ['x'], [1363564800000000, 1363568400000000])
    """

    def __init__(self, path: Path, roles: Roles | None = None, clock: Clock | None = None) -> None:
        self.path = path
        self.table = open_table(path)
        self.names = self.table.names
        self.roles = (roles or Roles()).checked(self.names, str(path))
        own: Clock = NoClock() if self.roles.time is None else ColumnClock(self.roles.time, self.table.where)
        self.clock = clock or own

    @classmethod
    def of_spec(
        cls, path: Path, data: DataSpec, clock: Clock | None = None, **flags: str | tuple[str, ...] | None
    ) -> RowFile:
        """File with the roles that a spec's ``[data]`` names, and those that flags name instead.

        Ids and labels of the spec may be missing from the file.

        Raises
        ------
        InputError
            Where the file lacks another column.
        """
        spec = Roles.of(data).among(open_table(path).names)
        return cls(path, spec.overridden(**flags), clock)  # type: ignore[arg-type]  # names are Roles' own

    def chunks(self, rows: int = CHUNK_ROWS, span: RowSpan | None = None) -> Iterator[Chunk]:
        """Chunks of exactly so many rows, the last one shorter."""
        names = self.roles.needed(self.names)
        large = rows * max(CHUNK_ROWS // rows, 1)
        for first, table in self._tables(names, large, span or RowSpan()):
            chunk = self._chunk(first, table)
            for start in range(0, chunk.rows, rows):
                yield chunk.part(start, start + rows)

    def times(self, rows: int = CHUNK_ROWS, span: RowSpan | None = None) -> Iterator[Times | None]:
        """Times alone, chunk by chunk."""
        names = () if self.roles.time is None else (self.roles.time,)
        for first, table in self._tables(names, rows, span or RowSpan()):
            yield self._times(first, table)

    def sample(self, rows: int) -> dict[str, Column]:
        """The first rows of all columns."""
        for _, table in self._tables(self.names, rows, RowSpan(0, rows)):
            return {name: self._wire(name, table) for name in self.names}
        raise InputError(f"{self.path} has no rows")

    def _tables(self, names: tuple[str, ...], rows: int, span: RowSpan) -> Iterator[tuple[int, Any]]:
        """(number of the first row, arrow table) of exactly so many rows."""
        pa = arrow()
        held: list[Any] = []
        count, first = 0, 0
        skip, left = span.first, None if span.stop is None else span.stop - span.first
        first = span.first
        for batch in self.table.batches(names):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            part = batch.slice(skip) if skip else batch
            skip = 0
            if left is not None:
                part = part.slice(0, left)
                left -= part.num_rows
            held.append(part)
            count += part.num_rows
            if count >= rows:
                table = pa.Table.from_batches(held)
                whole = count - count % rows
                for at in range(0, whole, rows):
                    yield first + at, table.slice(at, rows)
                first += whole
                count -= whole
                held = table.slice(whole).to_batches() if count else []
            if left == 0:
                break
        if count:
            yield first, pa.Table.from_batches(held)

    def _chunk(self, first: int, table: Any) -> Chunk:
        roles = self.roles
        return Chunk(
            first=first,
            rows=table.num_rows,
            columns={name: self._wire(name, table) for name in roles.features(self.names)},
            times=self._times(first, table),
            ids=self._ids(first, table) if roles.id else None,
            score=None if roles.score is None else self._wire(roles.score, table),
            prediction=None if roles.prediction is None else self._wire(roles.prediction, table),
        )

    def _wire(self, name: str, table: Any) -> Column:
        return wire(_array(table, name), numeric=self.table.numeric[name])

    def _times(self, first: int, table: Any) -> Times | None:
        name = self.roles.time
        column: Any = None
        if name is not None and isinstance(self.clock, ColumnClock):
            column = _array(table, name)
            if self.table.numeric.get(name):
                column = column.cast(arrow().float64())
        return self.clock.times(first, table.num_rows, column)

    def _ids(self, first: int, table: Any) -> list[str]:
        parts = [_array(table, name) for name in self.roles.id]
        for name, part in zip(self.roles.id, parts, strict=True):
            if part.null_count:
                row = part.is_null().to_pylist().index(True)
                raise InputError(
                    f"{self.table.where(first + row)} has no id in {name!r}; every row needs one"
                )
        texts = [[str(value) for value in part.to_pylist()] for part in parts]
        return [ID_JOINT.join(values) for values in zip(*texts, strict=True)]


def _array(table: Any, name: str) -> Any:
    column = table.column(name).combine_chunks()
    return column if not hasattr(column, "chunks") else column.chunk(0)
