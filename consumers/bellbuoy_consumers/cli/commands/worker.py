"""`bellbuoy worker`: run consumer workers."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix  # noqa: TC001  # typer reads the annotations
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def worker(
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLE", help="tally or judge; may be repeated. Default: all."),
    ] = None,
    drain: Annotated[
        bool, typer.Option("--drain", help="Stop when everything that is there now has been worked off.")
    ] = False,
    create_topics: Annotated[
        bool,
        typer.Option(
            "--create-topics",
            help="Make what is missing (topics on Kafka, a SQLite file), instead of refusing to start.",
        ),
    ] = False,
    http_port: Annotated[
        int | None,
        typer.Option(
            "--http-port", metavar="N", min=0, max=65_535, help="Serve numbers for Prometheus at /metrics."
        ),
    ] = None,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Run workers until SIGTERM or Ctrl-C.

    They then flush, save what they know and leave.  On Kafka several of them share the partitions; on a SQLite file
    several processes may work side by side too.
    """
    from bellbuoy.transports import default_url, parse_address  # noqa: PLC0415
    from bellbuoy_consumers.cli.brokers import check_exists  # noqa: PLC0415

    out = Output(json)
    url = broker or default_url()
    with stopping() as stop:  # before the heavy imports, which take seconds
        roles = _known(role)
        if not create_topics:
            check_exists(url)
        out.say(f"worker ({', '.join(roles)}) on {url}")
        if parse_address(url).scheme == "kafka":
            code = _on_kafka(
                url, prefix, roles, stop, drain=drain, create_topics=create_topics, http_port=http_port
            )
        else:
            code = _embedded(url, prefix, roles, stop, drain=drain, http_port=http_port)
    out.line({"kind": "worker", "state": "left", "roles": list(roles)})
    out.say(f"worker ({', '.join(roles)}): left")
    raise typer.Exit(code)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and Ctrl-C set; the handlers before are put back at the end."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _known(names: Sequence[str] | None) -> tuple[str, ...]:
    from bellbuoy_consumers.runtimes.stages import ROLES  # noqa: PLC0415  # needs numpy
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415
    from bellbuoy_stream.specs.suggest import nearest  # noqa: PLC0415

    for name in names or ():
        if name not in ROLES:
            raise SpecError(f"--role {name!r} is no role{nearest(name, ROLES)}")
    return tuple(name for name in ROLES if not names or name in names)


def _on_kafka(
    url: str,
    prefix: str | None,
    roles: Sequence[str],
    told: threading.Event,
    *,
    drain: bool,
    create_topics: bool,
    http_port: int | None,
) -> int:
    from bellbuoy.transports import default_prefix  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.faust.running import run_worker, stop_on_signals  # noqa: PLC0415

    stop = stop_on_signals()  # these end a process that hangs, too
    if told.is_set():
        return 0
    chosen = default_prefix() if prefix is None else prefix
    return run_worker(
        url, chosen, roles, drain=drain, create_topics=create_topics, http_port=http_port, stop=stop
    )


def _embedded(
    url: str,
    prefix: str | None,
    roles: Sequence[str],
    stop: threading.Event,
    *,
    drain: bool,
    http_port: int | None,
) -> int:
    from bellbuoy.transports.sqlite import SqliteTransport  # noqa: PLC0415
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.embedded import EmbeddedWorker  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.library import Library  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.metrics import metrics_on  # noqa: PLC0415
    from bellbuoy_consumers.runtimes.stages import stages  # noqa: PLC0415
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415

    with opened(url, prefix) as transport:
        if not isinstance(transport, SqliteTransport):
            raise SpecError("workers run on kafka:// or sqlite://; a log in memory ends with its process")
        chosen = [stage for stage in stages(Library(transport).find) if stage.name in roles]
        embedded = EmbeddedWorker(transport, chosen)
        with metrics_on(http_port, embedded.folds):
            if drain:
                embedded.drain(stop)
            else:
                embedded.run(stop)
    return 0
