"""Opening the log that a command works on."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bellbuoy.transports import default_url, open_transport, parse_address
from bellbuoy_stream.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy.transports import Transport


@contextmanager
def opened(broker: str | None, prefix: str | None, *, must_exist: bool = False) -> Iterator[Transport]:
    """Open a log, and close it at the end.

    Parameters
    ----------
    broker, prefix
        As the options say; None: the environment, or the defaults.
    must_exist
        Refuse an SQLite file that is no log yet, instead of making one; see :func:`check_exists`.

    Raises
    ------
    BrokerError
        Where the log cannot be opened.
    """
    url = broker or default_url()
    if must_exist:
        check_exists(url)
    transport = open_transport(url, prefix)
    try:
        yield transport
    finally:
        transport.close()


def check_exists(url: str) -> None:
    """Refuse the URL of a SQLite file that is not there, or holds no log: its name may be mistyped.

    Raises
    ------
    BrokerError
        Saying which of the two, and what to do.
    """
    address = parse_address(url)
    if address.scheme != "sqlite":
        return
    path = Path(address.place)
    wrong = (
        "there is no file {}" if not path.exists() else "" if _holds_log(path) else "the file {} holds no log"
    )
    if wrong:
        raise BrokerError(
            f"{wrong.format(path)}; name the log with --broker, or begin one: bellbuoy apply SPEC.toml"
        )


def _holds_log(path: Path) -> bool:
    """Whether a file has the tables of a log; looking changes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'log'")
            return found.fetchone() is not None
    except sqlite3.DatabaseError as error:
        raise BrokerError(f"the file {path} cannot be used ({error}); name the log with --broker") from error
