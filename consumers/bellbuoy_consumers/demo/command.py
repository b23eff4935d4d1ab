"""`bellbuoy demo`: a year of flights, a model that ages, a fault, and what Bellbuoy says of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from bellbuoy_consumers.cli.options import Json, Prefix  # noqa: TC001  # typer reads the annotations

DEFAULT_FILE = Path("bellbuoy-demo.db")
DEFAULT_SEED = 7


def demo(
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            envvar="BELLBUOY_BROKER",
            metavar="URL",
            help=f"kafka://host:9092 or sqlite:///file.db; by default a new {DEFAULT_FILE} in this folder.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the training and of the rows' ids.")] = DEFAULT_SEED,
    fast: Annotated[bool, typer.Option("--fast", help="Stop at the end of June.")] = False,
    no_dashboard: Annotated[
        bool, typer.Option("--no-dashboard", help="Only the terminal; end when the story is over.")
    ] = False,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Play a year of real flights through Bellbuoy, in about a minute.

    A model learns from January and February 2013 which flights from New York will be late.  The months after are
    sent through the logger, much faster than they happened; a worker judges them day by day.  One week of data is
    broken on purpose, and said so; everything else is real.
    """
    from bellbuoy.transports import default_prefix  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415
    from bellbuoy_consumers.cli.output import Output  # noqa: PLC0415
    from bellbuoy_consumers.demo.playing import Played, play  # noqa: PLC0415
    from bellbuoy_consumers.demo.screen import Screen  # noqa: PLC0415
    from bellbuoy_consumers.demo.story import FAST_UNTIL, FAULT, LIVE_UNTIL, prepare  # noqa: PLC0415
    from bellbuoy_consumers.demo.telling import conclude, introduce  # noqa: PLC0415

    del no_dashboard  # there is none yet
    out = Output(json)
    began = time.monotonic()
    url = broker or _fresh_file()
    out.say("Training a model on January and February 2013, and counting its reference ...", "dim")
    story = prepare(seed, FAST_UNTIL if fast else LIVE_UNTIL)
    trained = time.monotonic()
    introduce(story, trained - began, out)
    played = Played()
    with Screen(story, FAULT, out) as screen:
        for played, news in play(story, url, default_prefix() if prefix is None else prefix, seed):
            screen.show(played, news)
            for event in news:
                out.line(event_object(event))
    ended = time.monotonic()
    conclude(played, FAULT, url, prefix, (trained - began, ended - trained), out)


def _fresh_file() -> str:
    """URL of the demo's own file, made anew."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{DEFAULT_FILE}{suffix}").unlink(missing_ok=True)
    return f"sqlite:///{DEFAULT_FILE}"
