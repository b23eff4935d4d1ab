"""Bytes that were sent in the past keep their meaning: files made once, one an event type and a form."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from bellbuoy_stream.events import EVENT_TYPES, Event, decode
from tests.stream.events.golden_files import FOLDER, tag_of


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=tag_of)
def test_golden_bytes_decode_to_the_same_event(event_type: type[Event]) -> None:
    file = FOLDER / f"{tag_of(event_type)}.json"
    assert file.exists(), "a new event type: run `python -m tests.stream.events.golden_files`, once"
    event = decode(file.read_bytes())
    assert type(event) is event_type
    assert decode(file.with_suffix(".msgpack").read_bytes()) == event
    assert_holds(msgspec.to_builtins(event), json.loads(file.read_bytes()))


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=tag_of)
def test_unknown_fields_are_ignored(event_type: type[Event]) -> None:
    for form in (msgspec.json, msgspec.msgpack):
        golden = (FOLDER / f"{tag_of(event_type)}.{form.__name__.rpartition('.')[2]}").read_bytes()
        newer = {"from_the_future": [1, {"x": 2}], **form.decode(golden)}
        assert decode(form.encode(newer)) == decode(golden)


def test_no_golden_file_is_an_orphan() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == {tag_of(event_type) for event_type in EVENT_TYPES}


def assert_holds(event: Any, golden: Any) -> None:
    """Everything that the golden file says is in the event, which may know more fields by now."""
    if isinstance(golden, dict):
        for name, value in golden.items():
            assert name in event, f"the field {name} is gone"
            assert_holds(event[name], value)
    else:
        assert event == golden
