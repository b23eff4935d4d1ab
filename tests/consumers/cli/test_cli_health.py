"""What `doctor` says of settings that only a broker has."""

from __future__ import annotations

import pytest

from bellbuoy.transports import open_transport
from bellbuoy.transports.memory import forget
from bellbuoy_consumers.cli.health import topics


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
