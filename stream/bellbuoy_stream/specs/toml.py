"""A spec from its TOML text: what is wrong is named with its line, its key and the nearest right name."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, get_args, get_origin

import msgspec

from bellbuoy_stream.errors import SpecError
from bellbuoy_stream.specs.lines import line_of
from bellbuoy_stream.specs.monitor import ColumnSpec, MonitorSpec, NotifySpec, Section
from bellbuoy_stream.specs.suggest import nearest
from bellbuoy_stream.times import duration_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellbuoy_stream.specs.lines import Path

LATER = ("labels", "performance", "retrain", "rollout", "source")
"""Sections that are part of the format and that this version cannot act on yet."""
_KEY_IN_MESSAGE = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")


def read_spec(text: str, where: str = "spec") -> MonitorSpec:
    r"""The spec in a TOML text.

    Parameters
    ----------
    text
        The file's text.
    where
        The file's name, for messages.

    Raises
    ------
    SpecError
        Where it is no TOML, or a key is unknown, a type wrong, a value impossible, or a section of a later version.

    Examples
    --------
    >>> read_spec('model = "flights"\n[window]\nsize = "1w"').window.size
    '1w'
    >>> read_spec('model = "flights"\n[window]\nsise = "1w"', "flights.toml")
    Traceback (most recent call last):
    bellbuoy_stream.errors.SpecError: flights.toml, line 3: window.sise is no key; did you mean 'size'?
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{where} is no TOML: {error}") from error
    for path, problem in _problems(tree):
        line = line_of(text, path)
        raise SpecError(f"{where}{f', line {line}' if line else ''}: {problem}")
    try:
        return spec_of_tree(tree)
    except SpecError as error:
        key = _KEY_IN_MESSAGE.search(str(error))
        line = line_of(text, key.groups()) if key else None
        raise SpecError(f"{where}{f', line {line}' if line else ''}: {error}") from error


def spec_of_tree(tree: dict[str, Any]) -> MonitorSpec:
    """The spec in a tree of plain values.

    Raises
    ------
    SpecError
        Naming the key, and what is wrong with it.

    Examples
    --------
    >>> spec_of_tree({"model": "m", "drift": {"policy": "window"}})
    Traceback (most recent call last):
    bellbuoy_stream.errors.SpecError: drift.policy = 'window' is not allowed; did you mean 'window_ks'?
    """
    for _, problem in _problems(tree):
        raise SpecError(problem)
    try:
        spec: MonitorSpec = msgspec.convert(tree, MonitorSpec)
    except msgspec.ValidationError as error:
        raise SpecError(str(error)) from error
    return possible(spec)


def possible(spec: MonitorSpec) -> MonitorSpec:
    """Itself, where every value is possible: more than its own :meth:`~MonitorSpec.checked` looks at.

    Raises
    ------
    SpecError
        Naming the key, the value and what is allowed.

    Examples
    --------
    >>> from bellbuoy_stream.specs.monitor import DriftSpec
    >>> possible(MonitorSpec(model="m", drift=DriftSpec(max_segments=0)))
    Traceback (most recent call last):
    bellbuoy_stream.errors.SpecError: drift.max_segments = 0 must be at least 1
    """
    if not re.fullmatch(r"[\w.-]+", spec.model):
        raise SpecError(f"model = {spec.model!r}: write letters, digits, '.', '-' and '_'")
    for section, key, least in DURATIONS:
        _duration(section, key, getattr(getattr(spec, section), key), least)
    spec.checked()
    if spec.drift.max_segments < 1:
        raise SpecError(f"drift.max_segments = {spec.drift.max_segments} must be at least 1")
    for name, column in spec.columns.items():
        if column.max_categories < 1:
            raise SpecError(f"columns.{name}.max_categories = {column.max_categories} must be at least 1")
        if column.min_effect is not None and not 0 <= column.min_effect < 1:
            raise SpecError(f"columns.{name}.min_effect = {column.min_effect} must be at least 0 and below 1")
    from bellbuoy_stream.windows.calendar import Calendar  # noqa: PLC0415  # needs numpy, reading a spec does not

    Calendar.of(spec.window)
    return spec


DURATIONS = (
    ("window", "size", 1), ("window", "pane", 1), ("window", "disorder", 0), ("window", "keep", 0),
    ("window", "idle", 0), ("drift", "season", 1), ("drift", "warmup", 1),
)  # fmt: skip
"""Sections and keys that are lengths of time, and the shortest allowed in microseconds."""


def _duration(section: str, key: str, value: str | None, least: int) -> None:
    if value is None:
        return
    try:
        length = duration_us(value)
    except SpecError as error:
        raise SpecError(f"{section}.{key}: {error}") from error
    if length < least:
        raise SpecError(f"{section}.{key} = {value!r} must be longer than nothing")


def _problems(tree: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for name in LATER:
        if name in tree:
            brackets = "[[]]" if isinstance(tree[name], list) else "[]"
            middle = len(brackets) // 2
            shown = f"{brackets[:middle]}{name}{brackets[middle:]}"
            yield (
                (name,),
                f"this version does not know {shown} yet; take the section out (it is a monitor only)",
            )
    yield from _section(tree, MonitorSpec, ())
    if "model" not in tree:
        yield (), '`model` is missing; write model = "name" at the top'


def _section(tree: Any, kind: type[Section], path: Path) -> Iterator[tuple[Path, str]]:
    """What is wrong in a section, key by key."""
    if not isinstance(tree, dict):
        yield path, f"{_shown(path)} must be a section: write [{_shown(path)}]"
        return
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in tree.items():
        here = (*path, key)
        if key not in fields:
            yield here, f"{_shown(here)} is no key{_elsewhere(key, path) or nearest(key, fields)}"
        elif isinstance(fields[key], type) and issubclass(fields[key], Section):
            yield from _section(value, fields[key], here)
        elif key == "columns" and kind is MonitorSpec:
            yield from _columns(value, here)
        elif key == "notify":
            yield from _list(value, here)
        else:
            yield from _value(value, fields[key], here)


def _columns(tree: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(tree, dict):
        yield path, "columns must be sections: write [columns.name]"
        return
    for name, column in tree.items():
        yield from _section(column, ColumnSpec, (*path, name))


def _list(tree: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(tree, list):
        yield path, f"{_shown(path)} must be a list of sections: write [[{_shown(path)}]]"
        return
    for place, item in enumerate(tree):
        here = (*path, place)
        yield from _section(item, NotifySpec, here)
        if isinstance(item, dict) and "url" not in item:
            yield here, f"{_shown(here)} has no url"


def _value(value: Any, kind: Any, path: Path) -> Iterator[tuple[Path, str]]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        choices = _choices(kind)
        if choices and isinstance(value, str):
            yield path, f"{_shown(path)} = {value!r} is not allowed{nearest(value, choices)}"
        else:
            yield path, f"{_shown(path)} = {value!r}: {_plain(str(error))}"


def _choices(kind: Any) -> list[str]:
    """Texts that a Literal, or an optional one, allows."""
    found: list[str] = []
    for part in get_args(kind):
        found += [part] if isinstance(part, str) else _choices(part) if get_origin(part) else []
    return found


def _plain(message: str) -> str:
    """What the type checker says, in a person's words."""
    message = message.partition(" - at ")[0].replace("`", "")
    names = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "null": "nothing",
             "array": "a list", "object": "a section"}  # fmt: skip
    return re.sub(
        r"\b(str|int|float|bool|null|array|object)\b", lambda found: names[found[0]], message
    ).replace("Expected", "expected")


def _elsewhere(key: str, path: Path) -> str:
    """Where a key belongs that stands in the wrong section."""
    for field in msgspec.structs.fields(MonitorSpec):
        section = field.type
        if not isinstance(section, type) or not issubclass(section, Section) or (field.name,) == path:
            continue
        if key in {inner.name for inner in msgspec.structs.fields(section)}:
            return f"; it belongs in [{field.name}]"
    return ""


def _shown(path: Path) -> str:
    return (
        ".".join(f"[{part}]" if isinstance(part, int) else str(part) for part in path).replace(".[", "[")
        or "the file"
    )
