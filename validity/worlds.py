"""Made-up streams: hours of rows, before and after a change, all from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[Any]

HOUR_US = 3_600_000_000
DAY_HOURS = 24


@dataclass(frozen=True)
class World:
    """How rows come about, hour by hour.

    Every column is standard normal noise, plus a *mood* that all rows of an hour share: an autoregression with
    standard deviation ``mood`` and memory ``memory_hours``.  ``daily`` is the amplitude of a daily sine.
    ``levels`` above 0 rounds the values to so many codes (ties, or categories).  ``shift`` is a constant
    difference of the stream from its reference, in standard deviations.  ``most`` is how many references are drawn at
    most, less where one takes long.
    """

    name: str
    reference_days: int = 56
    columns: int = 5
    hour_rows: int = 40
    mood: float = 0.0
    memory_hours: float = 10.0
    daily: float = 0.0
    levels: int = 0
    categorical: bool = False
    shift: float = 0.0
    season: str | None = None
    most: int = 10

    def hours(self, rng: np.random.Generator, hours: int) -> Rows:
        """Rows of consecutive hours, shape (hours, rows, columns), before rounding and shifting."""
        rows = rng.normal(size=(hours, self.hour_rows, self.columns))
        if self.mood:
            keep = float(np.exp(-1 / self.memory_hours))
            steps = rng.normal(size=(hours, self.columns)) * np.sqrt(1 - keep**2)
            steps[0] /= np.sqrt(1 - keep**2)  # begins as it goes on
            mood = np.empty_like(steps)
            mood[0] = steps[0]
            for hour in range(1, hours):
                mood[hour] = keep * mood[hour - 1] + steps[hour]
            rows += self.mood * mood[:, None, :]
        if self.daily:
            rows += self.daily * np.sin(2 * np.pi * np.arange(hours) / DAY_HOURS)[:, None, None]
        return rows

    def coded(self, rows: Rows) -> Rows:
        """Values as the monitor sees them."""
        if not self.levels:
            return rows
        return np.clip(np.floor(rows + self.levels / 2), 0, self.levels - 1)


@dataclass(frozen=True)
class Change:
    """What happens to the first column of a stream."""

    name: str
    distance: float = field(metadata={"unit": "Kolmogorov-Smirnov distance, or difference of a share"})
    shift: float = 0.0
    scale: float = 1.0
    below_median: bool = False
    share: float = 0.0

    def apply(self, rng: np.random.Generator, rows: Rows) -> Rows:
        """The rows after the change, shape (hours, rows, columns)."""
        changed = rows.copy()
        first = changed[..., 0]
        if self.below_median:
            first[:] = -np.abs(first)
        if self.share:
            # codes of a five-level column: a share of the rows moves to the lowest code
            first[rng.random(first.shape) < self.share] = -9.0
        first *= self.scale
        first += self.shift
        return changed
