"""False alarms of every policy where nothing, or nothing that matters, has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.policies.build import build_policy
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, PolicyName, WindowSpec
from bellbuoy_stream.times import duration_us
from validity.streams import make_reference, pane_matrix, panes_of
from validity.worlds import DAY_HOURS, HOUR_US, World

if TYPE_CHECKING:
    from bellbuoy_stream.references.reference import Reference
    from validity.worlds import Rows

POLICIES: tuple[PolicyName, ...] = ("multiscale_ks", "window_ks", "sequential")
BUDGET_DAYS = 30
NEAR_MIN_EFFECT = 0.2387  # mean shift of a normal whose Kolmogorov-Smirnov distance is .095
WORLDS = (
    World("independent rows, 56 days"),
    World("independent rows, 5 values (ties)", levels=5),
    World("independent rows, 5 categories", levels=5, categorical=True),
    World("independent rows, reference of 2 days", reference_days=2),
    World("true distance .095, just under min_effect", shift=NEAR_MIN_EFFECT),
    World("moods of 10 h (sd .5), reference of 14 days", reference_days=14, mood=0.5),
    World("moods of 10 h (sd .5), reference of 22 days", reference_days=22, mood=0.5),
    World("moods of 10 h (sd .5), reference of 56 days", mood=0.5),
    World("moods of 10 h (sd .5), 56 days, 25 columns", columns=25, mood=0.5, most=4),
    World("moods of 48 h (sd .5), reference of 28 days", reference_days=28, mood=0.5, memory_hours=48),
    World("moods of 48 h (sd .5), reference of 112 days", reference_days=112, mood=0.5, memory_hours=48),
    World("daily sine (amplitude 1), no season", reference_days=28, daily=1.0),
    World("daily sine (amplitude 1), season = 1d", reference_days=28, daily=1.0, season="1d"),
)


@dataclass(frozen=True)
class Run:
    """What one policy did on one reference and the days after it: incidents opened, and looks with one open."""

    world: str
    policy: PolicyName
    incidents: int
    days: float
    open_share: float
    certified: bool
    covered: bool
    refused: bool = False


def spec_of(world: World, policy: PolicyName) -> MonitorSpec:
    """Every default but the season: panes of an hour, windows of a day, 1 false alarm per 30 days."""
    window, drift = WindowSpec(size="1d", pane="1h"), DriftSpec(policy=policy, season=world.season)
    return MonitorSpec(model="m", window=window, drift=drift).checked()


def run_null(world: World, seed: int, days: int) -> list[Run]:
    """All policies on one draw of reference and stream; after an alarm a policy forgets and goes on."""
    rng = np.random.default_rng(seed)
    hours = (world.reference_days + days) * DAY_HOURS
    drawn = world.hours(rng, hours)  # one history: the stream goes on where the reference ends
    first = world.reference_days * DAY_HOURS
    reference = reference_of(world, drawn[:first])
    live = world.coded(drawn[first:] + world.shift).reshape(-1, world.columns)
    counts = pane_matrix(reference, live, np.repeat(np.arange(days * DAY_HOURS), world.hour_rows))
    return [_follow(world, policy, reference, counts, days) for policy in POLICIES]


def reference_of(world: World, drawn: Rows) -> Reference:
    """Reference of drawn hours, shape (hours, rows, columns)."""
    season = duration_us(world.season) if world.season else None
    rows = world.coded(drawn).reshape(-1, world.columns)
    hour = np.repeat(np.arange(len(drawn)), world.hour_rows)
    categories = world.levels if world.categorical else 0
    return make_reference(rows, hour, 0, HOUR_US, DAY_HOURS, season, categories)


def _follow(world: World, policy: PolicyName, reference: Reference, counts: Rows, days: int) -> Run:
    covered = policy == "multiscale_ks" or not world.shift
    try:
        detector = build_policy(spec_of(world, policy), reference)
    except SpecError:
        return Run(world.name, policy, 0, 0.0, 0.0, certified=False, covered=covered, refused=True)
    incidents, looks, looks_open = 0, 0, 0
    ringing: set[str] = set()
    every = DAY_HOURS if detector.consumes == "window" else 1
    for pane in panes_of(counts, world.reference_days * DAY_HOURS, HOUR_US, every):
        signals = detector.update(pane)
        rang = {signal.column for signal in signals if signal.state == "alarm"}
        incidents += bool(rang and not ringing)
        over = {signal.column for signal in signals if signal.agrees} & ringing if ringing else set()
        if over:
            detector.reset(sorted(over))
        ringing = (ringing | rang) - over
        looks, looks_open = looks + 1, looks_open + bool(ringing)
    certified = detector.certificate().certified
    return Run(
        world.name, policy, incidents, float(days), looks_open / looks, certified=certified, covered=covered
    )


def poisson_interval(events: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a Poisson mean from one count (Garwood 1936).

    Examples
    --------
    >>> [round(x, 2) for x in poisson_interval(0)], [round(x, 2) for x in poisson_interval(5)]
    ([0.0, 3.69], [1.62, 11.67])
    """
    tail = (1 - level) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    return low, float(chi2.isf(tail, 2 * events + 2)) / 2


def null_table(runs: list[Run]) -> list[list[str]]:
    """A line a world and policy: incidents in 30 days with their interval, and what the program says of itself."""
    lines = []
    for world in dict.fromkeys(run.world for run in runs):
        for policy in POLICIES:
            mine = [run for run in runs if (run.world, run.policy) == (world, policy)]
            watched = [run for run in mine if not run.refused]
            if not watched:
                lines.append([world, policy, "-", "-", "refuses this reference"])
                continue
            periods = sum(run.days for run in watched) / BUDGET_DAYS
            incidents = sum(run.incidents for run in watched)
            low, high = (x / periods for x in poisson_interval(incidents))
            measured = f"{incidents / periods:.2f} [{low:.2f}, {high:.2f}]"
            share = f"{100 * np.mean([run.open_share for run in watched]):.0f} %"
            lines.append([world, policy, measured, share, _said(mine)])
    return lines


def _said(runs: list[Run]) -> str:
    """What the program says about its budget on these references; the rate of the certified ones where not all are."""
    certified, refused = [run for run in runs if run.certified], sum(run.refused for run in runs)
    said = f"certified {len(certified)} of {len(runs)}" if certified else "not certified"
    if 0 < len(certified) < len(runs) - refused:
        periods = sum(run.days for run in certified) / BUDGET_DAYS
        said += f" ({sum(run.incidents for run in certified) / periods:.2f} in 30 days)"
    said += f", refused {refused}" if refused else ""
    return said if runs[0].covered or not certified else f"{said}, for a distance of 0 only: not this stream"
