"""Real and published streams, read from a folder that is not part of the project."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from bellbuoy_stream.policies.build import build_policy
from bellbuoy_stream.policies.calibration import carried
from bellbuoy_stream.policies.plan import multiscale_plan
from bellbuoy_stream.policies.protocol import PaneCounts
from bellbuoy_stream.policies.rebaseline import Rebaseline
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from validity.streams import make_reference, pane_matrix
from validity.tables import markdown

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bellbuoy_stream.references.reference import Reference

SECOND = 1_000_000
ELEC2_DAY = 48  # half-hours
ELEC2_REFERENCE = 100 * ELEC2_DAY
ELEC2_CHANGE = 17_424


@dataclass(frozen=True)
class Follow:
    """A file of rows one second apart, followed with re-baselining after each alarm."""

    rows: NDArray[np.float64]
    reference_rows: int
    pane_rows: int
    window_rows: int
    season_rows: int | None = None

    @property
    def spec(self) -> MonitorSpec:
        """The spec, with every default but the sizes."""
        season = f"{self.season_rows}s" if self.season_rows else None
        window = WindowSpec(size=f"{self.window_rows}s", pane=f"{self.pane_rows}s")
        return MonitorSpec(model="m", window=window, drift=DriftSpec(season=season)).checked()

    def reference(self, start: int) -> Reference:
        """Reference of the rows from ``start``, which begins a pane."""
        rows = self.rows[start : start + self.reference_rows]
        pane = np.arange(len(rows)) // self.pane_rows
        season = self.season_rows * SECOND if self.season_rows else None
        first = start // self.pane_rows
        pane_us, window = self.pane_rows * SECOND, self.window_rows // self.pane_rows
        return make_reference(rows, pane, first, pane_us, window, season)

    def pane(self, reference: Reference, index: int) -> PaneCounts:
        """Counters of one pane of the file."""
        rows = self.rows[index * self.pane_rows : (index + 1) * self.pane_rows]
        counts = pane_matrix(reference, rows, np.zeros(len(rows), dtype=np.int64))[0]
        start = index * self.pane_rows * SECOND
        return PaneCounts(index, start, start + self.pane_rows * SECOND, counts)

    def alarms(self) -> list[int]:
        """Rows read when each alarm rang."""
        spec, found, index = self.spec, [], self.reference_rows // self.pane_rows
        reference = self.reference(0)
        waiting: Rebaseline | None = None
        policy = build_policy(spec, reference)
        while (index + 1) * self.pane_rows <= len(self.rows):
            pane = self.pane(reference, index)
            index += 1
            if waiting is None:
                if any(signal.state == "alarm" for signal in policy.update(pane)):
                    found.append(index * self.pane_rows)
                    plan = multiscale_plan(spec, reference, None, 1.0)
                    waiting = Rebaseline(plan, spec, self.reference_rows // self.pane_rows)
                continue
            progress = waiting.update(pane)
            if progress.state == "changed":
                found.append(index * self.pane_rows)
            if progress.state == "stable":
                fresh = self.reference(progress.start * self.pane_rows)
                calibration = carried(reference.calibration, fresh.calibration) if fresh.calibration else None
                reference = msgspec.structs.replace(fresh, calibration=calibration)
                waiting, policy = None, build_policy(spec, reference)
        return found


def score(alarms: list[int], drifts: list[int], length: int) -> tuple[int, int, float]:
    """Drifts found, alarms too many, mean delay in rows: the first alarm between a drift and the next finds it."""
    found, delays = 0, []
    edges = [*drifts, length + 1]
    for drift, end in pairwise(edges):
        after = [alarm for alarm in alarms if drift <= alarm < end]
        if after:
            found += 1
            delays.append(after[0] - drift)
    return found, len(alarms) - found, float(np.mean(delays)) if delays else float("nan")


def sineclusters(folder: Path) -> tuple[list[int], list[int], int]:
    """Alarms, true drifts and length of sineclusters, with its season of 500 rows."""
    stored = np.load(folder / "sineclusters.npz")
    rows, drifts = stored["X"], [int(d) for d in stored["drifts"]]
    return Follow(rows, 2000, 50, 500, 500).alarms(), drifts, len(rows)


def sineclusters_table(folder: Path) -> str:
    """One sentence with the measured figures."""
    alarms, drifts, length = sineclusters(folder)
    found, false, delay = score(alarms, drifts, length)
    return (
        "**sineclusters** (reference 2,000 rows, panes of 50, windows and season of 500, re-baselined after each"
        f" alarm): {found} of {len(drifts)} drifts found, {false} false alarms, mean delay {delay:.0f} rows."
    )


def elec2(folder: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Electricity market: names of the numeric columns but the date, and the rows."""
    with gzip.open(folder / "elec2.csv.gz", "rt") as file:
        names = file.readline().strip().split(",")[1:8]
        return names, np.array([[float(x) for x in line.split(",")[1:8]] for line in file])


def elec2_table(folder: Path) -> str:
    """Where each column rings, with the first 100 days as reference and panes of a day, never re-baselined."""
    names, rows = elec2(folder)
    follow = Follow(rows, ELEC2_REFERENCE, ELEC2_DAY, 7 * ELEC2_DAY)
    reference = follow.reference(0)
    policy = build_policy(follow.spec, reference)
    before, after = dict.fromkeys(names), dict.fromkeys(names)
    for index in range(ELEC2_REFERENCE // ELEC2_DAY, len(rows) // ELEC2_DAY):
        read = (index + 1) * ELEC2_DAY
        for name, signal in zip(names, policy.update(follow.pane(reference, index)), strict=True):
            seen = before if read <= ELEC2_CHANGE else after
            if signal.state == "alarm" and seen[name] is None:
                seen[name] = read
    lines = [
        [
            name,
            f"{before[name]:,}" if before[name] else "never",
            f"{after[name]:,}" if after[name] else "never",
        ]
        for name in names
    ]
    head = ["column", f"first rings before row {ELEC2_CHANGE:,}", "first rings after it"]
    said = (
        f"**elec2** (reference {ELEC2_REFERENCE:,} rows, panes of {ELEC2_DAY}, no season, not re-baselined; three"
        f" columns leave a constant at row {ELEC2_CHANGE:,}):"
    )
    return f"{said}\n\n{markdown(head, lines)}"
