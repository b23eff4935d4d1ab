"""Which phase of a season (hour of the week, say) a pane lies in, by the clock on the wall.

People, shops and trains follow local time, so a season that divides a day, or is made of whole days, is counted in
the spec's time zone, as report windows are: the hour that a clock repeats lies twice in one phase, the hour that it
leaves out in none.  Any other season (500 seconds of a machine) is counted in elapsed time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.times import DAY_US
from bellbuoy_stream.windows.calendar import Calendar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bellbuoy_stream.references.reference import Calibration

MAX_PHASES = 336
"""Most phases of a season (half-hours of a week): beyond, neighbouring panes share a phase, lest the reference grow."""


def phase_width(season_panes: int, together: int = 1) -> int:
    """Panes of one phase, a multiple of the panes that are counted together.

    Examples
    --------
    >>> phase_width(168), phase_width(2016), phase_width(2016, together=4)
    (1, 6, 8)
    """
    return together * -(-season_panes // (MAX_PHASES * together))


class Phases:
    """Numbers the phases of a season.

    Parameters
    ----------
    season_us
        Its length in microseconds.
    width
        Panes of one phase.
    calendar
        Where panes begin.

    Examples
    --------
    >>> import numpy as np
    >>> from bellbuoy_stream.times import parse_time_us
    >>> hour = 3_600_000_000
    >>> phases = Phases(DAY_US, 1, Calendar(DAY_US, hour, "America/New_York"))
    >>> before = parse_time_us("2013-03-10T06:00:00Z") // hour  # one in the morning; two of the clock is left out
    >>> phases.of(np.arange(before, before + 3)).tolist()
    [1, 3, 4]
    """

    def __init__(self, season_us: int, width: int, calendar: Calendar) -> None:
        self.panes, self.width = max(season_us // calendar.pane_us, 1), width
        self.count = -(-self.panes // width)
        self._calendar = calendar
        self._on_the_wall = season_us % DAY_US == 0 or DAY_US % season_us == 0

    @classmethod
    def known(cls, calibration: Calibration) -> Phases | None:
        """The phases of a reference's season, if it has one."""
        if calibration.season_us is None:
            return None
        window = calibration.report_panes * calibration.pane_us
        calendar = Calendar(window, calibration.pane_us, calibration.timezone or "UTC")
        return cls(calibration.season_us, calibration.phase_panes, calendar)

    def of(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """Phase of each pane, by its index."""
        begun = self._calendar.on_the_wall(index) if self._on_the_wall else index
        phases: NDArray[np.int64] = begun % self.panes // self.width
        return phases
