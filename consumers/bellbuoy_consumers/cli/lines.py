"""Events as JSON lines: the same objects from every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.windows import ColumnStatistics

ALWAYS = ("rows", "ks", "ks_high", "p_value", "psi", "nulls")
"""Statistics that every column of a window shows, even where they are null."""


def event_object(event: Event, **extra: Any) -> dict[str, Any]:
    """An event with all its fields, those at their default too.

    Examples
    --------
    >>> from bellbuoy_stream.events.windows import ColumnStatistics, WindowReport
    >>> window = WindowReport(id="w", model="m", version="1", start="a", end="b", rows=3,
    ...                       columns={"x": ColumnStatistics(rows=3, ks=0.25)})
    >>> shown = event_object(window, row=7)
    >>> shown["kind"], shown["row"], shown["closed"], shown["columns"]["x"]["p_value"]
    ('window', 7, True, None)
    """
    shown: dict[str, Any] = {"kind": str(event.__struct_config__.tag)}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name == "columns" and isinstance(value, dict):
            shown[name] = {column: _statistics(statistics) for column, statistics in value.items()}
        elif name != "schema":
            shown[name] = msgspec.to_builtins(value)
    return {**shown, **extra}


def json_line(value: Any) -> bytes:
    r"""One line of JSON.

    Examples
    --------
    >>> json_line({"kind": "summary", "rows": 3})
    b'{"kind":"summary","rows":3}\n'
    """
    return msgspec.json.encode(value) + b"\n"


def _statistics(statistics: ColumnStatistics) -> dict[str, Any]:
    shown = {name: getattr(statistics, name) for name in statistics.__struct_fields__}
    return {name: value for name, value in shown.items() if value is not None or name in ALWAYS}
