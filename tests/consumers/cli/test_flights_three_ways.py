"""The flights to one SQLite file, to Kafka with two workers, and to `replay`: one answer, to the last bit."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bellbuoy_consumers.demo.flights import read_flights

if TYPE_CHECKING:
    from bellbuoy_consumers.demo.flights import Flights
    from tests.consumers.cli.conftest import Bell
    from tests.kafka.broker import KafkaBroker

COLUMNS = ("origin", "carrier", "hour", "weekday", "distance", "temp", "pressure")
SPEC = """model = "flights"
[data]
id = "id"
time = "time"
[window]
size = "1d"
pane = "1h"
timezone = "America/New_York"
disorder = "30m"
[drift]
policy = "window_ks"
segments = ["origin"]
"""
WORKERS = 2


def write(path: Path, flights: Flights, *, shuffled: bool) -> None:
    """A file of flights; shuffled: a row in ten up to two hours late, and a row in twenty up to two days."""
    rng = np.random.default_rng(5)
    late = np.zeros(len(flights))
    if shuffled:
        late = np.where(rng.random(len(flights)) < 0.1, rng.uniform(0, 2, len(flights)), late)
        late = np.where(rng.random(len(flights)) < 0.05, rng.uniform(0, 48, len(flights)), late)
    order = np.argsort(flights.times + late * 3.6e9, kind="stable").tolist()
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "time", *COLUMNS])
        for row in order:
            values = [flights.columns[name][row] for name in COLUMNS]
            time = np.datetime64(int(flights.times[row]), "us")
            rows.writerow([flights.numbers[row], f"{time}Z", *("" if v != v else v for v in values)])  # noqa: PLR0124


def said(bell: Bell) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return bell("windows", "--open", "--json").lines, bell("alerts", "--json").lines


@pytest.mark.kafka
@pytest.mark.slow
def test_one_answer(
    bell: Bell, tmp_path: Path, kafka_broker: KafkaBroker, kafka_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = read_flights()
    (tmp_path / "flights.toml").write_text(SPEC)
    write(tmp_path / "reference.csv", year.between("2013-01-02", "2013-02-10"), shuffled=False)
    write(tmp_path / "live.csv", year.between("2013-02-10", "2013-03-04"), shuffled=True)

    def publish() -> None:
        assert bell("apply", "flights.toml").code == 0
        assert bell("reference", "flights@1", "reference.csv").code == 0
        assert bell("send", "live.csv", "--model", "flights@1").code == 0

    publish()
    assert bell("worker", "--drain").code == 0
    windows, alerts = said(bell)

    played = bell(
        "replay", "live.csv", "--spec", "flights.toml", "--reference", "reference.csv", "--json"
    ).lines
    for line in played:
        line.pop("row", None)
    assert [line for line in played if line["kind"] == "window"] == windows
    assert [line for line in played if line["kind"] == "alert"] == alerts

    monkeypatch.setenv("BELLBUOY_BROKER", kafka_broker.url)
    monkeypatch.setenv("BELLBUOY_PREFIX", kafka_prefix)
    assert bell("topics", "create").code == 0
    publish()
    command = [str(Path(sys.executable).with_name("bellbuoy")), "worker", "--drain"]
    workers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(WORKERS)]
    assert [worker.wait(240) for worker in workers] == [0] * WORKERS
    assert said(bell) == (windows, alerts)

    assert len({line["start"] for line in windows}) > 20
    assert sum(line["late"] for line in windows if line["revision"] > 0) > 50
    assert alerts
