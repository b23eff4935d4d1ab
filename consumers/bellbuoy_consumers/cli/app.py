"""All commands, with their examples."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, NamedTuple

import typer

COMMANDS = "bellbuoy_consumers.cli.commands"


class Entry(NamedTuple):
    """A command: where it is, and an example for its help."""

    module: str
    example: str


ENTRIES = {
    "init": Entry(
        "init", "bellbuoy init flights --data flights.csv.gz --time event_time --score p --label late"
    ),
    "apply": Entry("apply", "bellbuoy apply flights.toml"),
    "reference": Entry("reference", "bellbuoy reference flights@1 training.csv.gz"),
    "send": Entry("send", "bellbuoy send march.csv.gz --model flights@1"),
    "worker": Entry("worker", "bellbuoy worker --drain"),
    "alerts": Entry("alerts", "bellbuoy alerts --follow --model flights"),
    "windows": Entry("windows", "bellbuoy windows --open --json"),
    "status": Entry("status", "bellbuoy status"),
    "show": Entry("show", "bellbuoy show incident-abc"),
    "ack": Entry("operate", "bellbuoy ack incident-abc --why 'known: new schedule'"),
    "mute": Entry("operate", "bellbuoy mute flights --columns temp,dewp --for 4h"),
    "replay": Entry(
        "replay", "bellbuoy replay rows.csv --step 1s --reference 2000 --window 500s --report out.html"
    ),
    "doctor": Entry("doctor", "bellbuoy doctor"),
    "deadletter": Entry("deadletter", "bellbuoy deadletter --follow"),
    "schemas": Entry("schemas", "bellbuoy schemas > events.schema.json"),
}
DEMO = "bellbuoy_consumers.demo.command"


def build_app() -> typer.Typer:
    """Make the command line; commands load what is heavy when they run."""
    app = typer.Typer(
        name="bellbuoy",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        help="A bell buoy for your models: rings when data or predictions drift.",
        epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong usage or bad input, 3 broker unreachable.",
    )
    app.callback()(_root)
    if find_spec(DEMO) is not None:
        app.command("demo", epilog="Example: bellbuoy demo --fast")(import_module(DEMO).demo)
    for name, entry in ENTRIES.items():
        function = getattr(import_module(f"{COMMANDS}.{entry.module}"), name)
        app.command(name, epilog=f"Example: {entry.example}")(function)
    topics = typer.Typer(
        no_args_is_help=True, rich_markup_mode="markdown", help="The topics that Bellbuoy uses."
    )
    topics.callback()(_topics)
    create = import_module(f"{COMMANDS}.topics").create
    topics.command("create", epilog="Example: bellbuoy topics create --print --broker kafka://broker:9092")(
        create
    )
    app.add_typer(topics, name="topics")
    return app


def _show_version(wanted: bool) -> None:  # called by typer
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415  # slow to import

        typer.echo(f"bellbuoy {version('bellbuoy')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take the options before the command."""


def _topics() -> None:
    """Topics; a group of its own, so that more commands can join it."""
