"""Write the golden files of event types that have none yet: ``python -m tests.stream.events.golden_files``.

A golden file is made once and never again: its bytes stand for what was sent in the past.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from bellbuoy_stream.events import EVENT_TYPES, Event, encode, pack

FOLDER = Path(__file__).parent / "golden"


def tag_of(event_type: type[Event]) -> str:
    """The name by which a record says what it is."""
    return str(event_type.__struct_config__.tag)


def sample(event_type: type[Event]) -> Event:
    """An event with a value of its own in every field."""
    if tag_of(event_type) == "spec":
        fields = {"schema": 1, "spec": {"model": "flights", "task": "binary"}, "from_us": 5}
        return msgspec.convert(fields, event_type)
    info = msgspec.inspect.type_info(event_type)
    assert isinstance(info, msgspec.inspect.StructType)
    fields = {field.name: _value(field.type, field.name) for field in info.fields}
    return msgspec.convert({**fields, "schema": 1, "kind": tag_of(event_type)}, event_type)


def _value(kind: Any, name: str) -> Any:  # noqa: PLR0911  # a form of type a line
    """A value of a field's type that is not its default."""
    if isinstance(kind, msgspec.inspect.UnionType):
        present = [one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)]
        packed = [one for one in present if isinstance(one, msgspec.inspect.StructType)]
        return _value((packed or present)[0], name)
    if isinstance(kind, msgspec.inspect.StructType):
        if kind.cls.__name__ == "Packed":
            return msgspec.to_builtins(pack([1, None, 3]))
        return {field.encode_name: _value(field.type, field.name) for field in kind.fields}
    if isinstance(kind, msgspec.inspect.DictType):
        return {"a": _value(kind.value_type, name)}
    if isinstance(kind, msgspec.inspect.ListType):
        return [_value(kind.item_type, name)]
    if isinstance(kind, msgspec.inspect.LiteralType):
        return kind.values[0]
    simple = {
        "IntType": 3,
        "FloatType": 0.5,
        "StrType": name,
        "BoolType": True,
        "BytesType": "AQI=",
        "AnyType": [1, 2],
    }
    return simple[type(kind).__name__]


def write_missing() -> None:
    """Write what is missing, and leave alone what is there."""
    FOLDER.mkdir(exist_ok=True)
    for event_type in EVENT_TYPES:
        event = sample(event_type)
        for content in ("json", "msgpack"):
            file = FOLDER / f"{tag_of(event_type)}.{content}"
            if not file.exists():
                file.write_bytes(encode(event, content)[0])


if __name__ == "__main__":
    write_missing()
