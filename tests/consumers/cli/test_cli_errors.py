"""What goes wrong is one sentence on stderr, and an exit code."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bellbuoy.transports import open_transport
from bellbuoy.transports.sqlite import SqliteTransport
from bellbuoy_stream.errors import AppendError
from bellbuoy_stream.events import Outgoing
from tests.consumers.cli.conftest import Bell, write_rows


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["apply"], 2, "Missing argument"),
        (["apply", "nothing.toml"], 2, "cannot be read"),
        (["alerts"], 3, "there is no file bell.db"),
        (["alerts", "--broker", "kafka://127.0.0.1:1"], 3, "127.0.0.1:1"),
        (["alerts", "--broker", "nowhere"], 2, "URL is not understood"),
        (["replay", "no.csv", "--step", "1s", "--reference", "10"], 2, "there is no file no.csv"),
        (["replay", "live.csv", "--step", "1s"], 2, "--reference N"),
        (["replay", "live.csv", "--reference", "100", "--time", "att"], 2, "did you mean 'at'?"),
        (["replay", "live.csv", "--reference", "100", "--columns", "x"], 2, "rows need a time"),
        (["replay", "live.csv", "--reference", "9000", "--time", "at"], 2, "no rows after the first 9000"),
        (
            ["replay", "live.csv", "--reference", "9", "--step", "1s", "--window", "7s", "--pane", "2s"],
            2,
            "must divide",
        ),
        (["reference", "shop", "reference.csv"], 2, "MODEL@VERSION"),
        (["reference", "shop@1", "reference.csv", "--spec", "live.csv"], 2, "no TOML"),
        (["send", "live.csv", "--model", "shop@1"], 3, "there is no file bell.db"),
        (["worker", "--role", "tall"], 2, "did you mean 'tally'?"),
        (["worker", "--drain"], 3, "there is no file bell.db"),
        (["worker", "--broker", "sqlite:///shop.toml"], 3, "file is not a database"),
        (["worker", "--broker", "sqlite:///empty.db"], 3, "the file empty.db holds no log"),
        (["alerts", "--broker", "sqlite:///other.db"], 3, "the file other.db holds no log"),
        (["show", "it"], 3, "there is no file"),
    ],
)
def test_one_plain_sentence(bell: Bell, shop: Path, words: list[str], code: int, said: str) -> None:
    (shop / "empty.db").touch()
    other = sqlite3.connect(shop / "other.db")
    other.execute("CREATE TABLE topics (name TEXT)")
    other.close()
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    answer = bell(*words)
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == before
    assert answer.code == code
    assert answer.out == ""
    assert said in answer.err
    assert answer.err.startswith("bellbuoy: ")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["send", "live.csv", "--model", "shob@1"],
        ["reference", "shob@1", "live.csv"],
        ["mute", "shob", "--for", "4h"],
        ["status", "--model", "shob"],
        ["alerts", "--model", "shob"],
        ["alerts", "--model", "shob", "--follow"],
        ["windows", "--model", "shob", "--json"],
    ],
)
def test_a_model_without_a_spec_is_refused_with_those_that_have_one(
    bell: Bell, shop: Path, words: list[str]
) -> None:
    bell("apply", "shop.toml")
    answer = bell(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "no model 'shob' (known: shop); a new one begins with `bellbuoy apply shob.toml`" in answer.err


def test_a_log_without_any_spec_has_nothing_to_say_of_any_model(bell: Bell) -> None:
    open_transport("sqlite:///bell.db").close()
    for command in ("alerts", "windows", "status"):
        answer = bell(command, "--model", "shop", "--json")
        assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert bell("mute", "shop", "--for", "4h").code == 2


def test_a_worker_begins_a_log_where_it_is_told_to(bell: Bell, tmp_path: Path) -> None:
    assert bell("worker", "--drain", "--create-topics").code == 0
    assert (tmp_path / "bell.db").exists()
    assert bell("worker", "--drain").code == 0


def test_a_record_that_the_log_refuses_ends_the_sending_at_once(
    bell: Bell, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell("apply", "shop.toml")
    attempts = []

    def too_large(_: SqliteTransport, records: Sequence[Outgoing]) -> None:
        attempts.append(len(records))
        raise AppendError("the topic takes 50,000 bytes at most", tuple(range(len(records))), (0,))

    monkeypatch.setattr(SqliteTransport, "append", too_large)
    answer = bell("send", "live.csv", "--model", "shop@1")
    assert (answer.code, answer.out, len(attempts)) == (2, "", 1)
    assert "the log refuses records for good (of " in answer.err
    assert "the topic takes 50,000 bytes at most; mend that and send the file once more" in answer.err


def test_fail_on_alert(bell: Bell, tmp_path: Path) -> None:
    write_rows(tmp_path / "calm.csv", 0, 4_000)
    write_rows(tmp_path / "wild.csv", 0, 4_000, drift_at=3_000)
    words = [
        "--time",
        "at",
        "--label",
        "late",
        "--reference",
        "2000",
        "--window",
        "6h",
        "--fail-on-alert",
        "--json",
    ]
    assert bell("replay", "calm.csv", *words).code == 0
    assert bell("replay", "wild.csv", *words).code == 1


def test_numbered_rows_and_a_page(bell: Bell, shop: Path) -> None:
    words = [
        "--step",
        "1s",
        "--reference",
        "1000",
        "--columns",
        "x,y",
        "--window",
        "500s",
        "--report",
        "out.html",
    ]
    answer = bell("replay", "live.csv", *words)
    assert answer.code == 0
    assert "still open" in answer.out
    page = (shop / "out.html").read_text(encoding="utf-8")
    assert "Drift: 1 of 2 columns changed" in page
    assert page.count('<svg class="chart"') == 2
    assert "http" not in page.replace("http-equiv", "")


def test_replay_says_which_kinds_it_guessed(bell: Bell, shop: Path) -> None:
    rows = [f"{n},{n % 7}.5,{'ab'[n % 2]},user{n},{n % 3}" for n in range(3_000)]
    (shop / "rows.csv").write_text("\n".join(["at,x,origin,user_id,y", *rows]) + "\n")
    words = ["replay", "rows.csv", "--reference", "1000", "--window", "500s", "--time", "at", "--json"]
    answer = bell(*words)
    assert (
        answer.err
        == "bellbuoy: guessed: 2 numeric, 1 categorical (origin), 1 id (user_id; only missing ones are watched)\n"
    )
    assert {line["kind"] for line in answer.lines} == {"window", "summary"}
    (shop / "rows.toml").write_text(
        'model = "rows"\n[window]\nsize = "500s"\npane = "100s"\n[columns.user_id]\nkind = "ignore"\n'
    )
    answer = bell(*words, "--spec", "rows.toml")
    assert answer.err == "bellbuoy: guessed: 2 numeric, 1 categorical (origin)\n"


def test_the_program_starts_without_numpy_and_knows_its_version(tmp_path: Path) -> None:
    script = "import sys; from bellbuoy_consumers.cli import main; code = main(['--help']); print('numpy' in sys.modules, file=sys.stderr); sys.exit(code)"
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0
    assert done.stderr == "False\n"
    assert "\x1b[" not in done.stdout
    assert "replay" in done.stdout


def test_every_command_has_an_example(bell: Bell) -> None:
    from bellbuoy_consumers.cli.app import ENTRIES

    for name in ENTRIES:
        answer = bell(name, "--help")
        assert answer.code == 0
        assert "Example:" in answer.out, name
