"""Every error Bellbuoy raises on purpose.

::

    BellbuoyError
    ├── SpecError(ValueError)         a spec, a flag or an argument says something impossible
    ├── InputError(ValueError)        a file, a column or a value cannot be used
    ├── EventError(ValueError)        a record cannot be used: it goes to the dead-letter topic
    ├── SnapshotError(RuntimeError)   a stored state cannot be read back
    └── BrokerError(ConnectionError)  the broker is away or refuses; retriable
        └── AppendError               some records were not acknowledged: says which
"""

from typing import ClassVar


class BellbuoyError(Exception):
    """Root of all errors of this project.

    Attributes
    ----------
    retriable
        Whether the same call may go through later with nothing changed.
    """

    retriable: ClassVar[bool] = False


class SpecError(BellbuoyError, ValueError):
    """A spec, a flag or an argument says something impossible; the message says where and what is allowed."""


class InputError(BellbuoyError, ValueError):
    """A file, a column or a value cannot be used."""


class EventError(BellbuoyError, ValueError):
    """A record cannot be used and belongs in the dead-letter topic.

    Parameters
    ----------
    reason
        Short stable word for counting, such as ``undecodable``.
    detail
        One sentence for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class SnapshotError(BellbuoyError, RuntimeError):
    """A stored state cannot be read back."""


class BrokerError(BellbuoyError, ConnectionError):
    """The broker is away or refuses."""

    retriable = True


class AppendError(BrokerError):
    """Some records of an append were not acknowledged.

    Parameters
    ----------
    message
        One sentence for a person.
    unsent
        Places, in the sequence given to ``append``, of the records that were not acknowledged.
    refused
        Those of them that the log will never take as they are: sending them again is of no use.
    """

    def __init__(self, message: str, unsent: tuple[int, ...], refused: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.unsent = unsent
        self.refused = refused
