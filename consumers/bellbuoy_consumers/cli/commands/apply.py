"""`bellbuoy apply`: put specs into effect."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from bellbuoy_consumers.cli.options import Broker, Json, Prefix  # noqa: TC001
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from bellbuoy_stream.specs.monitor import MonitorSpec


def apply(
    place: Annotated[Path, typer.Argument(metavar="SPEC.toml|FOLDER", help="A spec, or a folder of specs.")],
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and change nothing.")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
    json: Json = False,
) -> None:
    """Check specs and put them into effect.

    Every spec is checked before the first one is written.  A model's first spec holds from the beginning, a changed
    one from the next window on.
    """
    from bellbuoy_consumers.cli.brokers import opened  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.cli.progress import next_window_us  # noqa: PLC0415
    from bellbuoy_consumers.cli.specs import load_specs  # noqa: PLC0415
    from bellbuoy_consumers.publishing import publish_spec, published_specs  # noqa: PLC0415

    out = Output(json)
    specs = load_specs(place)
    with opened(broker, prefix, must_exist=False) as transport:
        known = published_specs(transport)
        for model, spec in specs.items():
            old = known.get(model)
            changes = changed_keys(old, spec)
            if old is not None and not changes:
                state, from_us = "unchanged", None
            else:
                from_us = None if old is None else next_window_us(transport, old)
                state = "new" if old is None else "changed"
                if not diff:
                    publish_spec(transport, spec, from_us)
            _say(out, model, state, from_us, changes if old is not None else {}, diff, not_acted_on(spec))


def changed_keys(old: MonitorSpec | None, new: MonitorSpec) -> dict[str, tuple[Any, Any]]:
    """Keys of which two specs say different things: (old, new) by dotted name; nothing without an old one.

    Examples
    --------
    >>> from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec
    >>> changed_keys(MonitorSpec(model="m"), MonitorSpec(model="m", drift=DriftSpec(alpha=0.05)))
    {'drift.alpha': (0.01, 0.05)}
    """
    if old is None:
        return {}
    before, after = _flat(msgspec.to_builtins(old)), _flat(msgspec.to_builtins(new))
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def not_acted_on(spec: MonitorSpec) -> list[str]:
    """Keys of a spec that this version reads and does nothing about.

    Examples
    --------
    >>> from bellbuoy_stream.specs.monitor import DriftSpec, MonitorSpec
    >>> not_acted_on(MonitorSpec(model="m", drift=DriftSpec(warmup="14d")))
    ['drift.warmup']
    """
    given = {
        "drift.warmup": spec.drift.warmup is not None,
        "[storage]": spec.storage != type(spec.storage)(),
        "[[notify]]": bool(spec.notify),
    }
    return [key for key, is_given in given.items() if is_given]


def _flat(tree: dict[str, Any], stem: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat.update(_flat(value, f"{stem}{name}.") if isinstance(value, dict) else {f"{stem}{name}": value})
    return flat


def _say(
    out: Output,
    model: str,
    state: str,
    from_us: int | None,
    changes: dict[str, tuple[Any, Any]],
    diff: bool,
    idle: list[str],
) -> None:
    from bellbuoy_stream.times import rfc3339  # noqa: PLC0415

    since = None if from_us is None else rfc3339(from_us)
    shown = {name: {"old": old, "new": new} for name, (old, new) in changes.items()}
    written = not diff and state != "unchanged"
    out.line(
        {
            "kind": "spec",
            "model": model,
            "state": state,
            "from": since,
            "changes": shown,
            "written": written,
            "not_acted_on": idle,
        }
    )
    when = (
        ""
        if state == "unchanged"
        else f", {'would hold' if diff else 'holds'} from {since or 'the beginning'}"
    )
    out.say(f"{model}: {state}{when}")
    for key in idle:
        out.say(f"  {key} is read and not acted on by this version", "yellow")
    for name, (old, new) in changes.items():
        out.say(f"  {name}: {_text(old)} -> {_text(new)}")


def _text(value: Any) -> str:
    return "(default)" if value is None else msgspec.json.encode(value).decode()
