"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from bellbuoy_stream.errors import SpecError

Broker = Annotated[
    str | None,
    typer.Option(
        "--broker",
        envvar="BELLBUOY_BROKER",
        metavar="URL",
        help="kafka://host:9092 or sqlite:///file.db; default sqlite:///bellbuoy.db.",
    ),
]
Prefix = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        envvar="BELLBUOY_PREFIX",
        help="Stands before every topic and group: an environment, a team.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout, and nothing else there.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")]
ModelOption = Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Only this model.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="T", help="From this event time on (2013-03-18T07:00:00Z), or 2d: two days back."
    ),
]
RowsFile = Annotated[Path, typer.Argument(metavar="FILE", help="Rows: .csv, .csv.gz or .parquet.")]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="Kept with the decision.")]
IdColumn = Annotated[
    str | None, typer.Option("--id", metavar="COL", help="Column with the row's id (or several: a,b).")
]
TimeColumn = Annotated[str | None, typer.Option("--time", metavar="COL", help="Column with the event time.")]
PredictionColumn = Annotated[
    str | None, typer.Option("--prediction", metavar="COL", help="Column with the predicted class or number.")
]
ScoreColumn = Annotated[
    str | None, typer.Option("--score", metavar="COL", help="Column with the predicted probability.")
]
LabelColumn = Annotated[
    str | None, typer.Option("--label", metavar="COL", help="Column with the truth: it is no feature.")
]
LabelTimeColumn = Annotated[
    str | None,
    typer.Option(
        "--label-time", metavar="COL", help="Column with when the truth was known: it is no feature."
    ),
]


def model_version(text: str) -> tuple[str, str]:
    """Model and version of ``MODEL@VERSION``.

    Raises
    ------
    SpecError
        Where one of the two is missing.

    Examples
    --------
    >>> model_version("flights@3")
    ('flights', '3')
    """
    model, _, version = text.partition("@")
    if not model or not version:
        raise SpecError(f"{text!r} names no version; write MODEL@VERSION, such as {model or 'flights'}@1")
    return model, version
