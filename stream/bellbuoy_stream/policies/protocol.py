"""What a policy is: it sees each pane once, in order, and says of every column whether it rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from bellbuoy_stream.counting.layout import Counts


@dataclass(frozen=True, slots=True)
class PaneCounts:
    """On-time counters of one pane (or one report window): ``index`` rises by one a pane of event time."""

    index: int
    start_us: int
    end_us: int
    counts: Counts


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy says of one column after one pane.

    ``state``: ``alarm``; ``agree`` (close to the reference, by a test that could have rejected twice the smallest
    effect worth ringing for); else ``undecided``.  ``effect`` is the distance, ``threshold`` what it is held
    against (same unit), ``panes`` the length of the stretch it was measured on, ``since_us`` its start.

    ``agrees``: some stretch lies within the effect worth ringing for, by a test that could have rejected, whatever the
    longer stretches still hold.  ``state`` is ``agree`` where it holds and nothing rings.
    While an incident is open, ``agrees`` says that its cause is over; whoever closes the incident on it calls
    ``reset`` for the column, so that the longer stretches forget the episode.
    """

    column: str
    state: Literal["alarm", "agree", "undecided"]
    effect: float
    threshold: float
    rows: int
    panes: int
    since_us: int
    p_value: float | None = None
    agrees: bool = False


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the false-alarm budget of a policy on a reference.

    ``detectable``: for each column the smallest distance above threshold that can be seen at the coarsest scale; empty
    where nothing is known of the rate of rows.
    ``covers``: which harmless states of the world the budget speaks of.
    """

    certified: bool
    reasons: list[str]
    blocks: int
    detectable: dict[str, float]
    covers: str = ""


class Policy(Protocol):
    """A detector over all columns of one version (or segment of it)."""

    consumes: Literal["pane", "window"]

    def certificate(self) -> Certificate:
        """What is proven about its budget."""
        ...

    def update(self, pane: PaneCounts) -> list[Signal]:
        """Consume the next pane; one signal a column, of its strongest scale."""
        ...

    def reset(self, columns: list[str] | None = None) -> None:
        """Forget the past of some columns (or all), keeping the reference."""
        ...

    def snapshot(self) -> bytes:
        """State as bytes; the builder takes them back."""
        ...
