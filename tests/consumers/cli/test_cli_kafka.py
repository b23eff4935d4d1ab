"""The same path on a real broker."""

from pathlib import Path

import pytest

from tests.consumers.cli.conftest import LIVE_ROWS, Bell
from tests.kafka.broker import KafkaBroker


def test_from_topics_to_an_alert(
    bell: Bell, shop: Path, kafka_broker: KafkaBroker, kafka_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLBUOY_BROKER", kafka_broker.url)
    monkeypatch.setenv("BELLBUOY_PREFIX", kafka_prefix)
    assert bell("apply", "shop.toml").code == 3  # no topics yet
    assert len(bell("topics", "create", "--json").lines) > 5
    doctor = bell("doctor", "--json")
    assert doctor.code == 0, doctor.out
    assert bell("apply", "shop.toml").code == 0
    assert bell("reference", "shop@1", "reference.csv").code == 0
    assert bell("send", "live.csv", "--model", "shop@1").code == 0
    assert bell("worker", "--drain").code == 0
    alerts = bell("alerts", "--json").lines
    windows = bell("windows", "--json", "--open").lines
    assert sum(window["rows"] for window in windows if window["revision"] == 0) == LIVE_ROWS
    played = bell(
        "replay", "live.csv", "--spec", "shop.toml", "--reference", "reference.csv", "--json"
    ).lines[:-1]
    for line in played:
        del line["row"]
    assert [line for line in played if line["kind"] == "alert"] == alerts
    assert [line for line in played if line["kind"] == "window"] == windows
