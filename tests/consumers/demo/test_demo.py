"""The demo, played: what it finds is asked of the topics."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bellbuoy.transports import open_transport
from bellbuoy_consumers.cli import main
from bellbuoy_consumers.cli.reading import alerts, windows
from bellbuoy_consumers.demo.clock import midnight
from bellbuoy_consumers.demo.playing import Played, play
from bellbuoy_consumers.demo.story import FAULT, Story, prepare
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.windows import WindowReport

Found = tuple[list[WindowReport], list[Alert]]


def found_in(url: str) -> Found:
    transport = open_transport(url, "")
    try:
        return list(windows(transport)), list(alerts(transport))
    finally:
        transport.close()


@pytest.mark.slow
def test_the_fast_demo_tells_its_story_without_a_terminal(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BELLBUOY")} | {"NO_COLOR": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from bellbuoy_consumers.cli import main; sys.exit(main())",
         "demo", "--fast", "--no-dashboard"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert "\x1b" not in ran.stdout
    url = f"sqlite:///{tmp_path}/bellbuoy-demo.db"
    reports, said = found_in(url)

    assert len(reports) == 121  # March to June, the last day still open
    assert all(report.revision == 0 and report.late == 0 and report.dropped == 0 for report in reports)
    start, stop = midnight(FAULT.start), midnight(FAULT.stop)
    quality = [a for a in said if a.type == "quality" and "pressure" in [c.name for c in a.columns]]
    assert quality[0].state == "opened"
    assert quality[0].time[:10] == "2013-03-18"
    assert start < quality[0].time < stop < quality[-1].time < midnight("2013-03-26")
    assert quality[-1].state == "resolved"
    distances = [a for a in said if a.type in ("drift", "prediction")]
    assert not [
        a
        for a in distances
        if start <= a.time < midnight("2013-03-26") and "pressure" in [c.name for c in a.columns]
    ]
    spring = [
        a
        for a in distances
        if a.type == "drift" and midnight("2013-04-01") <= a.time < midnight("2013-06-21")
    ]
    assert {"temp", "dewp"} & {c.name for a in spring for c in a.columns}

    opened = [a for a in said if a.state == "opened"]
    assert f"{len(opened)} incidents in {len(said)} alerts" in ran.stdout
    assert quality[0].incident in ran.stdout
    assert "bellbuoy alerts --broker sqlite:///bellbuoy-demo.db" in ran.stdout


@pytest.fixture(scope="module")
def spring() -> Story:
    """Nine days around the beginning of the fault: a part of the story that is quickly played."""
    story = prepare(seed=7, until="2013-03-21")
    first = len(story.live.between("2013-03-01", "2013-03-13"))
    return replace(story, live=story.live.take(slice(first, None)), scores=story.scores[first:])


def played(story: Story, url: str, seed: int) -> Played:
    return [so_far for so_far, _ in play(story, url, "", seed)][-1]


@pytest.mark.slow
def test_two_runs_say_the_same_bit_for_bit_and_so_does_another_routing(spring: Story, tmp_path: Path) -> None:
    runs = []
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        url = f"sqlite:///{tmp_path}/{name}.db"
        last = played(spring, url, seed)
        assert last.sent == len(spring.live)
        assert last.dead == 0
        runs.append(found_in(url))
    reports, said = runs[0]
    assert len(reports) == 7
    assert [a.type for a in said][:1] == ["quality"]
    assert runs[1] == runs[0]
    assert runs[2] == runs[0]


@pytest.mark.slow
def test_the_demo_refuses_a_log_that_knows_its_model(
    spring: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/known.db"
    next(play(spring, url, "", 7))
    monkeypatch.setattr("bellbuoy_consumers.demo.story.prepare", lambda *_: spring)
    assert main(["demo", "--broker", url]) == 2
    assert "knows a model named flights already" in capsys.readouterr().err
