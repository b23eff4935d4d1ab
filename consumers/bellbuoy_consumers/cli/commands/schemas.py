"""`bellbuoy schemas`: what flows, as JSON Schema."""

from __future__ import annotations

import sys

from bellbuoy_consumers.cli.options import Json  # noqa: TC001  # typer reads the annotations


def schemas(json: Json = False) -> None:
    """Print the JSON Schema (2020-12) of every event; with --json on one line."""
    import msgspec  # noqa: PLC0415  # commands load what they need when they run

    from bellbuoy_stream.events import json_schemas  # noqa: PLC0415

    text = msgspec.json.encode(json_schemas())
    sys.stdout.buffer.write((text if json else msgspec.json.format(text, indent=2)) + b"\n")
