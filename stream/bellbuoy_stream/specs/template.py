"""The commented TOML file that `bellbuoy init` writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.specs.monitor import ColumnSpec, DriftSpec, WindowSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellbuoy_stream.references.kinds import Guess
    from bellbuoy_stream.specs.monitor import DataSpec

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WINDOW = {
    "size": "tumbling report windows; panes divide it",
    "pane": "how often the detectors look",
    "timezone": "windows begin at its midnight",
    "disorder": "how late rows may come",
    "keep": "how long closed windows can be revised",
    "idle": "silence after which a partition no longer holds the others back",
}
_DRIFT = {
    "policy": "window_ks | multiscale_ks | sequential",
    "false_alarms": "for the whole model, all columns together",
    "min_effect": "smallest KS distance worth waking someone for",
    "alpha": "of window_ks",
    "correction": "of window_ks: bonferroni | holm | bh",
    "after_alarm": 'or "rebaseline": the next stable stretch becomes the reference',
    "max_segments": "most values of a segment column that are watched on their own",
}
_OPTIONAL = (
    ('season = "1w"', "what repeats: the reference is compared phase by phase"),
    ('warmup = "14d"', "calibrate on live panes first (read, not acted on by this version)"),
    ('segments = ["country"]', "watch each value of these columns on its own too"),
)


def spec_template(model: str, data: DataSpec, guesses: Mapping[str, Guess]) -> str:
    """TOML text of a new spec: every default as a comment, every column with the kind it was taken for.

    Parameters
    ----------
    model
        Its name.
    data
        Roles of columns, as far as they are known.
    guesses
        Kind of each feature, and why.

    Examples
    --------
    >>> from bellbuoy_stream.references.kinds import Guess
    >>> from bellbuoy_stream.specs.monitor import DataSpec
    >>> text = spec_template("flights", DataSpec(time="at"), {"x y": Guess("numeric", "numbers, 3 distinct")})
    >>> [line for line in text.splitlines() if line and line[0] != "#"]
    ['model = "flights"', '[data]', 'time = "at"', '[columns."x y"]', 'kind = "numeric"      # numbers, 3 distinct']
    """
    lines = [
        "# What Bellbuoy watches of one model. Lines behind # are the defaults: take the # away to change one.",
        f"model = {_text(model)}",
        '# task = "binary"              # binary | multiclass | regression',
        "",
        "[data]                         # which columns of a file are what; all others are features",
        *_data(data),
        "",
        "# [window]",
        *_defaults(WindowSpec(), _WINDOW),
        "",
        "# [drift]",
        *_defaults(DriftSpec(), _DRIFT),
        *(_aligned(f"# {line}", comment) for line, comment in _OPTIONAL),
        "",
        "# [reference]",
        _aligned(
            '# fallback = "latest"',
            'a version without a reference is compared with the latest one; or "none"',
        ),
        "",
        "# Kinds: numeric | categorical | text | id | time | embedding | ignore. Each was guessed from the file.",
        f"# A column may also have max_categories = {ColumnSpec().max_categories}, min_effect = 0.2, page = false (report, do not ring).",  # noqa: E501
    ]
    for name, guess in guesses.items():
        key = name if _BARE.fullmatch(name) else _text(name)
        lines += [f"[columns.{key}]", _aligned(f'kind = "{guess.kind}"', guess.why, 21), ""]
    text = "\n".join(lines).rstrip() + "\n"
    return text.replace("[data]                         #", "[data]\n#")


def _data(data: DataSpec) -> list[str]:
    lines = []
    for field in msgspec.structs.fields(data):
        value = getattr(data, field.name)
        if value is None:
            lines.append(f'# {field.name} = "column"')
        elif isinstance(value, list):
            lines.append(f"{field.name} = [{', '.join(map(_text, value))}]")
        else:
            lines.append(f"{field.name} = {_text(value)}")
    return lines


def _defaults(section: msgspec.Struct, comments: Mapping[str, str]) -> list[str]:
    return [
        _aligned(f"# {name} = {_value(getattr(section, name))}", comment)
        for name, comment in comments.items()
    ]


def _aligned(line: str, comment: str, width: int = 30) -> str:
    return f"{line:<{width}} # {comment}"


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else str(value).lower()


def _text(text: str) -> str:
    """The text as a TOML string."""
    return msgspec.json.encode(text).decode()
