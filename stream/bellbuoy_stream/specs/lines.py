"""In which line of a TOML text a key stands: the parser does not say."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")

Path = tuple[str | int, ...]


def line_of(text: str, path: Path) -> int | None:
    r"""Line (from 1) of a key or a section, or of the nearest section around it; None where there is none.

    Parameters
    ----------
    path
        Keys from the top; a number is the place in an array of tables.

    Examples
    --------
    >>> text = 'model = "m"\n[drift]\nalpha = 2\n[[notify]]\nurl = "a"\n[[notify]]\nurl = 3'
    >>> line_of(text, ("drift", "alpha")), line_of(text, ("notify", 1, "url")), line_of(text, ("drift", "x"))
    (3, 7, 2)
    """
    places = _places(text)
    for length in range(len(path), 0, -1):
        if path[:length] in places:
            return places[path[:length]]
    return None


def _places(text: str) -> dict[Path, int]:
    places: dict[Path, int] = {}
    section: Path = ()
    arrays: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            section = _keys(header[2])
            if header[1] == "[[":
                arrays[section] = arrays.get(section, -1) + 1
                places.setdefault(section, number)
                section = (*section, arrays[section])
            _note(places, section, number)
        elif key:
            _note(places, (*section, *_keys(key[1])), number)
            for inner in _inline(line[key.end() :]):
                _note(places, (*section, *_keys(key[1]), inner), number)
    return places


def _note(places: dict[Path, int], path: Path, number: int) -> None:
    for length in range(1, len(path) + 1):
        places.setdefault(path[:length], number)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _inline(text: str) -> list[str]:
    """Keys of an inline table."""
    return re.findall(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", text)
