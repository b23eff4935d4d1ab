"""What a live app imports is light, and what it takes is there without the extras."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "numpy",
    "scipy",
    "river",
    "sklearn",
    "pandas",
    "pyarrow",
    "faust",
    "mode",
    "aiohttp",
    "typer",
    "rich",
)
LOADED = "import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
WITHOUT = (
    "import sys\nfor name in {heavy!r}: sys.modules[name] = None\nimport {module}\n"
    "for name in getattr({module}, '__all__', ()): getattr({module}, name)"
)


def run(program: str) -> str:
    """Output of a program in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "module", ["bellbuoy", "bellbuoy_stream", "bellbuoy_stream.events", "bellbuoy_stream.times"]
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    loaded = set(run(LOADED.format(module=module)).split())
    assert module.partition(".")[0] in loaded
    assert loaded.isdisjoint(HEAVY), f"import {module} loads {sorted(loaded.intersection(HEAVY))}"


@pytest.mark.parametrize("module", ["bellbuoy", "bellbuoy_stream.events"])
def test_the_base_dependencies_are_enough(module: str) -> None:
    run(WITHOUT.format(module=module, heavy=HEAVY))


def test_the_check_would_see_numpy() -> None:
    assert "numpy" in run(LOADED.format(module="bellbuoy_stream.counting.layout")).split()
