"""How often and how soon every policy rings when the first of three columns changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bellbuoy_stream.policies.build import build_policy
from validity.nulls import POLICIES, reference_of, spec_of
from validity.streams import pane_matrix, panes_of
from validity.worlds import DAY_HOURS, HOUR_US, Change, World

if TYPE_CHECKING:
    from bellbuoy_stream.specs.monitor import PolicyName

NUMERIC = World("power", columns=3)
CATEGORICAL = World("power", columns=3, levels=5, categorical=True)
CALM_DAYS = 2  # before the change: an alarm there is a false one
SHARE_LOWEST = 0.0668  # of a normal, rounded to five levels around 0, below -1.5
CHANGES = (
    Change("mean + .25 sd", 0.0995, shift=0.25),
    Change("mean + .5 sd", 0.1974, shift=0.5),
    Change("mean + 1 sd", 0.3829, shift=1.0),
    Change("sd x 1.5", 0.0968, scale=1.5),
    Change("sd x 2", 0.1613, scale=2.0),
    Change("sd x 3", 0.2422, scale=3.0),
    Change("cut off above the median", 0.5, below_median=True),
    Change("share of one category + .09", 0.1 * (1 - SHARE_LOWEST), share=0.1),
    Change("share of one category + .19", 0.2 * (1 - SHARE_LOWEST), share=0.2),
    Change("share of one category + .37", 0.4 * (1 - SHARE_LOWEST), share=0.4),
)


@dataclass(frozen=True)
class Trial:
    """One change, one policy: rows until it rang (None: not within the days given), or rang before."""

    change: str
    distance: float
    policy: PolicyName
    delay_rows: int | None
    early: bool


def run_power(change: Change, seed: int, days: int) -> list[Trial]:
    """All policies on one draw of reference, calm days and changed days."""
    rng = np.random.default_rng(seed)
    world = CATEGORICAL if change.share else NUMERIC
    reference = reference_of(world, world.hours(rng, world.reference_days * DAY_HOURS))
    calm = world.hours(rng, CALM_DAYS * DAY_HOURS)
    changed = change.apply(rng, world.hours(rng, days * DAY_HOURS))
    live = world.coded(np.concatenate([calm, changed])).reshape(-1, world.columns)
    counts = pane_matrix(reference, live, np.repeat(np.arange(len(calm) + len(changed)), world.hour_rows))
    trials = []
    for policy in POLICIES:
        detector = build_policy(spec_of(world, policy), reference)
        every = DAY_HOURS if detector.consumes == "window" else 1
        read, rang = -len(calm) * world.hour_rows, None
        for pane in panes_of(counts, world.reference_days * DAY_HOURS, HOUR_US, every):
            read += every * world.hour_rows
            if any(signal.state == "alarm" for signal in detector.update(pane)):
                rang = read
                break
        early = rang is not None and rang <= 0
        trials.append(Trial(change.name, change.distance, policy, None if early else rang, early))
    return trials


def power_table(trials: list[Trial]) -> list[list[str]]:
    """A line a change: rings and mean delay in rows of each policy."""
    lines = []
    for name in dict.fromkeys(trial.change for trial in trials):
        mine = [trial for trial in trials if trial.change == name]
        line = [name, f"{mine[0].distance:.3f}"]
        for policy in POLICIES:
            own = [trial for trial in mine if trial.policy == policy and not trial.early]
            delays = [trial.delay_rows for trial in own if trial.delay_rows is not None]
            mean = f", {np.mean(delays):,.0f} rows" if delays else ""
            line.append(f"{len(delays)} of {len(own)}{mean}")
        lines.append(line)
    return lines
