"""Judge: folds a partition of panes into window reports and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bellbuoy_stream.errors import EventError, SnapshotError
from bellbuoy_stream.events.alerts import Alert
from bellbuoy_stream.events.markers import Command, SpecEffective
from bellbuoy_stream.events.panes import PaneDelta, Progress
from bellbuoy_stream.processors.admission import check_command, check_progress, check_spec
from bellbuoy_stream.processors.judge_model import JudgeState, ModelJudge
from bellbuoy_stream.processors.protocol import Emit, Reject, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bellbuoy_stream.events.base import Event
    from bellbuoy_stream.events.windows import WindowReport
    from bellbuoy_stream.processors.judge_model import Decision
    from bellbuoy_stream.processors.protocol import FindReference, Output, Position

_decoder = msgspec.msgpack.Decoder(dict[str, bytes])
_state_decoder = msgspec.msgpack.Decoder(JudgeState)


class Judge:
    """Windows, detectors and incidents of all models in one partition of ``panes``.

    Parameters
    ----------
    find_reference
        Looks a reference up by digest.
    saved
        What an earlier :meth:`snapshot` returned.
    """

    def __init__(self, find_reference: FindReference, saved: Snapshot | None = None) -> None:
        self._find = find_reference
        self._next = saved.position if saved else 0
        self.models: dict[str, ModelJudge] = {}
        if saved is not None:
            self._restore(saved.state)

    def on_event(self, event: Event, at: Position) -> list[Output]:
        """Fold one event of the partition; one that fits no spec or reference is refused and changes nothing."""
        self._next = at.offset + 1
        try:
            self._admit(event)
        except EventError as error:
            return [Reject(error.reason, error.detail)]
        if isinstance(event, SpecEffective):
            self._model(event.spec.model).learn(event.spec)
            return []
        if isinstance(event, PaneDelta):
            self._model(event.model).delta(event)
            return []
        if isinstance(event, Progress):
            return _emit(self._model(event.model).progress(event))
        if isinstance(event, Command):
            return _emit(self._model(event.model).command(event))
        return []

    def flush(self, *, idle: bool = False) -> list[Output]:
        """Nothing is held back between events."""
        del idle
        return []

    def open_windows(self) -> Iterator[WindowReport]:
        """Windows that are not over yet, as they stand."""
        for model in self.models.values():
            yield from model.open_windows()

    def snapshot(self) -> Snapshot:
        """State after the last event."""
        states = {name: msgspec.msgpack.encode(model.saved()) for name, model in self.models.items()}
        return Snapshot(self._next, msgspec.msgpack.encode(states))

    def _restore(self, data: bytes) -> None:
        try:
            for name, state in _decoder.decode(data).items():
                self.models[name] = ModelJudge(name, self._find, _state_decoder.decode(state))
        except msgspec.DecodeError as error:
            raise SnapshotError(f"a Judge's snapshot cannot be read: {error}") from error

    def _admit(self, event: Event) -> None:
        if isinstance(event, SpecEffective):
            check_spec(event.spec)
        elif isinstance(event, Command):
            check_command(event)
        elif isinstance(event, PaneDelta | Progress):
            model = self.models.get(event.model)
            if model is None or not model.state.specs:
                raise EventError(
                    "unknown-model", f"no spec of {event.model!r} came before it; run `bellbuoy apply`"
                )
            if isinstance(event, Progress):
                check_progress(event)
            else:
                model.admit(event)

    def _model(self, name: str) -> ModelJudge:
        if name not in self.models:
            self.models[name] = ModelJudge(name, self._find)
        return self.models[name]


def _emit(decisions: Iterable[Decision]) -> list[Output]:
    return [
        Emit("alerts" if isinstance(decision, Alert) else "windows", decision.model, decision)
        for decision in decisions
    ]
