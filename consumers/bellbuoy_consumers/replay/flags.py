"""A spec from a replay's flags: what is not said comes from the spec file, or from defaults that suit the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.specs.monitor import DataSpec, DriftSpec, MonitorSpec, WindowSpec
from bellbuoy_stream.specs.toml import spec_of_tree
from bellbuoy_stream.times import DAY_US, duration_text, duration_us

if TYPE_CHECKING:
    from pathlib import Path

STEP_WINDOW = 1_000
"""Rows a window where rows are numbered (``--step``) and no length is given."""
PANES_A_WINDOW = 10
HOURS_A_DAY = 24
KEEP_WINDOWS = 2
"""Windows of a replay without a spec file can be revised for so many lengths of a window."""


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed; None: not said."""

    step: str | None = None
    window: str | None = None
    pane: str | None = None
    disorder: str | None = None
    policy: str | None = None
    alpha: float | None = None
    false_alarms: str | None = None
    min_effect: float | None = None
    season: str | None = None
    after_alarm: str | None = None
    time: str | None = None
    id: str | None = None
    prediction: str | None = None
    score: str | None = None
    label: str | None = None
    label_time: str | None = None


def spec_of_flags(flags: Flags, path: Path, given: MonitorSpec | None = None) -> MonitorSpec:
    """The spec that a replay runs under.

    Parameters
    ----------
    path
        The file that is played: without a spec the model is named after it.
    given
        From ``--spec``.

    Raises
    ------
    SpecError
        Where a flag says something impossible.

    Examples
    --------
    >>> from pathlib import Path
    >>> spec = spec_of_flags(Flags(step="1s", window="500s"), Path("some rows.csv.gz"))
    >>> spec.model, spec.window.pane, spec.window.disorder
    ('some-rows', '50s', '0s')
    """
    base = given or MonitorSpec(model=re.sub(r"[^\w.-]+", "-", path.name.partition(".")[0]) or "replay")
    window = _window(flags, base.window, given is not None)
    drift = _replaced(base.drift, flags, DriftSpec)
    ids = None if flags.id is None else flags.id.split(",") if "," in flags.id else flags.id
    data = _replaced(base.data, msgspec.structs.replace(flags, id=None), DataSpec)
    if ids is not None:
        data = msgspec.structs.replace(data, id=ids)
    changed = msgspec.structs.replace(base, window=window, drift=drift, data=data)
    return spec_of_tree(msgspec.to_builtins(changed))


def _replaced(section: Any, flags: Flags, kind: type[msgspec.Struct]) -> Any:
    """The section with those of its fields that a flag names."""
    names = set(kind.__struct_fields__) & set(Flags.__struct_fields__)
    said = {name: getattr(flags, name) for name in names}
    return msgspec.structs.replace(
        section, **{name: value for name, value in said.items() if value is not None}
    )


def _window(flags: Flags, base: WindowSpec, from_spec: bool) -> WindowSpec:  # noqa: FBT001
    size, pane = flags.window, flags.pane
    if size is None and flags.step is not None and not from_spec:
        size = duration_text(STEP_WINDOW * duration_us(flags.step))
    if size is not None and pane is None:
        length = duration_us(size)
        pane = duration_text(length // (HOURS_A_DAY if length % DAY_US == 0 else PANES_A_WINDOW))
    changed = {"size": size, "pane": pane, "disorder": flags.disorder}
    if not from_spec:
        changed["disorder"] = flags.disorder or "0s"
        changed["keep"] = duration_text(KEEP_WINDOWS * duration_us(size or base.size))
    return msgspec.structs.replace(
        base, **{name: value for name, value in changed.items() if value is not None}
    )
