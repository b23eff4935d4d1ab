"""What a command writes: JSON lines for programs, text for people, notes on stderr."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bellbuoy_consumers.cli.lines import json_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.table import Table


class Output:
    """Stdout and stderr of a command.

    Parameters
    ----------
    json
        Whether stdout is for a program: then only :meth:`line` writes there.
    """

    def __init__(self, json: bool) -> None:  # the flag --json itself
        self.json = json

    @cached_property
    def console(self) -> Console:
        """Stdout for people; colours only on a terminal, and not with NO_COLOR."""
        from rich.console import Console  # noqa: PLC0415  # slow to import

        return Console(highlight=False, soft_wrap=True, emoji=False)

    def line(self, value: dict[str, Any]) -> None:
        """Write a JSON line, where stdout is for a program."""
        if self.json:
            sys.stdout.buffer.write(json_line(value))
            sys.stdout.buffer.flush()

    def say(self, text: str, style: str = "") -> None:
        """Write a line for people."""
        if not self.json:
            self.console.print(text, style=style, markup=False)

    def table(self, table: Table) -> None:
        """Write a table for people."""
        if not self.json:
            self.console.print(table, soft_wrap=False)

    def note(self, text: str) -> None:
        """Write a remark to stderr."""
        sys.stderr.write(f"bellbuoy: {text}\n")

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """Show a bar on stderr, where a terminal is there; gives what to call with (what, done, total or 0)."""
        if self.json or not sys.stderr.isatty():
            yield lambda *_: None
            return
        from rich.console import Console  # noqa: PLC0415  # slow to import
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        tasks: dict[str, Any] = {}
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

            def advance(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bar.add_task(what, total=total or None)
                bar.update(tasks[what], completed=done, total=total or None)

            yield advance
