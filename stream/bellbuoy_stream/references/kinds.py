"""Guessing what kind of column a sample of values is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bellbuoy_stream.counting.values import NUMBER, OTHER, TEXT, Values, values_of
from bellbuoy_stream.times import parse_time_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.events.columns import Column
    from bellbuoy_stream.specs.monitor import ColumnKind

ID_NAME = re.compile(r"(^|[^a-z])(id|ids|uuid|guid|key)$|[a-z](Id|ID|Uuid|UUID)$")
ID_DISTINCT = 0.9
"""A column named as an id is one where at least so large a share of its values is distinct."""
FEW_DISTINCT = 20
"""Texts with at most so many distinct values are categories, however few rows there are."""
CATEGORY_DISTINCT = 0.5
"""Beyond that, texts are categories while at most half of them are distinct."""
TEXT_WORDS = 3.0
"""Texts of so many words on average are free text, unless they repeat (at most one in twenty distinct)."""
TEXT_DISTINCT = 0.05
TIME_SHARE = 0.95
"""Texts are times where at least so large a share of the distinct ones can be read as RFC 3339."""
TIMES_READ = 200  # distinct texts that are tried as times


class Guess(NamedTuple):
    """A kind, and why."""

    kind: ColumnKind
    why: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What was seen in a sample: rows, those with a value, and of these numbers, texts and vectors."""

    rows: int
    present: int
    numbers: int
    texts: int
    vectors: int
    distinct: int
    booleans: bool
    words: float
    times: float

    @classmethod
    def of(cls, sample: Sequence[Values]) -> Profile:
        """Profile of a column's values in one or several chunks.

        Examples
        --------
        >>> profile = Profile.of([values_of(["a", "b", None, 3])])
        >>> profile.present, profile.numbers, profile.texts, profile.distinct
        (3, 1, 2, 3)
        """
        texts: dict[str, None] = {}
        numbers = [np.zeros(0)]
        counts = dict.fromkeys(("numbers", "texts", "vectors", "other"), 0)
        for values in sample:
            states = values.state()
            counts["other"] += int((states == OTHER).sum())
            if values.numbers is not None and values.numbers.ndim == 2:
                counts["vectors"] += int((states == NUMBER).sum())
                continue
            counts["texts"] += int((states == TEXT).sum())
            counts["numbers"] += int((states == NUMBER).sum())
            if values.codes is not None:
                texts.update(
                    dict.fromkeys(values.texts[code] for code in np.unique(values.codes[states == TEXT]))
                )
            if values.numbers is not None:
                numbers.append(np.unique(values.numbers[states == NUMBER].astype(np.float64)))
        tried = [text for text in texts if any(letter.isdigit() for letter in text)][:TIMES_READ]
        times = sum(map(_is_time, tried)) / max(min(len(texts), TIMES_READ), 1)
        words = sum(len(text.split()) for text in texts) / max(len(texts), 1)
        return cls(
            sum(values.rows for values in sample),
            sum(counts.values()),
            counts["numbers"],
            counts["texts"],
            counts["vectors"],
            len(texts) + len(np.unique(np.concatenate(numbers))),
            bool(texts) and set(texts) <= {"true", "false"},
            words,
            times,
        )


def _is_time(text: str) -> bool:
    try:
        parse_time_us(text)
    except ValueError:
        return False
    return True


def guess_kind(name: str, profile: Profile) -> Guess:
    """Kind of a column from its name and a sample.

    In this order: vectors are embeddings; a column named as an id whose values hardly repeat is an id; numbers are
    numeric (whole ones too: all their distinct values become cuts); booleans are categories; texts are times,
    categories, or free text (measured by length).

    Examples
    --------
    >>> def kind(name, values):
    ...     return guess_kind(name, Profile.of([values_of(values)])).kind
    >>> kind("x", [1.5, 2]), kind("ok", [True, False]), kind("user_id", ["u1", "u2"]), kind("day", ["2013-03-18"])
    ('numeric', 'categorical', 'id', 'time')
    """
    present = profile.present
    if not present:
        return Guess("numeric", "no value in the sample")
    share = profile.distinct / present
    if profile.vectors * 2 > present:
        return Guess("embedding", "lists of numbers of one length")
    if ID_NAME.search(name) and share >= ID_DISTINCT:
        return Guess("id", f"named as an id, {share:.0%} of its values distinct")
    if profile.numbers * 2 > present:
        return Guess("numeric", f"numbers, {profile.distinct} distinct")
    if not profile.texts:
        return Guess("ignore", "neither numbers nor texts")
    return _guess_text(profile, share)


def _guess_text(profile: Profile, share: float) -> Guess:
    if profile.booleans:
        return Guess("categorical", "true or false")
    if profile.times >= TIME_SHARE:
        return Guess("time", "texts that are RFC 3339 times")
    if profile.words >= TEXT_WORDS and share > TEXT_DISTINCT:
        return Guess("text", f"texts of {profile.words:.0f} words on average")
    if profile.distinct <= FEW_DISTINCT or share <= CATEGORY_DISTINCT:
        return Guess("categorical", f"texts, {profile.distinct} distinct in {profile.present}")
    return Guess("text", f"texts that hardly repeat, {profile.distinct} distinct in {profile.present}")


def guess_column(name: str, column: Column) -> Guess:
    """Kind of a column from its name and a sample of its rows.

    Examples
    --------
    >>> guess_column("origin", ["EWR", "JFK", "EWR", None])
    Guess(kind='categorical', why='texts, 2 distinct in 3')
    """
    return guess_kind(name, Profile.of([values_of(column, name)]))
