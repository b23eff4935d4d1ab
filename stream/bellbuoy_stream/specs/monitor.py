"""The monitor spec: what a person decides about one model, as typed sections of a TOML file.

Sections of later stages (``labels``, ``performance``, ``retrain``, ``rollout``) are None where they are left out:
that part is switched off.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.times import MICROSECONDS, duration_us

ColumnKind = Literal["numeric", "categorical", "text", "id", "time", "embedding", "ignore"]
PolicyName = Literal["window_ks", "multiscale_ks", "sequential"]
Correction = Literal["bonferroni", "holm", "bh"]
LONGEST_US = 36_525 * MICROSECONDS["d"]
"""A hundred years: no duration of a window is longer."""
FEWEST, MOST = 1e-9, 1e9
"""False alarms in a budget's period: beyond these a budget is a slip of the pen."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every section.

    A spec travels inside a marker, so an unknown key is ignored here, as in every event: an older worker reads a
    newer spec.  In a file unknown keys are refused, by :func:`bellbuoy_stream.specs.toml.read_spec`.
    """


class DataSpec(Section, frozen=True, kw_only=True):
    """Which columns of a file are what; read by every command that takes a file."""

    id: str | list[str] | None = None
    time: str | None = None
    prediction: str | None = None
    score: str | None = None
    label: str | None = None
    label_time: str | None = None


class ColumnSpec(Section, frozen=True, kw_only=True):
    """What is special about one column."""

    kind: ColumnKind | None = None
    max_categories: int = 200
    min_effect: float | None = None
    page: bool = True


class WindowSpec(Section, frozen=True, kw_only=True):
    """Tumbling report windows, and the panes that divide them.

    ``disorder``: how late rows may come; ``keep``: how long closed windows can be revised; ``idle``: after how much
    silence (of the log's append time) a partition no longer holds the others back.
    """

    size: str = "1d"
    pane: str = "1h"
    timezone: str = "UTC"
    disorder: str = "10m"
    keep: str = "4d"
    idle: str = "1m"


class DriftSpec(Section, frozen=True, kw_only=True):
    """What rings the bell."""

    policy: PolicyName = "multiscale_ks"
    false_alarms: str = "1 per 30d"
    min_effect: float = 0.1
    alpha: float = 0.01
    correction: Correction = "bonferroni"
    after_alarm: Literal["continue", "rebaseline"] = "continue"
    season: str | None = None
    warmup: str | None = None
    segments: list[str] = []
    max_segments: int = 20


class ReferenceSpec(Section, frozen=True, kw_only=True):
    """What a version without a reference of its own is compared with."""

    fallback: Literal["latest", "none"] = "latest"


class StorageSpec(Section, frozen=True, kw_only=True):
    """Where archives, artefacts and checkpoints go: any fsspec URL."""

    url: str | None = None


class NotifySpec(Section, frozen=True, kw_only=True):
    """Who is told."""

    url: str
    types: list[str] = []
    min_severity: Literal["low", "medium", "high", "critical"] = "low"


class MonitorSpec(Section, frozen=True, kw_only=True):
    """Everything a person decides about one model."""

    model: str
    task: Literal["binary", "multiclass", "regression"] = "binary"
    data: DataSpec = DataSpec()
    columns: dict[str, ColumnSpec] = {}
    window: WindowSpec = WindowSpec()
    drift: DriftSpec = DriftSpec()
    reference: ReferenceSpec = ReferenceSpec()
    storage: StorageSpec = StorageSpec()
    notify: list[NotifySpec] = []

    def digest(self) -> str:
        """Content id of the spec."""
        from bellbuoy_stream.events.ids import digest_of  # noqa: PLC0415

        return digest_of(msgspec.json.encode(self, order="sorted"))

    def checked(self) -> MonitorSpec:
        """Itself, where every value is possible.

        Raises
        ------
        SpecError
            Naming the key, the value and what is allowed.
        """
        _check_window(self.window)
        _check_drift(self.drift, self.window)
        return self


class Budget(msgspec.Struct, frozen=True):
    """False alarms a person accepts: ``alarms`` in ``per_us`` microseconds of event time."""

    alarms: float
    per_us: int


def false_alarm_budget(text: str) -> Budget:
    """Budget of a text such as ``"1 per 30d"``.

    Raises
    ------
    SpecError
        Where the text is no budget.

    Examples
    --------
    >>> false_alarm_budget("1 per 30d")
    Budget(alarms=1.0, per_us=2592000000000)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s+per\s+(\S+)\s*", text)
    if match is None or float(match[1]) <= 0:
        raise SpecError(f"drift.false_alarms = {text!r}: write it as '1 per 30d' ({', '.join(MICROSECONDS)})")
    per = match[2] if match[2][0].isdigit() else f"1{match[2]}"
    return Budget(float(match[1]), duration_us(per))


def _check_window(window: WindowSpec) -> None:
    size, pane = duration_us(window.size), duration_us(window.pane)
    if pane <= 0 or size <= 0 or size % pane:
        raise SpecError(f"window.pane = {window.pane!r} must divide window.size = {window.size!r}")
    for key in ("size", "disorder", "keep", "idle"):
        text = getattr(window, key)
        if duration_us(text) > LONGEST_US:
            raise SpecError(f"window.{key} = {text!r} must be at most a hundred years")


def _check_drift(drift: DriftSpec, window: WindowSpec) -> None:
    budget = false_alarm_budget(drift.false_alarms)
    if not FEWEST <= budget.alarms <= MOST or budget.per_us <= 0:
        raise SpecError(f"drift.false_alarms = {drift.false_alarms!r} is no budget; write '1 per 30d'")
    if drift.max_segments < 0:
        raise SpecError(f"drift.max_segments = {drift.max_segments} must be at least 0")
    if not 0 < drift.alpha < 1:
        raise SpecError(f"drift.alpha = {drift.alpha} must lie between 0 and 1")
    if not 0 <= drift.min_effect < 1:
        raise SpecError(f"drift.min_effect = {drift.min_effect} must be at least 0 and below 1")
    if drift.season is not None:
        season = duration_us(drift.season)
        if season <= 0 or season % duration_us(window.pane):
            raise SpecError(f"window.pane = {window.pane!r} must divide drift.season = {drift.season!r}")
