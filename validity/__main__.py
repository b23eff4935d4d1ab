"""Detection quality, measured: ``python -m validity [--fast] [--data FOLDER]``."""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from validity.datasets import elec2_table, sineclusters_table
from validity.estimates import FILES, employment_table
from validity.faults import FAULT_HEAD, SPOKEN_HEAD, run_faults
from validity.nulls import WORLDS, null_table, run_null
from validity.power import CHANGES, power_table, run_power
from validity.tables import markdown, put_between_markers

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validity.md"
SEED = 20130
WORKERS = 2
NULL_HEAD = ["stream", "policy", "incidents in 30 days [95 %]", "time in alarm", "what the program says"]
POWER_HEAD = ["change of one column of three", "distance", "multiscale_ks", "window_ks", "sequential"]


def simulate(*, fast: bool) -> str:
    """The two tables that need no files."""
    references, days, trials, limit = (2, 30, 2, 3) if fast else (10, 60, 8, 7)
    with ProcessPoolExecutor(WORKERS) as pool:
        nulls = [
            pool.submit(run_null, world, SEED + 1000 * w + r, days)
            for w, world in enumerate(WORLDS)
            for r in range(min(references, world.most))
        ]
        powers = [
            pool.submit(run_power, change, SEED + 100_000 + 1000 * c + r, limit)
            for c, change in enumerate(CHANGES)
            for r in range(trials)
        ]
        spoken, found_faults = pool.submit(run_faults, SEED + 200_000, fast=fast).result()
        runs = [run for future in nulls for run in future.result()]
        found = [trial for future in powers for trial in future.result()]
    return "\n\n".join([
        f"Seeds from {SEED}; up to {references} references a stream, each for {days} days; budget 1 in 30 days.",
        markdown(NULL_HEAD, null_table(runs)),
        f"{trials} references a change, 40 rows an hour, at most {limit} days to ring (window_ks looks once a day).",
        markdown(POWER_HEAD, power_table(found)),
        "Findings of the quality rules where nothing is broken, three columns, a reference of 28 days.",
        markdown(SPOKEN_HEAD, spoken),
        "Panes in which a fault is found by the rule that is there for it, and what other rules say instead.",
        markdown(FAULT_HEAD, found_faults),
    ])  # fmt: skip


def measure(folder: Path | None) -> str:
    """The tables that need the data folder; what is absent is said to be skipped."""
    parts = []
    for file, table in (
        ("sineclusters.npz", sineclusters_table),
        ("elec2.csv.gz", elec2_table),
        (FILES[0], employment_table),
    ):
        if folder is None or not (folder / file).exists():
            parts.append(f"{file}: skipped, no such file was given (`--data FOLDER`).")
        else:
            parts.append(table(folder))
    return "\n\n".join(parts)


def main() -> None:
    """Print the tables; write them into docs/validity.md unless ``--fast``."""
    parser = argparse.ArgumentParser(prog="python -m validity", description="Detection quality, measured.")
    parser.add_argument(
        "--fast", action="store_true", help="few draws, under a minute; prints and writes nothing"
    )
    parser.add_argument("--data", type=Path, help="folder with sineclusters.npz and elec2.csv.gz")
    arguments = parser.parse_args()
    began = time.perf_counter()
    text = f"{simulate(fast=arguments.fast)}\n\n{measure(arguments.data)}"
    print(text)
    print(f"\n{time.perf_counter() - began:.0f} s")
    if not arguments.fast:
        put_between_markers(PAGE, text)
        print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
