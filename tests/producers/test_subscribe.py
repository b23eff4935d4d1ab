"""Alerts come in order, once each, from where the group stands: on a file, and on Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

import bellbuoy
from bellbuoy.transports import open_transport, parse_address
from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.events import Envelope, Outgoing, Topics, encode
from bellbuoy_stream.events.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellbuoy.transports import Transport


class Place(NamedTuple):
    """Where alerts are written to."""

    url: str
    prefix: str
    log: Transport


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "kafka":
        url, prefix = request.getfixturevalue("kafka_broker").url, request.getfixturevalue("kafka_prefix")
        from bellbuoy.transports.admin import create_topics

        create_topics(parse_address(url), Topics(prefix), [Topics.ALERTS, Topics.RETRAIN])
    else:
        url, prefix = f"sqlite:///{tmp_path}/bell.db", "team"
    log = open_transport(url, prefix)
    yield Place(url, prefix, log)
    log.close()


def alert(number: int, model: str = "flights") -> Outgoing:
    event = Alert(
        id=f"alert-{number}", state="opened", incident="i", type="drift", severity="high", summary="s",
        time="2013-03-18T00:00:00Z", since="2013-03-18T00:00:00Z", model=model, version="1", rows=1, columns=[],
        action="a", next="n",
    )  # fmt: skip
    body, headers = encode(event, "json", Envelope(id=event.id))
    return Outgoing("bellbuoy.alerts", model.encode(), body, headers)


def seen(place: Place, group: str | None = None, model: str | None = None, since: object = None) -> list[str]:
    found = bellbuoy.alerts(
        place.url, group=group, model=model, since=since, follow=False, prefix=place.prefix
    )
    return [one.id for one in found]


def test_without_a_group_all_come_each_time(place: Place) -> None:
    assert seen(place) == []
    place.log.append([alert(1), alert(2)])
    assert seen(place) == seen(place) == ["alert-1", "alert-2"]


def test_a_group_goes_on_where_it_stands(place: Place) -> None:
    place.log.append([alert(1), alert(2)])
    assert seen(place, "pager") == ["alert-1", "alert-2"]
    place.log.append([alert(3)])
    assert seen(place, "pager") == ["alert-3"]
    assert seen(place, "pager") == []
    assert seen(place, "mail") == ["alert-1", "alert-2", "alert-3"]


def test_an_alert_whose_handling_failed_comes_again(place: Place) -> None:
    place.log.append([alert(1), alert(2), alert(3)])
    follower = bellbuoy.alerts(place.url, group="pager", prefix=place.prefix)
    assert next(follower).id == "alert-1"
    assert next(follower).id == "alert-2"
    follower.close()  # type: ignore[attr-defined]
    assert seen(place, "pager") == ["alert-2", "alert-3"]


def test_a_repeated_id_comes_once(place: Place) -> None:
    place.log.append([alert(1), alert(1), alert(2), alert(1)])
    assert seen(place) == ["alert-1", "alert-2"]


def test_one_models_and_since_a_time(place: Place) -> None:
    place.log.append([alert(1, "flights"), alert(2, "fraud")])
    assert seen(place, model="fraud") == ["alert-2"]
    assert seen(place, since="2013-03-18T00:00:00Z", model="flights") == ["alert-1"]
    assert seen(place, since="2999-01-01T00:00:00Z") == []


def test_what_cannot_be_decoded_is_passed_over(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.log.append([Outgoing("bellbuoy.alerts", b"flights", b"{not json"), alert(1)])
    assert seen(place, "pager") == ["alert-1"]
    assert "passes over bellbuoy.alerts/" in caplog.text


def test_following_waits_for_what_comes(place: Place) -> None:
    import threading

    place.log.append([alert(1)])
    follower = bellbuoy.alerts(place.url, group="pager", prefix=place.prefix)
    assert next(follower).id == "alert-1"
    threading.Timer(0.3, lambda: place.log.append([alert(2)])).start()
    assert next(follower).id == "alert-2"
    follower.close()  # type: ignore[attr-defined]


def test_retrains_follow_their_own_topic(place: Place) -> None:
    place.log.append([alert(1)._replace(topic="bellbuoy.retrain")])
    assert len(list(bellbuoy.retrains(place.url, follow=False, prefix=place.prefix))) == 1


def test_an_impossible_time_is_refused(place: Place) -> None:
    with pytest.raises(SpecError, match="since is 'lately'"):
        seen(place, since="lately")
