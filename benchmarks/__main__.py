"""Run every benchmark, or those named: ``python -m benchmarks [NAME ...]``."""

import pkgutil
import sys
from importlib import import_module
from pathlib import Path


def main(names: list[str]) -> None:
    for found in sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if not found.startswith("_") and (not names or found in names):
            import_module(f"benchmarks.{found}").run()


if __name__ == "__main__":
    main(sys.argv[1:])
