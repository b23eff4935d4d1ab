"""What an operator publishes, broken off after any of its records: the same command once more mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_stream.errors import BrokerError
from tests.consumers.cli.conftest import DRIFT_ROW, LIVE_ROWS, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bellbuoy_stream.events.message import Outgoing
    from tests.consumers.cli.conftest import Bell

PARTITIONS = 4


def dies_after(patch: pytest.MonkeyPatch, records: int) -> None:
    """The log takes so many records more, and then no others."""
    left = records
    append = SqliteTransport.append

    def some(self: SqliteTransport, messages: Sequence[Outgoing]) -> None:
        nonlocal left
        taken = messages[:left]
        left -= len(taken)
        append(self, taken)
        if len(taken) < len(messages):
            raise BrokerError("the process ends here")

    patch.setattr(SqliteTransport, "append", some)


def rows_counted(bell: Bell) -> int:
    assert bell("send", "live.csv", "--model", "shop@1").code == 0
    assert bell("worker", "--drain").code == 0
    assert bell("deadletter", "--json").lines == []
    rows: int = bell("status", "--json").lines[0]["rows"]
    return rows


@pytest.mark.parametrize("records", [1, PARTITIONS])
def test_a_half_done_apply(bell: Bell, shop: Path, records: int) -> None:
    write_rows(shop / "live.csv", 0, 400)  # in every partition
    with pytest.MonkeyPatch.context() as patch:
        dies_after(patch, records)
        assert bell("apply", "shop.toml").code == 3
    assert bell("apply", "shop.toml", "--json").lines[0]["state"] == "new"
    assert bell("apply", "shop.toml", "--json").lines[0]["state"] == "unchanged"
    assert rows_counted(bell) == 400


@pytest.mark.parametrize("records", [1, 3])
def test_a_half_done_reference(bell: Bell, shop: Path, records: int) -> None:
    bell("apply", "shop.toml")
    with pytest.MonkeyPatch.context() as patch:
        dies_after(patch, records)
        assert bell("reference", "shop@1", "reference.csv").code == 3
    assert bell("reference", "shop@1", "reference.csv").code == 0
    assert rows_counted(bell) == LIVE_ROWS
    windows = bell("windows", "--json").lines
    assert windows[-1]["drifted"] == ["x"]
    assert not any(window["drifted"] for window in windows[: DRIFT_ROW // 360 - 1])
