"""`bellbuoy init`: a spec to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bellbuoy_consumers.cli.options import (  # noqa: TC001  # typer reads the annotations
    IdColumn,
    Json,
    LabelColumn,
    LabelTimeColumn,
    PredictionColumn,
    ScoreColumn,
    TimeColumn,
)
from bellbuoy_consumers.cli.output import Output

SAMPLE_ROWS = 10_000


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's name.")],
    data: Annotated[
        Path, typer.Option("--data", metavar="FILE", help="Rows to guess the columns' kinds from.")
    ],
    time: TimeColumn = None,
    prediction: PredictionColumn = None,
    score: ScoreColumn = None,
    label: LabelColumn = None,
    label_time: LabelTimeColumn = None,
    id: IdColumn = None,  # noqa: A002  # the option's name
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    json: Json = False,
) -> None:
    """Write NAME.toml, with every column's kind guessed from a file.

    The defaults stand in it as comments; what was guessed is printed.
    """
    from bellbuoy_consumers.files import Roles, RowFile  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_stream.errors import InputError  # noqa: PLC0415
    from bellbuoy_stream.references.kinds import guess_column  # noqa: PLC0415
    from bellbuoy_stream.specs.monitor import DataSpec  # noqa: PLC0415
    from bellbuoy_stream.specs.template import spec_template  # noqa: PLC0415
    from bellbuoy_stream.specs.toml import read_spec  # noqa: PLC0415

    out = Output(json)
    target = Path(f"{name}.toml")
    if target.exists() and not force:
        raise InputError(f"{target} is there already; edit it, or write over it with --force")
    ids = None if id is None else id.split(",") if "," in id else id
    roles = DataSpec(
        id=ids, time=time, prediction=prediction, score=score, label=label, label_time=label_time
    )
    rows = RowFile(data, Roles.of(roles))
    sample = rows.sample(SAMPLE_ROWS)
    guesses = {column: guess_column(column, sample[column]) for column in rows.roles.features(rows.names)}
    text = spec_template(name, roles, guesses)
    read_spec(text, str(target))
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}") from error
    kinds = {column: {"kind": guess.kind, "why": guess.why} for column, guess in guesses.items()}
    out.line({"kind": "init", "file": str(target), "model": name, "columns": kinds})
    width = max(map(len, guesses), default=0)
    for column, guess in guesses.items():
        out.say(f"  {column:<{width}}  {guess.kind:<12} {guess.why}")
    if time is None:
        likely = [column for column, guess in guesses.items() if guess.kind == "time"]
        hint = f" (is it {likely[0]!r}?)" if likely else ""
        out.say(f"no column was named as the event time: set `time` under [data]{hint}", "yellow")
    out.say(f"{target} written; look it over, then: bellbuoy apply {target}", "bold")
