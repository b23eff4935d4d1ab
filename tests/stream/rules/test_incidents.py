from bellbuoy_stream.rules.finding import Finding
from bellbuoy_stream.rules.incidents import Incidents, Scope

SCOPE = Scope("flights", "1")


def finding(column: str, effect: float = 0.3, why: str | None = None) -> Finding:
    return Finding(column=column, effect=effect, threshold=0.25, since_us=0, why=why)


def look(
    incidents: Incidents, time: int, *findings: Finding, agreeing: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    alerts = incidents.observe(SCOPE, "drift", time, 100, findings, agreeing)
    return [(alert.state, alert.summary) for alert in alerts]


def test_an_incident_opens_grows_escalates_and_resolves() -> None:
    incidents = Incidents()
    said = [
        look(incidents, 1, finding("temp")),
        look(incidents, 2, finding("temp")),
        look(incidents, 3, finding("temp"), finding("dewp", 0.28)),
        look(incidents, 4, finding("temp", 0.5)),
        look(incidents, 5, agreeing=("temp",)),
        look(incidents, 6, agreeing=("temp", "dewp")),
    ]
    assert said == [
        [("opened", "flights@1: inputs drifted: temp (distance 0.30, threshold 0.25)")],
        [],
        [
            (
                "updated",
                "flights@1: dewp joined: inputs drifted: dewp, temp (dewp: distance 0.28, threshold 0.25)",
            )
        ],
        [("escalated", "flights@1: inputs drifted: temp (distance 0.50, threshold 0.25)")],
        [],
        [("resolved", "flights@1: resolved (the columns agree with the reference again): temp, dewp")],
    ]
    assert not incidents.open


def test_a_column_that_comes_and_goes_while_its_incident_is_open_rings_once() -> None:
    incidents = Incidents()
    look(incidents, 1, finding("temp"), finding("wind"))
    for time in range(2, 20, 2):
        assert look(incidents, time, finding("temp"), agreeing=("wind",)) == []
        assert look(incidents, time + 1, finding("temp"), finding("wind")) == []
    assert look(incidents, 20, agreeing=("temp",)) == []  # wind has not recovered
    assert [state for state, _ in look(incidents, 21, agreeing=("wind",))] == ["resolved"]


def test_the_steps_of_an_incident_form_a_chain() -> None:
    incidents = Incidents()
    alerts = [
        *incidents.observe(SCOPE, "drift", 1, 9, [finding("a")], ()),
        *incidents.observe(SCOPE, "drift", 2, 9, [finding("a"), finding("b")], ()),
        *incidents.observe(SCOPE, "drift", 3, 9, [], ("a", "b")),
    ]
    assert [alert.step for alert in alerts] == [0, 1, 2]
    assert [alert.previous for alert in alerts] == [None, alerts[0].id, alerts[1].id]
    assert len({alert.incident for alert in alerts}) == 1


def test_a_reason_is_told_and_the_other_columns_are_named() -> None:
    incidents = Incidents()
    columns = [finding("dewp", 0.9, "dewp: none of 59 rows has a value"), *map(finding, ("humid", "temp"))]
    (alert,) = incidents.observe(SCOPE, "quality", 1, 59, columns, ())
    assert alert.summary == (
        "flights@1: data looks broken: dewp: none of 59 rows has a value (also humid, temp)"
    )


def test_each_type_and_version_has_an_incident_of_its_own() -> None:
    incidents = Incidents()
    look(incidents, 1, finding("temp"))
    incidents.observe(SCOPE, "quality", 1, 9, [finding("temp")], ())
    incidents.observe(Scope("flights", "2"), "drift", 1, 9, [finding("temp")], ())
    assert len({incident.id for incident in incidents.open.values()}) == 3
