"""Imports go one way: each room uses only those before it in the list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "archdsl"
ROOMS = (
    *("source", "resources", "files", "stack", "extras", "diagnostics", "syntax", "ops", "graph"),
    *("highlight", "analysis", "lower", "draw", "train", "zoo", "arch", "__init__", "lsp"),
    *("cli", "__main__"),
)
FILES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules of the package that are imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(parts: tuple[str, ...]) -> str:
    return next((part for part in parts if part in ROOMS), "__init__")


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_go_one_way(file: Path) -> None:
    own = ROOMS.index(room((*file.parts[:-1], file.stem)))
    for name in imported(ast.parse((PACKAGE / file).read_text(encoding="utf-8"))):
        package, *rest = name.split(".")
        if package == "archdsl":
            assert ROOMS.index(room(tuple(rest[:1]))) <= own, f"{file} imports {name}"


HOMES = {
    "lark": {"syntax"},
    "networkx": {"graph"},
    "numpy": {"analysis"},
    "graphviz": {"draw"},
    "pygraphviz": {"draw"},
    "torch": {"lower", "train", "arch"},
    "typer": {"cli"},
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "pygments": {"highlight"},
}


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_its_home(library: str) -> None:
    users = {
        room((*file.parts[:-1], file.stem))
        for file in FILES
        for name in imported(ast.parse((PACKAGE / file).read_text(encoding="utf-8")))
        if name.split(".")[0] == library
    }
    assert users <= HOMES[library]
