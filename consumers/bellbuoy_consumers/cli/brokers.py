"""Opening the log that a command works on."""

from __future__ import annotations

from contextlib import contextmanager
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
        Refuse an SQLite file that is not there, instead of making an empty one.

    Raises
    ------
    BrokerError
        Where the log cannot be opened.
    """
    url = broker or default_url()
    address = parse_address(url)
    if must_exist and address.scheme == "sqlite" and not Path(address.place).exists():
        raise BrokerError(
            f"there is no file {address.place}; name the log with --broker, or begin one: bellbuoy apply SPEC.toml"
        )
    transport = open_transport(url, prefix)
    try:
        yield transport
    finally:
        transport.close()
