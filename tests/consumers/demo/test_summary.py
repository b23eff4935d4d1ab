import pytest

from bellbuoy_consumers.demo.playing import Played
from bellbuoy_consumers.demo.story import FAULT, Fault
from bellbuoy_consumers.demo.summary import fault_lines, first_drifts, outcomes, summary_lines
from bellbuoy_stream.events.alerts import Alert, AlertColumn, AlertState, AlertType, Severity
from bellbuoy_stream.events.windows import WindowReport


def alert(
    time: str, state: AlertState, kind: AlertType, incident: str, *columns: str, severity: Severity = "low"
) -> Alert:
    named = [AlertColumn(name=name, effect=0.5, threshold=0.1) for name in columns]
    return Alert(
        id=f"{incident}.{time}", time=time, state=state, type=kind, incident=incident, columns=named,
        severity=severity, summary="", since=time, model="flights", version="1", rows=9, action="", next="",
    )  # fmt: skip


CAUGHT = [
    alert("2013-03-18T11:00:00Z", "opened", "quality", "i-1", "pressure"),
    alert("2013-03-25T11:00:00Z", "resolved", "quality", "i-1", "pressure"),
]
LATER = [
    alert("2013-04-02T04:00:00Z", "opened", "drift", "i-2", "temp"),
    alert("2013-05-01T04:00:00Z", "escalated", "drift", "i-2", "temp", "dewp", severity="high"),
]


def test_incidents_gather_their_columns_and_their_end() -> None:
    first, second = outcomes([*CAUGHT, *LATER])
    assert (first.columns, first.is_over) == (("pressure",), True)
    assert (second.columns, second.is_over, second.last.severity) == (("temp", "dewp"), False, "high")
    assert second.text() == " 2 Apr 00:00 to still open    drift      high     temp, dewp"


def test_the_first_drift_of_a_column_is_its_first_alert_about_a_distance() -> None:
    assert first_drifts([*CAUGHT, *LATER]) == {"temp": "2013-04-02T04:00:00Z", "dewp": "2013-05-01T04:00:00Z"}


@pytest.mark.parametrize(
    ("alerts", "said", "not_said"),
    [
        (CAUGHT, "No drift incident named pressure", "took it for drift"),
        ([], "No incident named pressure while it lasted", "kept out"),
        ([alert("2013-03-20T11:00:00Z", "opened", "drift", "i-3", "pressure")], "1 of them took it for drift", "kept out"),
    ],
)  # fmt: skip
def test_what_became_of_the_fault_is_read_and_not_asserted(
    alerts: list[Alert], said: str, not_said: str
) -> None:
    text = "\n".join(fault_lines(alerts, FAULT))
    assert said in text
    assert not_said not in text


def test_an_incident_of_another_week_is_not_put_down_to_the_fault() -> None:
    other = Fault("temp", "2013-06-01", "2013-06-02", "temp in kelvin")
    assert "No incident named temp while it lasted" in "\n".join(fault_lines([*CAUGHT, *LATER], other))


def test_rows_are_counted_by_the_latest_revision_of_each_window() -> None:
    def window(start: str, rows: int, revision: int = 0, late: int = 0) -> WindowReport:
        return WindowReport(
            id=start, model="flights", version="1", start=start, end="", rows=rows, columns={}, revision=revision, late=late
        )  # fmt: skip

    day, next_day = "2013-03-01T05:00:00Z", "2013-03-02T05:00:00Z"
    windows = [window(day, 10), window(next_day, 20), window(day, 13, 1, late=3)]
    text = "\n".join(summary_lines(Played(sent=40, records=2, windows=windows, dead=1), FAULT))
    assert (
        "40 flights sent in 2 records; 33 in 2 closed daily windows; 3 late, 0 lost, 1 dead letters" in text
    )
    assert "7 wait in windows" in text
    assert "0 incidents in 0 alerts" in text
