"""How rows are gathered and sent."""

from __future__ import annotations

from typing import NamedTuple

from bellbuoy.transports.address import parse_address
from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.events.topics import MAX_RECORD_BYTES


class Settings(NamedTuple):
    """Settings of a logger; :class:`~bellbuoy.logger.PredictionLogger` says what each one means."""

    url: str
    prefix: str
    model: str
    version: str
    source: str
    linger_s: float
    max_rows: int
    max_bytes: int
    buffer_rows: int
    buffer_bytes: int

    def checked(self) -> Settings:
        """Itself, if it is possible.

        Raises
        ------
        SpecError
            Where it is not.

        Examples
        --------
        >>> Settings("memory://", "", "m", "1", "doctest", 1.0, 0, 1, 1, 1).checked()
        Traceback (most recent call last):
        bellbuoy_stream.errors.SpecError: max_rows is 0; it must be 1 or more
        """
        parse_address(self.url)
        if self.linger_s <= 0:
            raise SpecError(f"linger_s is {self.linger_s!r}; it must be more than 0 seconds")
        if not 1 <= self.max_bytes <= MAX_RECORD_BYTES:
            raise SpecError(f"max_bytes is {self.max_bytes!r}; it must lie between 1 and {MAX_RECORD_BYTES}")
        for name in ("max_rows", "buffer_rows", "buffer_bytes"):
            if getattr(self, name) < 1:
                raise SpecError(f"{name} is {getattr(self, name)!r}; it must be 1 or more")
        return self
