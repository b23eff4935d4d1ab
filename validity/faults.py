"""Quality rules: what each says where nothing is broken, and how often it finds its own fault in one pane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.batch import BatchCounter
from bellbuoy_stream.counting.values import values_of
from bellbuoy_stream.events.columns import pack
from bellbuoy_stream.quality import Inspector
from bellbuoy_stream.specs.monitor import MonitorSpec, WindowSpec
from validity.worlds import DAY_HOURS, HOUR_US, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[Any]

REFERENCE_DAYS = 28
SPEC = MonitorSpec(model="m", window=WindowSpec(size="1d", pane="1h"))
NULL_WORLDS = (
    World("independent rows", columns=2),
    World("moods of 10 h (sd .5)", columns=2, mood=0.5),
    World("daily sine (amplitude 1)", columns=2, daily=1.0),
)
NULLS, RARE = 0.02, 0.004  # usual shares: of missing values, and of the rarest category
LEVELS = np.array(["a", "b", "c", "d", "e"])


def table_of(rng: np.random.Generator, world: World, hours: int) -> dict[str, Column]:
    """Rows of some hours: a temperature with missing values, the same in steps of five, and a category."""
    drawn = world.hours(rng, hours).reshape(-1, world.columns)
    warm = (15 + 8 * drawn[:, 0]).round(1).astype(object)
    warm[rng.random(len(warm)) < NULLS] = None
    stepped = np.clip(np.round(drawn[:, 1]) * 5, -15, 15)
    codes = np.digitize(drawn[:, 1], [-0.8, 0.0, 0.8])
    names = np.where(rng.random(len(codes)) < RARE, LEVELS[4], LEVELS[codes])
    return {"celsius": warm, "stepped": stepped, "name": names}


def _some(share: float, value: object) -> Callable[[np.random.Generator, Column], Column]:
    """A fault that puts a value in the place of a share of the rows."""

    def broken(rng: np.random.Generator, values: Column) -> Column:
        changed = values.astype(object)
        changed[rng.random(len(values)) < share] = value
        return changed

    return broken


def _fahrenheit(_: np.random.Generator, values: Column) -> Column:
    return np.array([None if value is None else 1.8 * value + 32 for value in values], dtype=object)


@dataclass(frozen=True)
class Fault:
    """What breaks, and which rule is there for it."""

    name: str
    rule: str
    column: str
    broken: Callable[[np.random.Generator, Column], Column]


FAULTS = (
    Fault("no value at all", "vanished", "celsius", _some(1.0, None)),
    # smaller rises are found by whole report windows, see quality/missing.py
    Fault("30 % more missing", "missing", "celsius", _some(0.3, None)),
    Fault("20 % texts among numbers", "wrong_type", "celsius", _some(0.2, "15,3")),
    Fault("30 % of a new category", "unseen", "name", _some(0.3, "z")),
    Fault("stuck at one value", "constant", "celsius", _some(1.0, 14.8)),
    Fault("stuck at one category", "constant", "name", _some(1.0, "b")),
    Fault("30 % at a sentinel of -999", "range", "celsius", _some(0.3, -999.0)),
    Fault("Celsius as Fahrenheit", "unit", "celsius", _fahrenheit),
    Fault(
        "Celsius times 100",
        "unit",
        "celsius",
        lambda _, v: np.array([None if x is None else 100 * x for x in v]),
    ),
)


@dataclass(frozen=True)
class Watched:
    """What counts panes in the cells of a reference of four weeks, and looks at them."""

    inspector: Inspector
    counter: BatchCounter


def watched(rng: np.random.Generator, world: World) -> Watched:
    """Reference with times, and its rules."""
    hours = REFERENCE_DAYS * DAY_HOURS
    table = table_of(rng, world, hours)
    times = np.repeat(np.arange(hours, dtype=np.int64) * HOUR_US, world.hour_rows)
    columns = {name: pack(values.tolist()) for name, values in table.items()}
    reference = build_reference("m", "1", SPEC, [Rows(columns, times)])
    return Watched(Inspector(reference), BatchCounter(reference.columns, reference.layout))


PANES = (40, 400)
"""Rows of the panes looked at."""
NULL_DAYS, FAULT_DAYS = 50, 20


def findings(at: Watched, table: dict[str, Column], rows: int) -> Counter[tuple[str, str]]:
    """Panes of so many rows in which each (column, rule) speaks."""
    values = {name: values_of(pack(column.tolist()), name) for name, column in table.items()}
    total = len(next(iter(table.values())))
    panes, times = total // rows, np.zeros(total, dtype=np.int64)
    pane = np.arange(total, dtype=np.intp) // rows
    counts = at.counter.count(values, times, np.where(pane < panes, pane, -1), panes)
    return Counter((found.column, found.rule) for one in counts for found in at.inspector.inspect(one))


def run_faults(seed: int, *, fast: bool) -> tuple[list[list[str]], list[list[str]]]:
    """Both tables: false findings where nothing is broken, and panes in which a fault is found by its rule."""
    scale = 10 if fast else 1
    spoken, found = [], []
    for number, world in enumerate(NULL_WORLDS):
        rng = np.random.default_rng([seed, number])
        at = watched(rng, world)
        sound = table_of(rng, world, NULL_DAYS * DAY_HOURS // scale)
        spoken += [_null_line(world, rows, findings(at, sound, rows), len(sound["name"])) for rows in PANES]
        if number < 2:
            calm = table_of(rng, world, FAULT_DAYS * DAY_HOURS // scale)
            found += [_fault_line(world, fault, at, calm, rng) for fault in FAULTS]
    return spoken, found


RULES = ("vanished", "missing", "wrong_type", "unseen", "constant", "unit", "range")
SPOKEN_HEAD = ["stream", "panes", *RULES]
FAULT_HEAD = ["fault", "rule", "stream", *(f"panes of {rows} rows" for rows in PANES)]


def _null_line(world: World, rows: int, said: Counter[tuple[str, str]], total: int) -> list[str]:
    by_rule = Counter({rule: sum(n for (_, r), n in said.items() if r == rule) for rule in RULES})
    return [world.name, f"{total // rows:,} of {rows} rows", *(str(by_rule[rule]) for rule in RULES)]


def _fault_line(
    world: World, fault: Fault, at: Watched, calm: dict[str, Column], rng: np.random.Generator
) -> list[str]:
    table = calm | {fault.column: fault.broken(rng, calm[fault.column])}
    line = [fault.name, fault.rule, world.name]
    for rows in PANES:
        said, panes = findings(at, table, rows), len(table["name"]) // rows
        others = sorted({rule for column, rule in said if column == fault.column} - {fault.rule})
        instead = "".join(f", {rule} in {100 * said[fault.column, rule] / panes:.0f} %" for rule in others)
        line.append(f"{100 * said[fault.column, fault.rule] / panes:.0f} %{instead}")
    return line
