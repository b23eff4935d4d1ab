"""Measured false alarms against the stated budget, where the budget is so large that they are frequent.

The union bound is looked at where it is nearly tight (one scale, looks that share no rows: .86 of the budget is spent)
and where it is not (five scales: .37).  Thresholds a tenth lower fail, and so does a level that forgets the columns.  A fresh reference every few dozen looks keeps one lucky reference from deciding.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from scipy.stats import binom, poisson

from bellbuoy_stream.policies.build import build_policy
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec
from validity.streams import make_reference, pane_matrix, panes_of

if TYPE_CHECKING:
    from bellbuoy_stream.references.reference import Reference

SECOND = 1_000_000
COLUMNS, PANE_ROWS, REFERENCE_ROWS = 4, 100, 1000
EVERY_S = 20  # one false alarm in so many seconds is accepted; a pane is a second
SURE = 1e-4
NO_FLOOR = 1e-9  # any distance is worth ringing for: nothing but the critical distance is in the way


def reference_of(rng: np.random.Generator) -> Reference:
    """Independent rows without times, so that no scatter of blocks is added to the threshold."""
    rows = rng.normal(size=(REFERENCE_ROWS, COLUMNS))
    made = make_reference(rows, np.zeros(REFERENCE_ROWS, dtype=np.int64), 0, SECOND, 1)
    return msgspec.structs.replace(made, calibration=None)


def alarms(spec: MonitorSpec, references: int, panes: int, seed: int) -> int:
    """Looks at which any column rang, over streams of the reference's own distribution.

    A stretch of several panes that is not looked at anew still rings: that is one look.
    """
    found = 0
    for number in range(references):
        rng = np.random.default_rng([seed, number])
        reference = reference_of(rng)
        live = rng.normal(size=(panes * PANE_ROWS, COLUMNS))
        counts = pane_matrix(reference, live, np.repeat(np.arange(panes), PANE_ROWS))
        policy = build_policy(spec, reference)
        looks = [
            {
                (signal.column, signal.panes, signal.since_us)
                for signal in policy.update(pane)
                if signal.state == "alarm"
            }
            for pane in panes_of(counts, 1000, SECOND)
        ]
        found += sum(bool(now - before) for before, now in pairwise([set(), *looks]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("window", "least"), [("1s", 0.4), ("16s", 0.2)])
def test_multiscale_ks_keeps_its_budget_and_spends_it(window: str, least: float) -> None:
    drift = DriftSpec(false_alarms=f"1 per {EVERY_S}s", min_effect=NO_FLOOR)
    spec = MonitorSpec(model="m", window=WindowSpec(size=window, pane="1s"), drift=drift)
    references, panes = 120, 40
    allowed = references * panes / EVERY_S
    found = alarms(spec, references, panes, 1)
    assert poisson.sf(found - 1, allowed) > SURE, f"{found} alarms, {allowed:g} are allowed"
    assert found > least * allowed  # or the test could not see a breach


@pytest.mark.slow
def test_window_ks_keeps_its_level() -> None:
    drift = DriftSpec(policy="window_ks", alpha=0.05, correction="bonferroni")
    spec = MonitorSpec(model="m", window=WindowSpec(size="1s", pane="1s"), drift=drift)
    references, windows = 40, 20
    found = alarms(spec, references, windows, 2)
    looks = references * windows
    assert binom.sf(found - 1, looks, drift.alpha) > SURE, f"{found} of {looks} windows rang"
    assert found > 0.4 * looks * drift.alpha
