"""A spec file is refused with the line, the key and the nearest right name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.references.kinds import Guess
from bellbuoy_stream.specs.lines import line_of
from bellbuoy_stream.specs.monitor import DataSpec, MonitorSpec
from bellbuoy_stream.specs.suggest import nearest
from bellbuoy_stream.specs.template import spec_template
from bellbuoy_stream.specs.toml import read_spec


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('modell = "m"', "line 1: modell is no key; did you mean 'model'?"),
        ("[window]\nsize = '1d'", "`model` is missing"),
        ('model = "m"\n\n[window]\nsise = "1w"', "line 4: window.sise is no key; did you mean 'size'?"),
        ('model = "m"\nwindow.sise = "1w"', "line 2: window.sise"),
        ('model = "m"\nwindow = {sise = "1w"}', "line 2: window.sise"),
        ('model = "m"\n[drift]\ndisorder = "1m"', "line 3: drift.disorder is no key; it belongs in [window]"),
        (
            'model = "m"\n[drift]\nalpha = "high"',
            "line 3: drift.alpha = 'high': expected a number, got a text",
        ),
        ('model = "m"\n[drift]\nalpha = 2', "line 3: drift.alpha = 2.0 must lie between 0 and 1"),
        ('model = "m"\n[drift]\npolicy = "multiscale"', "did you mean 'multiscale_ks'?"),
        (
            'model = "m"\n[drift]\nfalse_alarms = "few"',
            "line 3: drift.false_alarms = 'few': write it as '1 per 30d'",
        ),
        ('model = "m"\n[drift]\nseason = "soon"', "line 3: drift.season: 'soon' is not a duration"),
        ('model = "m"\n[window]\nsize = "1d"\npane = "7h"', "line 4: window.pane = '7h' must divide"),
        ('model = "m"\n[window]\ntimezone = "Mars"', "line 3: window.timezone = 'Mars' is no time zone"),
        ('model = "m"\n[columns.x]\nkind = "categoric"', "did you mean 'categorical'?"),
        ('model = "m"\n[columns.x]\nmax_categories = 0', "columns.x.max_categories = 0 must be at least 1"),
        (
            'model = "m"\n[columns."a b"]\npag = false',
            "line 3: columns.a b.pag is no key; did you mean 'page'?",
        ),
        ('model = "m"\n[labels]\nhorizon = "3d"', "line 2: this version does not know [labels] yet"),
        ('model = "m"\n[[source]]\ntopic = "t"', "line 2: this version does not know [[source]] yet"),
        ('model = "m"\n[[notify]]\nurl = "a"\n[[notify]]\ntypes = []', "line 4: notify[1] has no url"),
        ('model = "m"\nwindow = 3', "line 2: window must be a section"),
        ('model = "m"\n[window', "is no TOML"),
        ('model = "a/b"', "model = 'a/b'"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(text, "m.toml")
    assert str(caught.value).startswith("m.toml")
    assert said in str(caught.value)


def test_everything_that_may_be_said() -> None:
    spec = read_spec(
        """
        model = "flights"
        task = "binary"
        [data]
        id = ["day", "flight"]
        time = "event_time"
        score = "p"
        label = "late"
        label_time = "label_time"
        [columns.origin]
        kind = "categorical"
        max_categories = 200
        min_effect = 0.2
        page = false
        [window]
        size = "1d"
        pane = "1h"
        timezone = "America/New_York"
        disorder = "10m"
        keep = "4d"
        [drift]
        policy = "multiscale_ks"
        false_alarms = "1 per 30d"
        min_effect = 0.1
        alpha = 0.01
        after_alarm = "continue"
        season = "1w"
        warmup = "14d"
        segments = ["origin"]
        max_segments = 20
        [reference]
        fallback = "latest"
        [storage]
        url = "s3://bucket/bellbuoy"
        [[notify]]
        url = "env:PAGER"
        types = ["drift"]
        min_severity = "high"
        """
    )
    assert spec.data.id == ["day", "flight"]
    assert spec.columns["origin"].page is False
    assert spec.notify[0].min_severity == "high"


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(st.dictionaries(names, st.sampled_from(["numeric", "categorical", "id"]), max_size=5), names)
def test_what_init_writes_can_be_read_whatever_columns_are_called(kinds: dict[str, str], time: str) -> None:
    guesses = {name: Guess(kind, "seen") for name, kind in kinds.items()}  # type: ignore[arg-type]
    spec = read_spec(spec_template("m", DataSpec(time=time), guesses))
    assert spec.data.time == time
    assert {name: column.kind for name, column in spec.columns.items()} == kinds


def test_the_defaults_that_init_writes_are_the_defaults() -> None:
    text = spec_template("m", DataSpec(), {})
    uncommented = "\n".join(
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith(("# [", "# size", "# pane", "# timezone", "# disorder", "# keep", "# idle", "# policy",
                            "# false_alarms", "# min_effect", "# alpha", "# correction", "# after_alarm",
                            "# max_segments", "# fallback", "# task"))
    )  # fmt: skip
    assert read_spec(f'model = "m"\n{uncommented}') == MonitorSpec(model="m")


def test_lines_of_keys_in_every_way_of_writing_them() -> None:
    text = 'a.b = 1\n["x y"]\n"k" = 2\n[t.u]\nv = {w = 3}\n'
    paths = (("a", "b"), ("x y", "k"), ("t", "u", "v", "w"), ("t", "nowhere"), ("nowhere",))
    assert [line_of(text, path) for path in paths] == [1, 3, 5, 4, None]


def test_nearest_says_nothing_where_nothing_is_allowed() -> None:
    assert nearest("x", []) == ""
