"""Published streams through ``bellbuoy replay``, read from a folder that is not part of the project."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from bellbuoy_consumers.cli import main
from validity.tables import markdown

SINE = (
    "--step", "1s", "--reference", "2000", "--window", "500s", "--pane", "50s", "--season", "500s",
    "--after-alarm", "rebaseline",
)  # fmt: skip
SINE_REACH = 5_000  # rows after a drift in which an incident finds it: then comes the next one
ELEC2_CHANGE = 17_424
ELEC2_LEFT = ("vicprice", "vicdemand", "transfer")  # constant before that row
ELEC2 = ("--step", "1s", "--reference", "4000", "--label", "class")
ELEC2_SIZES = (("300s", "100s"), ("336s", "48s"))  # windows and panes


def replayed(*words: str) -> list[dict[str, Any]]:
    """Alerts of a replay, as its JSON lines."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(said):
        code = main(["replay", *words, "--json"])
    if code != 0:
        raise RuntimeError(f"bellbuoy replay {' '.join(words)} ended with {code}")
    said.seek(0)
    lines = [msgspec.json.decode(line) for line in said]
    return [line for line in lines if line["kind"] == "alert"]


def score(alarms: list[int], drifts: list[int], reach: int) -> tuple[int, int, float]:
    """Drifts found, alarms too many, mean delay in rows: the first alarm within reach of a drift finds it."""
    delays = []
    for drift, following in pairwise([*drifts, max([0, *alarms, *drifts]) + reach]):
        after = [alarm for alarm in alarms if drift <= alarm < min(drift + reach, following)]
        delays += [after[0] - drift] if after else []
    return len(delays), len(alarms) - len(delays), float(np.mean(delays)) if delays else float("nan")


def sineclusters_table(folder: Path) -> str:
    """One sentence with the measured figures."""
    stored = np.load(folder / "sineclusters.npz")
    with TemporaryDirectory() as home:
        file = Path(home) / "sineclusters.csv"
        head = ",".join(f"x{number}" for number in range(stored["X"].shape[1]))
        np.savetxt(file, stored["X"], fmt="%.17g", delimiter=",", header=head, comments="")
        alerts = replayed(str(file), *SINE)
    alarms = [alert["row"] for alert in alerts if alert["state"] == "opened" and alert["type"] == "drift"]
    drifts = [int(drift) for drift in stored["drifts"]]
    found, false, delay = score(alarms, drifts, SINE_REACH)
    return (
        f"**sineclusters** (`replay {' '.join(SINE)}`): {found} of {len(drifts)} drifts found, {false} incidents too"
        f" many, mean delay {delay:.0f} rows."
    )


def elec2_table(folder: Path) -> str:
    """How many rows after three columns leave a constant they are named, with panes of two sizes."""
    lines = []
    for window, pane in ELEC2_SIZES:
        sizes = ("--window", window, "--pane", pane)
        alerts = replayed(str(folder / "elec2.csv.gz"), *ELEC2, *sizes)
        named: dict[str, int] = {}
        for alert in alerts:
            if alert["row"] >= ELEC2_CHANGE and alert["state"] in {"opened", "updated"}:
                for column in alert["columns"]:
                    named.setdefault(column["name"], alert["row"] - ELEC2_CHANGE)
        rows = [f"{named[name]:,}" if name in named else "never" for name in ELEC2_LEFT]
        before = sum(alert["row"] < ELEC2_CHANGE and alert["state"] == "opened" for alert in alerts)
        lines.append([window, pane, *rows, str(before)])
    head = ["window", "pane", *(f"{name} named after" for name in ELEC2_LEFT), "incidents opened before"]
    said = (
        f"**elec2** (`replay {' '.join(ELEC2)}`, rows until an alert names the columns that leave a constant at row"
        f" {ELEC2_CHANGE:,}):"
    )
    return f"{said}\n\n{markdown(head, lines)}"
