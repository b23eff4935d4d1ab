"""From a file to an alert and back, as a person types it."""

import sqlite3
from pathlib import Path

from bellbuoy_consumers.report import number
from tests.consumers.cli.conftest import LIVE_ROWS, Answer, Bell


def worked_off(bell: Bell) -> Answer:
    assert bell("apply", "shop.toml").code == 0
    assert bell("reference", "shop@1", "reference.csv").code == 0
    assert bell("send", "live.csv", "--model", "shop@1").code == 0
    return bell("worker", "--drain")


def test_a_drift_in_a_sent_file_becomes_an_alert(bell: Bell, shop: Path) -> None:
    assert worked_off(bell).code == 0
    alerts = bell("alerts", "--json").lines
    assert [(alert["state"], alert["type"]) for alert in alerts[:1]] == [("opened", "drift")]
    assert {column["name"] for column in alerts[0]["columns"]} == {"x"}
    windows = bell("windows", "--json").lines
    assert all(window["closed"] for window in windows)
    assert not any(window["drift"] for window in windows[:7])
    assert [window["drifted"] for window in windows if window["drift"]][-1] == ["x"]
    opened = bell("windows", "--open", "--json").lines
    assert [window["closed"] for window in opened].count(False) == 1
    assert sum(window["rows"] for window in opened if window["revision"] == 0) == LIVE_ROWS


def test_sending_a_file_twice_counts_nothing_twice(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    before = bell("windows", "--open", "--json").out
    assert bell("send", "live.csv", "--model", "shop@1").code == 0
    assert bell("worker", "--drain").code == 0
    assert bell("windows", "--open", "--json").out == before
    assert bell("status", "--json").lines[0]["rows"] == LIVE_ROWS


def test_a_second_drain_with_nothing_new_ends_and_says_nothing(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    before = bell("alerts", "--json").out, bell("windows", "--json").out
    assert bell("worker", "--drain").code == 0
    assert (bell("alerts", "--json").out, bell("windows", "--json").out) == before


def test_replay_says_what_the_workers_say(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    spoken = bell("windows", "--open", "--json").lines, bell("alerts", "--json").lines
    played = bell("replay", "live.csv", "--spec", "shop.toml", "--reference", "reference.csv", "--json").lines
    summary = played.pop()
    assert summary["kind"] == "summary"
    assert summary["rows"] == LIVE_ROWS
    rows = [line.pop("row") for line in played]
    assert rows == sorted(rows)
    assert [line for line in played if line["kind"] == "window"] == spoken[0]
    assert [line for line in played if line["kind"] == "alert"] == spoken[1]


def test_show_ack_and_mute(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    incident = bell("alerts", "--json").lines[0]["incident"]
    shown = bell("show", incident)
    assert "KS" in shown.out
    assert "reference" in shown.out
    assert bell("ack", incident).code == 0
    assert bell("mute", "shop", "--for", "4h", "--columns", "x").code == 0
    assert bell("worker", "--drain").code == 0
    assert "acknowledged" in [alert["state"] for alert in bell("alerts", "--json").lines]


def test_a_median_beyond_the_reference_is_no_number(bell: Bell, shop: Path) -> None:
    highest = max(float(line.split(",")[1]) for line in (shop / "reference.csv").read_text().splitlines()[1:])
    head, *rows = (shop / "live.csv").read_text().splitlines()
    cells = [row.split(",") for row in rows]
    for row in cells[3_000:]:
        row[1] = f"{abs(float(row[1])) * 1_000 + 10:.1f}"
    (shop / "live.csv").write_text("\n".join([head, *map(",".join, cells)]) + "\n")
    worked_off(bell)
    *_, broken = bell("windows", "--json").lines
    said = bell("show", broken["id"]).out
    assert f"median now above {number(highest)} (the reference's highest)" in said
    log = sqlite3.connect("bell.db")
    with log:
        log.execute("DELETE FROM log WHERE topic = 'bellbuoy.panes'")
    log.close()
    said = bell("show", broken["id"]).out
    assert f"median now {number(highest)} (an end of the reference's range) or beyond" in said


def test_windows_of_several_versions_say_whose_they_are(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    head, *lines = bell("windows").out.splitlines()
    assert head.startswith("window ")
    assert all(line.startswith("2024-01-") for line in lines)
    assert bell("reference", "shop@10", "reference.csv").code == 0
    assert bell("send", "live.csv", "--model", "shop@10").code == 0
    assert bell("worker", "--drain").code == 0
    head, *lines = bell("windows", "--open").out.splitlines()
    assert head.startswith("model    window ")
    assert {line[:9] for line in lines} == {"shop@1   ", "shop@10  "}
    assert len({line.index("2024-01-") for line in lines}) == 1
    assert bell("windows", "--since", "2100-01-01T00:00:00Z").out == "no windows\n"


def test_the_spec_of_a_running_model_changes_from_the_next_window_on(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    assert bell("apply", "shop.toml", "--json").lines[0]["state"] == "unchanged"
    changed = (shop / "shop.toml").read_text().replace('"6h"', '"12h"')
    (shop / "shop.toml").write_text(changed)
    shown = bell("apply", "shop.toml", "--diff", "--json").lines[0]
    assert shown["changes"] == {"window.size": {"old": "6h", "new": "12h"}}
    assert not shown["written"]
    applied = bell("apply", "shop.toml", "--json").lines[0]
    assert applied["written"]
    assert (
        applied["from"] == "2024-01-09T12:00:00Z"
    )  # the last row: 08:59, a window of six hours ends after it


def test_a_change_waits_for_rows_that_no_worker_has_counted_yet(bell: Bell, shop: Path) -> None:
    bell("apply", "shop.toml")
    bell("send", "live.csv", "--model", "shop@1")
    (shop / "shop.toml").write_text((shop / "shop.toml").read_text() + "[drift]\nalpha = 0.02\n")
    assert bell("apply", "shop.toml", "--json").lines[0]["from"] == "2024-01-09T12:00:00Z"


def test_init_writes_a_spec_that_apply_takes(bell: Bell, shop: Path) -> None:
    said = bell(
        "init", "fresh", "--data", "reference.csv", "--time", "at", "--label", "late", "--json"
    ).lines[0]
    assert {name: column["kind"] for name, column in said["columns"].items()} == {
        "x": "numeric",
        "y": "numeric",
        "color": "categorical",
    }
    assert bell("apply", "fresh.toml").code == 0
    assert bell("init", "fresh", "--data", "reference.csv").code == 2


def test_dead_letters_are_written_again_once(bell: Bell, shop: Path) -> None:
    from bellbuoy.transports import open_transport
    from bellbuoy_stream.events import Outgoing

    worked_off(bell)
    log = open_transport("sqlite:///bell.db")
    log.append([Outgoing("bellbuoy.events", None, b"\xc1 no event", (), 1)])
    log.close()
    bell("worker", "--drain")
    [letter] = bell("deadletter", "--json").lines
    assert (letter["topic"], letter["partition"], letter["reason"]) == ("bellbuoy.events", 1, "undecodable")
    assert len(bell("deadletter", "--retry", "--json").lines) == 1
    assert bell("deadletter", "--retry", "--json").lines == []


def test_a_dead_letter_whose_good_rows_were_counted_is_not_written_again(bell: Bell, shop: Path) -> None:
    from bellbuoy.transports import open_transport
    from bellbuoy_stream.events import Outgoing, PredictionBatch, encode, pack

    bell("apply", "shop.toml")
    log = open_transport("sqlite:///bell.db")
    year_2000, year_2200 = 946_684_800_000_000, 7_258_118_400_000_000
    times = [year_2000, year_2000 + 1, year_2200]
    rows = PredictionBatch(
        model="shop",
        version="1",
        columns={"x": pack([1.0, 2.0, 3.0])},
        ids=pack(["a", "b", "c"]),
        times=pack(times),
    )
    body, headers = encode(rows, "msgpack")
    log.append([Outgoing("bellbuoy.events", None, body, headers, 1)])
    log.append([Outgoing("bellbuoy.events", None, b"\xc1 no event", (), 1)])
    end = log.ends("bellbuoy.events")[1]
    bell("worker", "--drain")
    counted = bell("status", "--json").lines[0]["rows"]
    letters = bell("deadletter", "--retry", "--json").lines
    assert [(letter["reason"], letter["retried"]) for letter in letters] == [
        ("future", False),
        ("undecodable", True),
    ]
    assert log.ends("bellbuoy.events")[1] == end + 1
    log.close()
    said = bell("deadletter", "--retry").out
    assert "left out for the reason future: 1" in said
    assert "counted twice" in said
    assert bell("worker", "--drain").code == 0
    assert bell("status", "--json").lines[0]["rows"] == counted == 2


def test_doctor_is_content_with_a_log_that_works(bell: Bell, shop: Path) -> None:
    worked_off(bell)
    answer = bell("doctor", "--json")
    assert answer.code == 0
    assert {"shop", "bellbuoy.events", "clock"} <= {line["check"] for line in answer.lines}


def test_a_reference_of_logged_rows_is_that_of_the_file_they_came_from(bell: Bell, shop: Path) -> None:
    bell("apply", "shop.toml")
    bell("send", "reference.csv", "--model", "shop@1")
    bell("send", "reference.csv", "--model", "shop@1")
    of_file = bell("reference", "shop@1", "reference.csv", "--json").lines[0]
    of_log = bell("reference", "shop@1", "--from-stream", "30d", "--json").lines[0]
    assert of_log["rows"] == of_file["rows"]
    assert of_log["id"] == of_file["id"]
    part = bell("reference", "shop@1", "--from-stream", "1000m", "--json").lines[0]
    assert part["rows"] == 1_001
    assert bell("reference", "shop@1").code == 2


def test_what_is_not_acted_on_and_what_is_absent_is_said(bell: Bell, shop: Path) -> None:
    spec = (shop / "shop.toml").read_text()
    (shop / "shop.toml").write_text(
        f'{spec}\n[columns.amuont]\nkind = "numeric"\n[[notify]]\nurl = "env:PAGER"\n'
    )
    assert "[[notify]] is read and not acted on" in bell("apply", "shop.toml").out
    said = bell("reference", "shop@1", "reference.csv").out
    assert "amuont: the spec names it, these rows have no such column" in said
