"""When an open incident is over: not while the drift lasts, and not long after it has ended."""

from typing import Any

import numpy as np
import pytest

from bellbuoy_stream.policies import build_policy
from bellbuoy_stream.policies.multiscale_ks import MultiscaleKs
from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec, WindowSpec

WINDOW = WindowSpec(size="4s", pane="1s")
SPEC = MonitorSpec(model="m", window=WINDOW, drift=DriftSpec(false_alarms="1 per 1d"))
ROWS = 240
MOVED_BY_ONE = 0.273  # distance of the column from itself moved by one cell


class Watch:
    """A policy on one column, and whoever opens and closes its incident."""

    def __init__(self, made: Any, seed: int) -> None:
        self._draw, reference_of, self._pane_of = made
        self._rng = np.random.default_rng(seed)
        reference = reference_of(self._draw(self._rng, 256, ROWS), report_panes=4)
        policy = build_policy(SPEC, reference, ["x"])
        assert isinstance(policy, MultiscaleKs)
        self.policy, self.at, self.open = policy, 300, False

    def follow(self, panes: int, rows: int = ROWS, moved: int = 0, shift: int = 1) -> list[tuple[str, int]]:
        """What is said in panes of which so many rows have moved, with the pane it is said at."""
        said = []
        counts = self._draw(self._rng, panes, moved, shift) + self._draw(self._rng, panes, rows - moved)
        for at, row in enumerate(counts):
            self.at += 1
            (signal,) = self.policy.update(self._pane_of(self.at, row))
            if self.open and signal.agrees:
                said.append(("over", at))
                self.policy.reset(["x"])
            elif not self.open and signal.state == "alarm":
                said.append(("opened", at))
            else:
                continue
            self.open = not self.open
        return said


@pytest.mark.parametrize("moved", [108, 116, 132])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_lasting_drift_is_one_incident_and_over_soon_after_it_ended(
    made: Any, moved: int, seed: int
) -> None:
    watch = Watch(made, seed)
    sharpest = watch.policy.certificate().detectable["x"]
    assert sharpest < MOVED_BY_ONE * moved / ROWS < 2 * sharpest
    assert [what for what, _ in watch.follow(1000, moved=moved)] == ["opened"]
    ((what, at),) = watch.follow(200)
    assert what == "over"
    assert at < 64  # half the longest stretch


def test_a_drift_that_shrinks_to_a_small_lasting_one_is_not_over(made: Any) -> None:
    watch = Watch(made, 1)
    assert [what for what, _ in watch.follow(300, moved=ROWS, shift=2)] == ["opened"]
    assert watch.follow(1000, moved=116) == []


def test_it_is_over_although_the_stream_has_become_thin(made: Any) -> None:
    watch = Watch(made, 1)
    assert [what for what, _ in watch.follow(300, moved=ROWS)] == ["opened"]
    ((what, at),) = watch.follow(600, rows=ROWS // 4)
    assert what == "over"
    assert at < 256
