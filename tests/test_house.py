"""Rules of the house that no linter knows: size of files, faces of packages, purity of the core."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = (ROOT / "stream", ROOT / "producers", ROOT / "consumers")
CODE = (*PACKAGES, ROOT / "tests", ROOT / "benchmarks", ROOT / "validity")
MOST_LINES = 450
MEDIAN_LINES = 150
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".txt", ".cfg", ".html", ".js", ".css", ""}
# addresses of package indexes, folders of one person's machine, keys
FORBIDDEN = re.compile(
    r"https?://[\w.-]*(?:pypi|pythonhosted|simple/)|--(?:extra-)?index-url|--find-links|/home/\w+/|/Users/\w+/|/root/"
    r"|/work/|-----BEGIN [A-Z ]*PRIVATE KEY"
)
# what reads a clock, chance, a file, the terminal, although no import tells
IMPURE_CALLS = re.compile(r"\.(?:now|today|utcnow)\(|\brandom\.|\bdefault_rng\(|\b(?:open|input|print)\(")


def python_files(*folders: Path) -> list[Path]:
    """Python files of the folders, in order."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def named(path: Path) -> str:
    """Path from the root, as a test's id."""
    return path.relative_to(ROOT).as_posix()


def lines_of(path: Path) -> int:
    """Number of lines of a file."""
    return len(path.read_text().splitlines())


def code_alone(path: Path) -> str:
    """Source without docstrings and comments."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not is_text(line)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def is_text(node: ast.AST) -> bool:
    """Whether the statement is a bare string: documentation."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def imported_names(tree: ast.Module) -> set[str]:
    """Public names of our own packages that a module imports by name, eagerly or for the type checker."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("bellbuoy")):
            names.update(alias.asname or alias.name for alias in node.names)
    return {name for name in names if not name.startswith("_")}


def declared_names(tree: ast.Module) -> list[str] | None:
    """The list ``__all__``, or None where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "__all__" for target in node.targets):
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def repository_texts() -> list[Path]:
    """Text files of the project, whatever git or tools keep beside them left aside."""
    inside = [
        path
        for folder in (*CODE, ROOT / "docs", ROOT / "compose", ROOT / ".ci")
        for path in folder.rglob("*")
    ]
    files = [path for path in (*inside, *ROOT.glob("*")) if path.is_file() and path.suffix in TEXTS]
    return [path for path in files if "__pycache__" not in path.parts and path != Path(__file__)]


@pytest.mark.parametrize("path", python_files(*CODE), ids=named)
def test_no_file_is_long(path: Path) -> None:
    assert lines_of(path) <= MOST_LINES, f"{named(path)}: which two ideas live in it?"


def test_the_median_file_is_short() -> None:
    assert statistics.median(lines_of(path) for path in python_files(*PACKAGES)) < MEDIAN_LINES


def test_nothing_tells_of_one_machine() -> None:
    found = {
        named(path): match[0] for path in repository_texts() if (match := FORBIDDEN.search(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize("path", [p for p in python_files(*PACKAGES) if p.name == "__init__.py"], ids=named)
def test_a_face_names_what_it_shows(path: Path) -> None:
    tree = ast.parse(path.read_text())
    shown, names = imported_names(tree), declared_names(tree)
    if names is None:
        assert not shown, f"{named(path)} imports {sorted(shown)} but has no __all__"
        return
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert len(names) == len(set(names))
    assert set(names) - own - {"__version__"} <= shown
    public = {name for name in own if not name.startswith("_")}
    assert shown | public <= set(names)


@pytest.mark.parametrize("path", python_files(ROOT / "stream"), ids=named)
def test_the_core_reads_no_clock_chance_or_file(path: Path) -> None:
    call = IMPURE_CALLS.search(code_alone(path))
    assert call is None, f"{named(path)} reads what is not in its log"
