"""What a live app imports: log predictions and labels, follow alerts and retrain requests.

Importing it is quick: whatever is heavy is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bellbuoy.logger import PredictionLogger

if TYPE_CHECKING:
    from bellbuoy import testing
    from bellbuoy.sending.stats import LoggerStats
    from bellbuoy.subscribe import alerts, retrains
    from bellbuoy_stream.errors import BellbuoyError, BrokerError, EventError, InputError, SpecError

__all__ = [
    "BellbuoyError",
    "BrokerError",
    "EventError",
    "InputError",
    "LoggerStats",
    "PredictionLogger",
    "SpecError",
    "__version__",
    "alerts",
    "retrains",
    "testing",
]

_HOMES = {
    "BellbuoyError": "bellbuoy_stream.errors",
    "BrokerError": "bellbuoy_stream.errors",
    "EventError": "bellbuoy_stream.errors",
    "InputError": "bellbuoy_stream.errors",
    "LoggerStats": "bellbuoy.sending.stats",
    "SpecError": "bellbuoy_stream.errors",
    "alerts": "bellbuoy.subscribe",
    "retrains": "bellbuoy.subscribe",
}


def __getattr__(name: str) -> Any:
    if name == "testing":
        return import_module("bellbuoy.testing")
    if name == "__version__":
        return import_module("importlib.metadata").version("bellbuoy")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
