"""`bellbuoy reference`: what a version's rows look like when all is well."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix, model_version
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from bellbuoy.transports import Transport
    from bellbuoy_consumers.files import RowFile
    from bellbuoy_consumers.replay import StreamRows
    from bellbuoy_stream.references.reference import Reference
    from bellbuoy_stream.specs.monitor import MonitorSpec


def reference(
    subject: Annotated[str, typer.Argument(metavar="MODEL@VERSION", help="Whose reference it is.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Rows: .csv, .csv.gz or .parquet.")
    ] = None,
    from_stream: Annotated[
        str | None,
        typer.Option(
            "--from-stream", metavar="14d", help="Instead of a file: the rows logged in so long a time."
        ),
    ] = None,
    spec: Annotated[
        Path | None, typer.Option("--spec", help="Spec file; by default the spec that was applied.")
    ] = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Build a version's reference from a file, or from the log itself, and publish it.

    The rows are read twice, a chunk at a time.  Columns are what the spec's `data` section says.  A version's first
    reference holds from the beginning, a later one from the next window on.
    """
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.progress import next_window_us  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import load_spec, published_spec  # noqa: PLC0415
    from bellbuoy_consumers.publishing import publish_reference  # noqa: PLC0415
    from bellbuoy_consumers.replay import reference_of  # noqa: PLC0415
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415

    out = Output(json)
    model, version = model_version(subject)
    given = None if spec is None else load_spec(spec)
    if given is not None and given.model != model:
        raise SpecError(f"{spec} is about {given.model!r}, not {model!r}")
    with opened(broker, prefix, must_exist=given is None) as transport:
        chosen = given or published_spec(transport, model)
        rows = _source(transport, chosen, version, file, from_stream)
        with out.progress() as advance:
            built = reference_of(rows, chosen, version, advance=advance)
        publish_reference(transport, built, next_window_us(transport, chosen))
        _say(out, chosen, built)


def _source(
    transport: Transport, spec: MonitorSpec, version: str, file: Path | None, length: str | None
) -> RowFile | StreamRows:
    """Rows of a file, or those logged in the latest stretch of the stream's time."""
    from bellbuoy_consumers.cli.progress import highest_event_us  # noqa: PLC0415
    from bellbuoy_consumers.files import RowFile  # noqa: PLC0415
    from bellbuoy_consumers.replay import StreamRows  # noqa: PLC0415
    from bellbuoy_stream.errors import InputError, SpecError  # noqa: PLC0415
    from bellbuoy_stream.times import duration_us  # noqa: PLC0415

    if (file is None) == (length is None):
        raise SpecError("name either a file with the rows or --from-stream 14d")
    if file is not None:
        return RowFile.of_spec(file, spec.data)
    newest = highest_event_us(transport, spec)
    if newest is None:
        raise InputError(f"no row of {spec.model} has been logged yet")
    return StreamRows(transport, spec.model, version, newest - duration_us(length or ""))


def _say(out: Output, spec: MonitorSpec, built: Reference) -> None:
    from bellbuoy_stream.policies import build_policy  # noqa: PLC0415
    from bellbuoy_stream.specs.suggest import nearest  # noqa: PLC0415
    from bellbuoy_stream.times import rfc3339  # noqa: PLC0415

    certificate = build_policy(spec, built).certificate()
    absent = absent_columns(spec, built)
    out.line(
        {
            "kind": "reference",
            "id": built.digest,
            "model": built.model,
            "version": built.version,
            "rows": built.rows,
            "columns": [column.name for column in built.columns],
            "start": None if built.start_us is None else rfc3339(built.start_us),
            "end": None if built.end_us is None else rfc3339(built.end_us),
            "notes": built.notes,
            "absent": absent,
            "certificate": msgspec.to_builtins(certificate),
        }
    )
    size = f"{built.rows:,} rows, {len(built.columns)} columns"
    out.say(f"{built.model}@{built.version}: reference of {size} ({built.digest[:12]})")
    for note in built.notes:
        out.say(f"  {note}", "dim")
    for name in absent:
        near = nearest(name, [column.source for column in built.columns])
        out.say(
            f"  {name}: the spec names it, these rows have no such column: it is not watched{near}", "yellow"
        )
    if certificate.certified:
        out.say(
            f"false alarms: no more than {spec.drift.false_alarms} expected, by the reference's own scatter"
            f" ({certificate.blocks} blocks of one window)"
        )
    else:
        out.say(f"false-alarm budget not certified: {'; '.join(certificate.reasons)}", "yellow")
    worst = sorted(certificate.detectable.items(), key=lambda item: -item[1])[:3]
    if worst:
        out.say(
            "hardest to see: " + ", ".join(f"{name} from a distance of {size:.2f}" for name, size in worst)
        )


def absent_columns(spec: MonitorSpec, built: Reference) -> list[str]:
    """Columns that a spec names to be watched and that the reference's rows did not have."""
    there = {column.source for column in built.columns}
    return [name for name, column in spec.columns.items() if name not in there and column.kind != "ignore"]
