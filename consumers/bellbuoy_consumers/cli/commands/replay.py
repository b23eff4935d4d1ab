"""`bellbuoy replay`: try a spec on a file, no broker."""

from __future__ import annotations

import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellbuoy_consumers.cli.options import (  # noqa: TC001  # typer reads the annotations
    IdColumn,
    Json,
    LabelColumn,
    LabelTimeColumn,
    PredictionColumn,
    RowsFile,
    ScoreColumn,
    TimeColumn,
)
from bellbuoy_consumers.cli.output import Output

if TYPE_CHECKING:
    from bellbuoy_consumers.files import RowFile
    from bellbuoy_consumers.replay import Replay, Step
    from bellbuoy_consumers.replay.flags import Flags
    from bellbuoy_stream.specs.monitor import MonitorSpec

Text = str | None


def replay(
    file: RowsFile,
    time: TimeColumn = None,
    step: Annotated[
        Text, typer.Option(metavar="1s", help="Row i happened at i steps; instead of --time.")
    ] = None,
    reference: Annotated[
        Text,
        typer.Option(metavar="N|FILE", help="The first N rows, left out of monitoring; or another file."),
    ] = None,
    window: Annotated[Text, typer.Option(metavar="1000s", help="Length of a report window.")] = None,
    pane: Annotated[
        Text, typer.Option(metavar="100s", help="How often detectors look; divides the window.")
    ] = None,
    columns: Annotated[Text, typer.Option(metavar="a,b,...", help="Only these features.")] = None,
    prediction: PredictionColumn = None,
    score: ScoreColumn = None,
    label: LabelColumn = None,
    label_time: LabelTimeColumn = None,
    id: IdColumn = None,  # noqa: A002  # the option's name
    policy: Annotated[Text, typer.Option(help="window_ks, multiscale_ks or sequential.")] = None,
    alpha: Annotated[float | None, typer.Option(help="Level of window_ks.")] = None,
    false_alarms: Annotated[Text, typer.Option(metavar="BUDGET", help="Such as '1 per 30d'.")] = None,
    min_effect: Annotated[float | None, typer.Option(help="Smallest KS distance worth ringing for.")] = None,
    season: Annotated[Text, typer.Option(metavar="1w", help="What repeats.")] = None,
    disorder: Annotated[Text, typer.Option(metavar="0s", help="How late rows may come.")] = None,
    after_alarm: Annotated[Text, typer.Option(help="continue or rebaseline.")] = None,
    partitions: Annotated[int, typer.Option(min=1, max=10_000, help="Of the events.")] = 4,
    spec: Annotated[Path | None, typer.Option(help="Spec file; flags win over it.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Write a page with pictures.")
    ] = None,
    fail_on_alert: Annotated[
        bool, typer.Option("--fail-on-alert", help="Exit 1 if an incident opened.")
    ] = False,
    json: Json = False,
) -> None:
    """Play a file through the workers' own code, in one process.

    The same spec and the same rows give the same windows, alerts and ids as the workers do.
    """
    from bellbuoy_consumers.cli.specs import load_spec  # noqa: PLC0415  # commands load what they need when they run
    from bellbuoy_consumers.replay import guess_text, guessed_kinds, prepare  # noqa: PLC0415
    from bellbuoy_consumers.replay.flags import Flags, spec_of_flags  # noqa: PLC0415
    from bellbuoy_stream.times import duration_us  # noqa: PLC0415

    out = Output(json)
    began = clock.monotonic()
    flags = Flags(
        step=step, window=window, pane=pane, disorder=disorder, policy=policy, alpha=alpha,
        false_alarms=false_alarms, min_effect=min_effect, season=season, after_alarm=after_alarm, time=time, id=id,
        prediction=prediction, score=score, label=label, label_time=label_time,
    )  # fmt: skip
    chosen = spec_of_flags(flags, file, None if spec is None else load_spec(spec))
    rows = _open(file, chosen, flags, columns)
    with out.progress() as advance:
        played = prepare(rows, chosen, _reference(reference, chosen, flags, columns), partitions, advance)
        guesses = guessed_kinds(rows.roles.features(rows.names), chosen, played.reference)
        if guesses:
            out.note(guess_text(guesses))
        tale = _Tale(out, played, report, None if step is None else duration_us(step))
        for one in played.run(advance, tale.listen):
            tale.tell(one)
    tale.end(clock.monotonic() - began)
    raise typer.Exit(1 if fail_on_alert and tale.opened else 0)


def _open(path: Path, spec: MonitorSpec, flags: Flags, columns: str | None) -> RowFile:
    from bellbuoy_consumers.files import RowFile, StepClock  # noqa: PLC0415
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415
    from bellbuoy_stream.times import duration_us  # noqa: PLC0415

    if flags.step is not None and flags.time is not None:
        raise SpecError("--time and --step both say when rows happened; keep one")
    only = None if columns is None else tuple(columns.split(","))
    step = None if flags.step is None else StepClock(duration_us(flags.step))
    named = {
        name: getattr(flags, name) for name in ("id", "time", "prediction", "score", "label", "label_time")
    }
    return RowFile.of_spec(path, spec.data, step, **named, only=only)


def _reference(text: str | None, spec: MonitorSpec, flags: Flags, columns: str | None) -> int | RowFile:
    from bellbuoy_stream.errors import SpecError  # noqa: PLC0415

    if text is None:
        raise SpecError("what is normal? --reference N takes the first N rows, --reference FILE another file")
    if not text.isdecimal():
        return _open(Path(text), spec, flags, columns)
    if int(text) < 1:
        raise SpecError("--reference 0 leaves nothing to compare with; give at least some hundred rows")
    return int(text)


class _Tale:
    """Tells a replay's decisions as they fall, and its end."""

    def __init__(self, out: Output, played: Replay, report: Path | None, step_us: int | None) -> None:
        self.out, self.played, self.path = out, played, report
        self.windows = self.opened = 0
        self.rows = played.first
        self.unresolved: dict[str, str] = {}
        self.recorder: Any = None
        if report is not None:
            from bellbuoy_consumers.report import Recorder  # noqa: PLC0415

            self.recorder = Recorder(played.spec, played.reference, step_us)

    def listen(self, event: Any) -> None:
        """Hear what the counters say."""
        if self.recorder is not None:
            self.recorder.listen(event)

    def tell(self, step: Step) -> None:
        """Show one decision."""
        from bellbuoy_consumers.cli.humans import WindowLines, alert_line  # noqa: PLC0415
        from bellbuoy_consumers.cli.lines import event_object  # noqa: PLC0415
        from bellbuoy_stream.events.windows import WindowReport  # noqa: PLC0415

        self.out.line(event_object(step.decision, row=step.row))
        if self.recorder is not None:
            self.recorder.decide(step.decision)
        if isinstance(step.decision, WindowReport):
            lines = WindowLines()
            if not self.windows:
                self.out.say(lines.head, "bold")
            self.windows += 1
            self.out.say(*lines.line(step.decision))
            return
        self.out.say(*alert_line(step.decision))
        if step.decision.state == "opened":
            self.opened += 1
        if step.decision.state == "resolved":
            self.unresolved.pop(step.decision.incident, None)
        else:
            self.unresolved[step.decision.incident] = step.decision.summary

    def end(self, seconds: float) -> None:
        """Show the summary, and write the page."""
        played = self.played
        rows = played.first + played.scan.rows
        self.out.line(
            {
                "kind": "summary",
                "rows": rows,
                "reference_rows": played.reference.rows,
                "windows": self.windows,
                "alerts": self.opened,
                "seconds": round(seconds, 3),
            }
        )
        if self.recorder is not None and self.path is not None:
            from bellbuoy_consumers.report import write_report  # noqa: PLC0415

            write_report(self.path, self.recorder.story(rows))
        self._advise(seconds)

    def _advise(self, seconds: float) -> None:
        played, say = self.played, self.out.say
        say("")
        say(f"{played.scan.rows:,} rows against a reference of {played.reference.rows:,}, {self.windows:,} windows, {self.opened} incidents, {seconds:.1f} s", "bold")  # fmt: skip  # noqa: E501
        if not self.opened:
            say("Nothing drifted by more than this spec thinks worth waking someone for.", "green")
        for summary in self.unresolved.values():
            say(f"still open: {summary}", "red")
        if self.path is not None:
            say(f"the page: {self.path}")
        else:
            say("pictures of what changed: the same command with --report out.html")
        say("too many alarms: raise --min-effect, or give a longer reference; too few: lower them")
