"""Law 4: decisions form chains.

Each decision names its subject, its step number and the id of the decision before it.  The first record in log
order that extends a chain's head is the decision; every later rival is ignored by every reader.  No lock, no leader.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Link(Protocol):
    """What a decision must say of its place in a chain."""

    @property
    def id(self) -> str:
        """Its own id."""
        ...

    @property
    def step(self) -> int:
        """0 for the first."""
        ...

    @property
    def previous(self) -> str | None:
        """Id of the decision before it."""
        ...


class Head(msgspec.Struct):
    """The last decision of a chain."""

    id: str
    step: int


class Chains(msgspec.Struct):
    """Heads of all chains by subject: says of each record whether it is a decision.

    Examples
    --------
    >>> from types import SimpleNamespace as Decision
    >>> chains = Chains()
    >>> first, rival = Decision(id="a", step=0, previous=None), Decision(id="b", step=0, previous=None)
    >>> second = Decision(id="c", step=1, previous="a")
    >>> [chains.extend("incident-1", link) for link in (first, rival, second, second)]
    [True, False, True, False]
    """

    heads: dict[str, Head] = {}

    def extend(self, subject: str, link: Link) -> bool:
        """Whether the record extends its chain; if so it is the new head."""
        head = self.heads.get(subject)
        expected = (0, None) if head is None else (head.step + 1, head.id)
        if (link.step, link.previous) != expected:
            return False
        self.heads[subject] = Head(link.id, link.step)
        return True
