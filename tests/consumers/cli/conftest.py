"""A small stream with a real drift, and a way to type commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pytest

from bellbuoy_consumers.cli import main

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE_ROWS, LIVE_ROWS, DRIFT_ROW = 6_000, 6_000, 3_000
START = np.datetime64("2024-01-01T00:00:00")


class Answer(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


Bell = Callable[..., Answer]


@pytest.fixture
def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bell:
    """Types a command in a folder of its own, with a log of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BELLBUOY_BROKER", "sqlite:///bell.db")
    monkeypatch.setenv("COLUMNS", "200")

    def typed(*words: str | Path) -> Answer:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return typed


def write_rows(path: Path, first: int, rows: int, *, drift_at: int | None = None, ids: bool = False) -> None:
    """Rows a minute apart; from ``drift_at`` on ``x`` lies two standard deviations higher."""
    random = np.random.default_rng(first)
    x = random.normal(size=rows)
    if drift_at is not None:
        x[drift_at:] += 2.0
    y, color = random.normal(5, 1, rows), random.choice(["red", "green", "blue"], rows)
    lines = ["at,x,y,color,late" + (",key" if ids else "")]
    for row in range(rows):
        time = str(START + np.timedelta64(first + row, "m"))
        tail = f",k{first + row}" if ids else ""
        lines.append(f"{time}Z,{x[row]:.4f},{y[row]:.4f},{color[row]},{int(y[row] > 5)}{tail}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


SPEC = """model = "shop"
[data]
time = "at"
label = "late"
[window]
size = "6h"
pane = "30m"
disorder = "0s"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A spec, a reference and a stream that drifts in the middle."""
    (tmp_path / "shop.toml").write_text(SPEC, encoding="utf-8")
    write_rows(tmp_path / "reference.csv", 0, REFERENCE_ROWS)
    write_rows(tmp_path / "live.csv", REFERENCE_ROWS, LIVE_ROWS, drift_at=DRIFT_ROW)
    return tmp_path
