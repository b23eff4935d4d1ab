"""Arrow record batches from a file: csv (plain or compressed) and parquet."""

from __future__ import annotations

from contextlib import contextmanager
from csv import reader as csv_reader
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Protocol

from bellbuoy_consumers.files.arrow import arrow
from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".tsv", ".txt")
COMPRESSED = (".gz", ".bz2", ".zst")
BLOCK_BYTES = 1 << 22
DELIMITERS = ",;\t|"
PARQUET_ROWS = 65_536


class Table(Protocol):
    """A file of rows that can be gone over again and again."""

    names: tuple[str, ...]
    numeric: dict[str, bool | None]

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Record batches of some columns, from the first row on."""
        ...

    def where(self, row: int) -> str:
        """Where a row is (numbered from 0), as a person finds it in the file."""
        ...


def open_table(path: Path) -> Table:
    """Open a file by its ending.

    Raises
    ------
    InputError
        Where it is not there, empty, broken, or of no known kind.
    """
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] in COMPRESSED:
        endings.pop()
    kind = endings[-1] if endings else ""
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if kind in PARQUET:
        return ParquetTable(path)
    if kind in TEXT:
        return CsvTable(path)
    raise InputError(
        f"{path} ends in none of {', '.join((*TEXT, *PARQUET))} (csv may be compressed: .gz, .bz2, .zst)"
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    pa = arrow()
    try:
        yield
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _distinct(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise InputError(f"{path} has two columns named {twice[0]!r}; give each its own name")
    return tuple(names)


class CsvTable:
    """A text file with a header; columns are read as texts.

    The first 4 MB decide which columns hold numbers, so what a later cell is taken for depends on the file alone
    and never on how it is cut into chunks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        pa = arrow()
        with _reading(path):
            self._delimiter = self._sniff()
            with self._open(pa.csv.ConvertOptions()) as reader:
                schema = reader.schema
        self.names = _distinct(path, schema.names)
        self.numeric = {field.name: _is_number(field.type) for field in schema}

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Record batches of texts; an empty cell is missing."""
        pa = arrow()
        options = pa.csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()),
            include_columns=list(names) or [self.names[0]],
            strings_can_be_null=True,
            null_values=[""],
        )
        with _reading(self.path), self._open(options) as reader:
            yield from reader

    def where(self, row: int) -> str:
        """The line on which a row begins, found by going through the file once more."""
        stream = arrow().input_stream(str(self.path), compression="detect")
        with stream, TextIOWrapper(stream, "utf-8", "replace", newline="") as text:
            lines = csv_reader(text, delimiter=self._delimiter)
            left, begin = row + 1, 1  # the header comes first
            for cells in lines:
                if cells and not left:
                    break
                left -= bool(cells)  # empty lines are no rows
                begin = lines.line_num + 1
        return f"{self.path}, line {begin}"

    def _open(self, options: Any) -> Any:
        csv = arrow().csv
        return csv.open_csv(
            arrow().input_stream(str(self.path), compression="detect"),
            read_options=csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
            convert_options=options,
        )

    def _sniff(self) -> str:
        """The delimiter that the header holds most of."""
        with arrow().input_stream(str(self.path), compression="detect") as stream:
            header = stream.read(BLOCK_BYTES).partition(b"\n")[0].decode("utf-8", "replace")
        if not header.strip():
            raise InputError(f"{self.path} is empty; its first line must name the columns")
        return max(DELIMITERS, key=header.count)


def _is_number(kind: Any) -> bool | None:
    kinds = arrow().types
    if kinds.is_null(kind):
        return None
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


class ParquetTable:
    """A parquet file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _reading(path):
            self._parquet = self._open()
        self.names = _distinct(path, self._parquet.schema_arrow.names)
        self.numeric: dict[str, bool | None] = dict.fromkeys(self.names, False)

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Record batches in the columns' own types."""
        with _reading(self.path):
            yield from self._open().iter_batches(PARQUET_ROWS, columns=list(names) or [self.names[0]])

    def where(self, row: int) -> str:
        """Its number, counted from 1."""
        return f"{self.path}, row {row + 1}"

    def _open(self) -> Any:
        arrow()
        import pyarrow.parquet  # noqa: PLC0415  # heavy

        return pyarrow.parquet.ParquetFile(self.path)
