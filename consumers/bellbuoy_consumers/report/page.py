"""The page, put together."""

# ruff: noqa: E501  # markup reads best as it will stand

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from bellbuoy_consumers.report import timeline
from bellbuoy_consumers.report.figures import beyond, figure
from bellbuoy_consumers.report.values import number
from bellbuoy_stream.errors import InputError
from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bellbuoy_consumers.report.story import Case, Picture, Story

MOST_CASES = 40
"""Incidents of one kind that are written out; the band shows all of them."""


def write_report(path: Path, story: Story) -> None:
    """Write the page to a file.

    Raises
    ------
    InputError
        Where it cannot be written.
    """
    try:
        path.write_text(render(story), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error


def render(story: Story) -> str:
    """HTML of the whole page."""
    points = timeline.points_of(story)
    axis = timeline.Axis.of(story.windows)
    data = msgspec.json.encode(timeline.hover_data(story, axis, points)).decode().replace("<", "\\u003c")
    drift = [case for case in story.cases if case.first.type != "quality"]
    quality = [case for case in story.cases if case.first.type == "quality"]
    title = f"{story.spec.model}: drift report"
    body = [
        _header(story, drift, quality),
        _timeline(story, axis, points, drift, quality),
        _pictures(story),
        _cases(story, "Incidents", "What drifted, when, and what to do.", drift),
        _cases(
            story,
            "Data quality",
            "Broken data goes to its owner. It is left out of drift detection until it recovers, and it never starts a retrain.",
            quality,
        ),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_asset('page.css')}</style></head><body><main>{''.join(body)}"
        f"<footer>Made by <code>bellbuoy replay --report</code>. The page needs no network.</footer></main>"
        f'<div id="tip"></div><script type="application/json" id="data">{data}</script><script>{_asset("page.js")}</script></body></html>\n'
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def verdict(story: Story) -> tuple[str, str]:
    """The whole page in a sentence, and which kind of news it is."""
    drift = [case for case in story.cases if case.first.type != "quality"]
    columns = dict.fromkeys(name for case in drift for name in case.columns)
    unresolved = sum(case.end_us is None for case in drift)
    if drift:
        left = "none is open now" if not unresolved else f"{unresolved} still open"
        plural = "incident" if len(drift) == 1 else "incidents"
        return (
            f"Drift: {len(columns)} of {len(story.columns)} columns changed. {len(drift)} {plural}, {left}.",
            "drift",
        )
    broken = len(story.cases)
    if broken:
        return (
            f"No drift, but data looks broken: {broken} {'incident' if broken == 1 else 'incidents'}.",
            "quality",
        )
    return f"Calm: none of {len(story.columns)} columns drifted in {len(story.over):,} windows.", "calm"


def _header(story: Story, drift: Sequence[Case], quality: Sequence[Case]) -> str:
    sentence, kind = verdict(story)
    reference = story.reference
    span = ""
    if reference.start_us is not None and reference.end_us is not None:
        span = f", {story.when(reference.start_us)} to {story.when(reference.end_us)}"
    notes = []
    if drift and quality:
        notes.append(
            f"Data quality apart: {len(quality)} {'incident' if len(quality) == 1 else 'incidents'}."
        )
    if not story.certified:
        notes.append(f"The false-alarm budget is not certified: {'; '.join(story.reasons)}.")
    said = story.spec.drift
    facts = {
        "Rows read": f"{story.rows:,}",
        "Monitored": _monitored(story),
        "Reference": f"{reference.rows:,} rows{span}",
        "Rule": f"{said.policy}, smallest effect {said.min_effect:g}",
        "False alarms accepted": said.false_alarms
        if said.policy != "window_ks"
        else f"level {said.alpha:g} a window",
        "After an alarm": "the next stable stretch is the new reference of the detector; charts go on showing the distance from the first one"
        if said.after_alarm == "rebaseline"
        else "the reference stays",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    extra = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<header><small>Bellbuoy replay</small><h1>{escape(story.spec.model)}</h1><div class='verdict {kind}'><p>{escape(sentence)}</p>{extra}</div><dl>{listed}</dl></header>"


def _monitored(story: Story) -> str:
    """Which stretch was looked at, in how many windows, and what has been left out of the charts."""
    said = []
    if story.over:
        first, last = (story.when(parse_time_us(time)) for time in (story.over[0].start, story.over[-1].end))
        said.append(f"{first} to {last}, in {len(story.over):,} windows of {story.spec.window.size}")
    if story.unfinished():
        said.append(story.unfinished())
    return "; then ".join(said)


def _timeline(
    story: Story,
    axis: timeline.Axis,
    points: Sequence[Sequence[object]],
    drift: Sequence[Case],
    quality: Sequence[Case],
) -> str:
    if not story.over:
        return "<h2>Every column in time</h2><p class='quiet'>No window is over yet.</p>"
    ends = f'<div class="ends"><span>{story.when(axis.first_us)}</span><span>{story.when(axis.last_us)}</span></div>'
    bands = "".join(
        f"<h3>{name}</h3>{timeline.band(axis, cases)}"
        for name, cases in (("Incidents", drift), ("Data quality", quality))
        if cases
    )
    shown = f'<div class="bands card">{bands}{ends}</div>' if bands else ""
    drifted = {name for window in story.windows for name in window.drifted}
    charts = "".join(
        f'<div class="card"><div class="head"><h3>{escape(name)}</h3>'
        f'<span class="num{" hot" if name in drifted else ""}">largest {story.largest(name):.2f}</span></div>'
        f'<div class="plot">{timeline.column_chart(axis, points, name)}</div>{ends}</div>'  # type: ignore[arg-type]
        for name in story.columns
    )
    unfinished = (
        f'<span><i style="background:var(--rule)"></i>left out: {story.unfinished()}</span>'
        if story.unfinished()
        else ""
    )
    key = (
        '<div class="key"><span><i style="background:var(--line);height:3px;vertical-align:3px"></i>distance from the reference (KS) in each window</span>'
        '<span><i style="border-top:2px dashed var(--limit);height:0;vertical-align:3px;border-radius:0"></i>where the rule rings</span>'
        '<span><i style="background:var(--soft)"></i>drift</span><span><i style="background:var(--broken-soft)"></i>data broken</span>'
        f"{unfinished}</div>"
    )
    return f"<h2>Every column in time</h2><p class='quiet'>0 is the reference's own distribution, 1 is nothing in common with it. Point at a chart for its numbers.</p>{key}{shown}<div class='grid'>{charts}</div>"


def _pictures(story: Story) -> str:
    if not story.pictures:
        return ""
    key = '<div class="key"><span><i style="background:var(--old)"></i>reference</span><span><i style="background:var(--drift)"></i>the window where it lay farthest away</span></div>'
    cards = "".join(_picture(story, picture) for picture in story.pictures)
    return f"<h2>What changed</h2>{key}<div style='display:grid;gap:14px;margin-top:14px'>{cards}</div>"


def _picture(story: Story, picture: Picture) -> str:
    said, window = picture.statistics, picture.window
    when = f"{story.when(parse_time_us(window.start))} to {story.when(parse_time_us(window.end))}"
    threshold = window.thresholds.get(picture.column)
    rows = {
        "distance (KS)": f"{said.ks or 0:.3f}",
        "rings above": "" if threshold is None or threshold >= 1 else f"{threshold:.3f}",
        "median": ""
        if picture.median is None or said.reference_median is None
        else f"{number(said.reference_median)} &rarr; {escape(picture.median)}",
        "missing": ""
        if said.nulls is None or said.reference_nulls is None
        else f"{said.reference_nulls:.1%} &rarr; {said.nulls:.1%}",
        "PSI": "" if said.psi is None else f"{said.psi:.2f}",
        "shift (Wasserstein)": "" if said.wasserstein is None else number(said.wasserstein),
        "rows": f"{said.rows:,}",
    }
    table = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows.items() if value)
    return (
        f'<div class="card"><div class="head"><h3>{escape(picture.column)}</h3><span class="num">{when}</span></div>'
        f'<div class="picture">{figure(picture.shape, picture.column)}<table>{table}</table>{beyond(picture.shape)}</div></div>'
    )


def _cases(story: Story, title: str, about: str, cases: Sequence[Case]) -> str:
    if not cases:
        return ""
    items = "".join(_case(story, case) for case in cases[:MOST_CASES])
    more = f"<p class='quiet'>and {len(cases) - MOST_CASES} more</p>" if len(cases) > MOST_CASES else ""
    return f"<h2>{title}</h2><p class='quiet'>{about}</p><ol class='cases'>{items}</ol>{more}"


def _case(story: Story, case: Case) -> str:
    kind = "broken" if case.first.type == "quality" else case.last.severity
    end = "open" if case.end_us is None else f"over at {story.when(case.end_us)}"
    state = "<span class='chip open'>open</span>" if case.end_us is None else ""
    parts = "".join(
        f"<li>{escape(column.name)}: {escape(column.reference)} &rarr; {escape(column.current)}</li>"
        for column in case.first.columns
        if column.reference and column.current
    )
    listed = f"<ul class='quiet'>{parts}</ul>" if parts else ""
    return (
        f'<li class="card" id="{case.first.incident}"><span class="chip {kind}">{case.last.severity}</span>{state}'
        f"<b>{escape(', '.join(case.columns))}</b>"
        f"<p>{escape(case.first.summary.partition(': ')[2] or case.first.summary)}</p>{listed}"
        f"<p class='quiet'>since {story.when(case.start_us)}, rang at {story.when(parse_time_us(case.first.time))}, {end}. {escape(case.first.action[:1].upper() + case.first.action[1:])}.</p></li>"
    )
