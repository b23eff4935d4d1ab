"""Markdown tables, and where in a page they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def markdown(head: list[str], lines: list[list[str]]) -> str:
    """A table.

    Examples
    --------
    >>> print(markdown(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("|" + "|".join(f" {x} " if x != "---" else x for x in row) + "|" for row in rows)


def put_between_markers(page: Path, text: str) -> None:
    """Replace what stands between the markers of a page.

    Raises
    ------
    ValueError
        Where the page has no markers.
    """
    old = page.read_text(encoding="utf-8")
    if BEGIN not in old or END not in old:
        raise ValueError(f"{page} has no markers; put the lines {BEGIN} and {END} where the tables belong")
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")
