"""Which columns of a file are what: those that are not features are named by the spec or by flags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bellbuoy_stream.errors import InputError
from bellbuoy_stream.specs.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellbuoy_stream.specs.monitor import DataSpec


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of the columns that are not features, and which features are wanted (None: all).

    Examples
    --------
    >>> Roles(time="event_time", label="late").features(["event_time", "x", "late", "y"])
    ('x', 'y')
    """

    id: tuple[str, ...] = ()
    time: str | None = None
    prediction: str | None = None
    score: str | None = None
    label: str | None = None
    label_time: str | None = None
    only: tuple[str, ...] | None = None

    @classmethod
    def of(cls, data: DataSpec) -> Roles:
        """Roles as a spec's ``[data]`` names them."""
        ids = (data.id,) if isinstance(data.id, str) else tuple(data.id or ())
        return cls(ids, data.time, data.prediction, data.score, data.label, data.label_time)

    def overridden(
        self,
        *,
        id: str | None = None,  # noqa: A002  # the name of the role
        time: str | None = None,
        prediction: str | None = None,
        score: str | None = None,
        label: str | None = None,
        label_time: str | None = None,
        only: tuple[str, ...] | None = None,
    ) -> Roles:
        """Roles with those replaced that a flag names."""
        given: dict[str, Any] = {
            "id": None if id is None else tuple(id.split(",")),
            "time": time,
            "prediction": prediction,
            "score": score,
            "label": label,
            "label_time": label_time,
            "only": only,
        }
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def among(self, names: Sequence[str]) -> Roles:
        """Roles without ids and labels that a file does not have: it can be read without them.

        Examples
        --------
        >>> Roles(id=("key",), time="at", label="late").among(["at", "x"])
        Roles(id=(), time='at', prediction=None, score=None, label=None, label_time=None, only=None)
        """
        return replace(
            self,
            id=self.id if set(self.id) <= set(names) else (),
            label=self.label if self.label in names else None,
            label_time=self.label_time if self.label_time in names else None,
        )

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that has a role."""
        single = (self.time, self.prediction, self.score, self.label, self.label_time)
        return (*self.id, *(name for name in single if name is not None))

    def features(self, names: Sequence[str]) -> tuple[str, ...]:
        """Columns that are features, in the file's order."""
        taken = set(self.named)
        if self.only is not None:
            return tuple(name for name in names if name in self.only and name not in taken)
        return tuple(name for name in names if name not in taken)

    def needed(self, names: Sequence[str]) -> tuple[str, ...]:
        """Columns that must be read: all but labels, which are not sent with predictions."""
        used = {*self.id, *(name for name in (self.time, self.prediction, self.score) if name is not None)}
        used.update(self.features(names))
        return tuple(name for name in names if name in used)

    def checked(self, names: Sequence[str], where: str) -> Roles:
        """Itself, where a file has every column it names.

        Raises
        ------
        InputError
            Naming the missing column and the nearest one that is there.
        """
        for name in (*self.named, *(self.only or ())):
            if name not in names:
                raise InputError(f"{where} has no column {name!r}{nearest(name, names)}")
        return self
