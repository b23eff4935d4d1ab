"""What `doctor` says of settings that only a broker has, and of references."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from bellbuoy.transports import open_transport
from bellbuoy.transports.memory import forget
from bellbuoy_consumers.cli.health import topics
from tests.consumers.cli.conftest import Bell, write_rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("largest", "states"),
    [("50000", ["ok", "bad"]), ("999999", ["ok", "bad"]), ("1000000", ["ok"]), ("1048588", ["ok"])],
)
def test_a_topic_too_small_for_the_largest_record_must_be_mended(largest: str, states: list[str]) -> None:
    log = open_transport("memory://health", "team")
    kept = {"team.bellbuoy.panes": {"max.message.bytes": largest}}
    found = [one for one in topics(log, kept) if one.check == "bellbuoy.panes"]
    assert [one.state for one in found] == states
    if states[-1] == "bad":
        assert f"max.message.bytes is {largest}" in found[-1].detail
        assert "set it to 1000000 or more" in found[-1].detail
    log.close()
    forget("health")


def verdicts(bell: Bell, *checks: str) -> dict[str, tuple[str, str]]:
    lines = bell("doctor", "--json").lines
    return {line["check"]: (line["state"], line["detail"]) for line in lines if line["check"] in checks}


def test_every_version_that_is_counted_has_a_reference_that_is_there(bell: Bell, shop: Path) -> None:
    write_rows(shop / "live.csv", 6_000, 400)
    bell("apply", "shop.toml")
    bell("send", "live.csv", "--model", "shop@1")
    bell("worker", "--drain")
    state, said = verdicts(bell, "shop@1")["shop@1"]
    assert (state, "`bellbuoy reference shop@1 FILE`" in said) == ("bad", True)
    assert bell("doctor").code == 1
    bell("reference", "shop@2", "reference.csv")
    write_rows(shop / "later.csv", 6_400, 800)
    for version in ("1", "2"):
        bell("send", "later.csv", "--model", f"shop@{version}")
    bell("worker", "--drain")
    found = verdicts(bell, "shop@1", "shop@2")
    assert found["shop@1"][0] == "warn"
    assert "compared with that of version 2" in found["shop@1"][1]
    assert found["shop@2"][0] == "ok"
    assert "reference of 6,000 rows" in found["shop@2"][1]
    assert bell("doctor").code == 0
    log = sqlite3.connect("bell.db")
    with log:
        log.execute("DELETE FROM log WHERE topic = 'bellbuoy.references'")
    log.close()
    state, said = verdicts(bell, "shop@2")["shop@2"]
    assert (state, "is not in bellbuoy.references" in said) == ("bad", True)
