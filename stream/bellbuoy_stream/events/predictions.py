"""Predictions and labels: what a live app sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bellbuoy_stream.errors import EventError
from bellbuoy_stream.events.base import Event
from bellbuoy_stream.events.columns import Column, Packed, column_rows
from bellbuoy_stream.times import MAX_US, parse_time_us

Feature = Any  # number, text, boolean, null, or a list of numbers (an embedding)

if TYPE_CHECKING:
    Scores = Column | dict[str, Column] | None
else:
    Scores = Any  # msgspec takes one map-like type in a union: which one came is decided in __post_init__


class PredictionBatch(Event, frozen=True, kw_only=True, omit_defaults=True, tag="predictions"):
    """Rows that a model has scored, in columns of equal length.

    ``times`` are event times: RFC 3339 texts, Unix seconds, or packed ``i8`` microseconds.  Without them the
    record's append time is every row's time.  ``scores`` is a probability a row, or a mapping class -> column.
    ``weights``: how many rows each one stands for (sampling).  ``file`` and ``sequence``: digest of the file a
    record was sent from, and its number in it, so that a second sending counts nothing twice.
    """

    model: str
    version: str
    columns: dict[str, Column] = {}
    ids: Column | None = None
    times: Column | None = None
    predictions: Column | None = None
    scores: Scores = None
    weights: Column | None = None
    file: str | None = None
    sequence: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scores, dict | list | Packed | None):
            if isinstance(self.scores, dict):
                msgspec.structs.force_setattr(self, "scores", _typed_scores(self.scores))
        else:
            raise TypeError(
                f"scores must be a column or a mapping of columns, not {type(self.scores).__name__}"
            )

    def named_columns(self) -> dict[str, Column]:
        """Every column that is monitored, under the name it is reported by.

        Score and prediction are columns like any other: ``score`` (``score.<class>`` for several) and
        ``prediction``.  A feature of the same name keeps it.
        """
        named: dict[str, Column] = {}
        if self.predictions is not None:
            named["prediction"] = self.predictions
        if isinstance(self.scores, dict):
            named.update({f"score.{name}": column for name, column in self.scores.items()})
        elif self.scores is not None:
            named["score"] = self.scores
        named.update(self.columns)
        return named

    def rows(self) -> int:
        """Number of rows.

        Raises
        ------
        EventError
            Where columns differ in length.
        """
        lengths = {name: column_rows(column) for name, column in self.named_columns().items()}
        for name, column in (("ids", self.ids), ("times", self.times), ("weights", self.weights)):
            if column is not None:
                lengths[name] = column_rows(column)
        if len(set(lengths.values())) > 1:
            few = sorted(lengths.items(), key=lambda item: item[1])
            raise EventError("unequal-length", f"column {few[0][0]!r} has {few[0][1]} rows, {few[-1][0]!r} has {few[-1][1]}")  # fmt: skip  # noqa: E501
        return next(iter(lengths.values()), 0)


def _typed_scores(scores: dict[str, Any]) -> Column | dict[str, Column]:
    """Scores that came as a map: one packed column (its ``kind`` is a text), or a column a class."""
    kind: type[Any] = Packed if isinstance(scores.get("kind"), str) else dict[str, Column]
    typed: Column | dict[str, Column] = msgspec.convert(scores, kind)
    return typed


class Prediction(Event, frozen=True, kw_only=True, omit_defaults=True, tag="prediction"):
    """One scored row: the form that is easiest to write by hand, from any language."""

    model: str
    version: str
    features: dict[str, Feature] = {}
    id: str | None = None
    time: str | float | None = None
    prediction: Feature = None
    score: float | dict[str, float] | None = None
    weight: float | None = None

    def as_batch(self) -> PredictionBatch:
        """The same row as a batch of one."""
        score: Column | dict[str, Column] | None = None
        if isinstance(self.score, dict):
            score = {name: [value] for name, value in self.score.items()}
        elif self.score is not None:
            score = [self.score]
        return PredictionBatch(
            model=self.model,
            version=self.version,
            columns={name: [value] for name, value in self.features.items()},
            ids=None if self.id is None else [self.id],
            times=None if self.time is None else [self.time],
            predictions=None if self.prediction is None else [self.prediction],
            scores=score,
            weights=None if self.weight is None else [self.weight],
        )


class LabelBatch(Event, frozen=True, kw_only=True, omit_defaults=True, tag="labels"):
    """Truths that became known: ``ids`` of rows, their ``labels``, and when each was known."""

    model: str
    ids: Column
    labels: Column
    times: Column | None = None
    file: str | None = None
    sequence: int | None = None


class Label(Event, frozen=True, kw_only=True, omit_defaults=True, tag="label"):
    """One truth that became known."""

    model: str
    id: str
    label: Feature
    time: str | float | None = None

    def as_batch(self) -> LabelBatch:
        """The same label as a batch of one."""
        return LabelBatch(
            model=self.model,
            ids=[self.id],
            labels=[self.label],
            times=None if self.time is None else [self.time],
        )


def times_us(column: Column, name: str = "times") -> Packed | list[int]:
    """Event times as microseconds: packed ``i8`` as it is, everything else parsed.

    Raises
    ------
    EventError
        Where a value is not a time.
    """
    if isinstance(column, Packed):
        column.checked(name)
        if column.kind != "i8" or column.nulls is not None or column.width != 1:
            raise EventError(
                "wrong-type", f"packed {name} must be i8 microseconds without nulls, not {column.kind}"
            )
        return column
    try:
        parsed = [parse_time_us(value) for value in column]
    except (ValueError, TypeError, OverflowError) as error:
        raise EventError("wrong-type", f"{name} holds what is not a time: {error}") from error
    if any(time > MAX_US for time in parsed):
        raise EventError("wrong-type", f"{name} holds a time beyond the year 9999")
    return parsed
