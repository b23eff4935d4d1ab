"""What the demo plays: a model, its spec, its reference, and one fault that is put in on purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy.sending.frames import packed_column
from bellbuoy_consumers.demo.flights import TIMEZONE, read_flights
from bellbuoy_consumers.demo.model import LateModel, scores_out_of_fold
from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.specs.monitor import DataSpec, MonitorSpec, WindowSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bellbuoy_consumers.demo.flights import Flights
    from bellbuoy_stream.references.reference import Reference

MODEL, VERSION = "flights", "1"
TRAINED_FROM, LIVE_FROM = "2013-01-01", "2013-03-01"
LIVE_UNTIL, FAST_UNTIL = "2014-01-01", "2013-07-01"
HPA_PER_INHG = 33.8639
DAY = np.timedelta64(1, "D")
SEED = 7


@dataclass(frozen=True, slots=True)
class Fault:
    """Something broken on purpose, so that one can see what becomes of it.

    ``start`` and ``stop`` are days in New York, half-open.
    """

    column: str
    start: str
    stop: str
    told: str

    def applied(self, flights: Flights) -> Flights:
        """The flights as a live app would see them while the fault lasts."""
        low, high = np.array([self.start, self.stop], dtype="datetime64[D]")
        broken = (flights.days >= low) & (flights.days < high)
        values = flights.columns[self.column]
        columns = {**flights.columns, self.column: np.where(broken, values / HPA_PER_INHG, values)}
        return replace(flights, columns=columns)


FAULT = Fault(
    "pressure", "2013-03-18", "2013-03-25", "pressure sent in inches of mercury instead of hectopascals"
)


@dataclass(frozen=True, slots=True)
class Story:
    """All that is needed to play.

    Attributes
    ----------
    spec, reference
        What is monitored, and against what.
    live, scores
        The flights after the training weeks, and what the model said of each.
    trained_rows
        Flights in the training weeks.
    """

    spec: MonitorSpec
    reference: Reference
    live: Flights
    scores: NDArray[np.float64]
    trained_rows: int

    def days(self) -> Iterator[tuple[str, Flights, NDArray[np.float64]]]:
        """Yield each day with its flights and their scores, in the order of time."""
        days = self.live.days
        edges = np.searchsorted(days, np.arange(days[0], days[-1] + 2 * DAY))
        for low, high in pairwise(edges):
            if high > low:
                yield str(days[low]), self.live.take(slice(low, high)), self.scores[low:high]


def flights_spec() -> MonitorSpec:
    """The demo's spec: days of New York in hours, everything else by default."""
    return MonitorSpec(
        model=MODEL,
        data=DataSpec(id="id", time="event_time", score="score", label="late"),
        window=WindowSpec(size="1d", pane="1h", timezone=TIMEZONE),
    ).checked()


def prepare(seed: int = SEED, until: str = LIVE_UNTIL) -> Story:
    """Train the model, score what comes after, and count the reference.

    Parameters
    ----------
    seed
        Of the model's solver.
    until
        First day (New York) that is not played.
    """
    flights = read_flights()
    trained = flights.between(TRAINED_FROM, LIVE_FROM)
    live = FAULT.applied(flights.between(LIVE_FROM, until))
    spec = flights_spec()
    return Story(
        spec,
        _reference(spec, trained, seed),
        live,
        LateModel(trained, seed).score(live),
        len(trained),
    )


def _reference(spec: MonitorSpec, trained: Flights, seed: int) -> Reference:
    values = {**trained.columns, "score": scores_out_of_fold(trained, seed)}
    columns = {name: packed_column(column) for name, column in values.items()}
    return build_reference(MODEL, VERSION, spec, [Rows(columns, trained.times)])
