"""Spec files that a command is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.errors import InputError, SpecError
from bellbuoy_stream.specs.toml import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bellbuoy.transports import Transport
    from bellbuoy_stream.specs.monitor import MonitorSpec


def load_spec(path: Path) -> MonitorSpec:
    """Read one spec file.

    Raises
    ------
    InputError
        Where it cannot be read.
    SpecError
        Where it says something impossible.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    return read_spec(text, str(path))


def load_specs(place: Path) -> dict[str, MonitorSpec]:
    """Read a spec file, or every .toml file of a folder, by model.

    Raises
    ------
    SpecError
        Where two files are about one model.
    InputError
        Where the folder has none.
    """
    paths = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    if not paths:
        raise InputError(f"the folder {place} has no .toml file; `bellbuoy init NAME --data FILE` writes one")
    specs: dict[str, MonitorSpec] = {}
    for path in paths:
        spec = load_spec(path)
        if spec.model in specs:
            raise SpecError(f"{path} is about {spec.model}, and so is another file in {place}; keep one")
        specs[spec.model] = spec
    return specs


def check_model(transport: Transport, model: str | None) -> None:
    """Refuse the name of a model that no spec is about; None names none.

    In a log without any spec every name will do: there is nothing to mistake it for, and one may be applied yet.

    Raises
    ------
    SpecError
        Naming those that there are.
    """
    from bellbuoy_consumers.publishing import published_specs  # noqa: PLC0415

    specs = published_specs(transport)
    if model is not None and specs and model not in specs:
        raise _no_model(model, specs)


def published_spec(transport: Transport, model: str) -> MonitorSpec:
    """Find the spec in effect for a model.

    Raises
    ------
    SpecError
        Where it has none.
    """
    from bellbuoy_consumers.publishing import published_specs  # noqa: PLC0415

    specs = published_specs(transport)
    if model not in specs:
        raise _no_model(model, specs)
    return specs[model]


def _no_model(model: str, specs: Iterable[str]) -> SpecError:
    known = ", ".join(sorted(specs)) or "none"
    return SpecError(
        f"no model {model!r} (known: {known}); a new one begins with `bellbuoy apply {model}.toml`"
    )
