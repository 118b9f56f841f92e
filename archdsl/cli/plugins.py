"""Operators of the user: Python modules that register them when they are imported."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from archdsl.cli.output import Failure

__all__ = ["import_operators"]

_TABLE = "[tool.archdsl]"


def import_operators(modules: Iterable[str], folder: Path | None) -> None:
    """Import the modules named on the command line, then those of the nearest pyproject.toml.

    ``[tool.archdsl] ops = ["mymodule"]`` counts for the specs in the folder of the file and below.
    Without a folder no project counts. Raises :class:`Failure` for what cannot be imported.
    """
    for name in modules:
        _import(name, Path.cwd(), "--ops")
    project = None if folder is None else _project(folder)
    if project is not None:
        for name in _configured(project):
            _import(name, project.parent, str(project))


def _project(folder: Path) -> Path | None:
    home = folder.resolve()
    files = (place / "pyproject.toml" for place in (home, *home.parents))
    return next((file for file in files if file.is_file()), None)


def _configured(project: Path) -> list[str]:
    try:
        text = project.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{project}: cannot be read: {error}") from None
    if _TABLE not in text:  # most projects: not worth parsing
        return []
    import tomllib

    try:
        configured: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{project}: {error}") from None
    names = configured["tool"]["archdsl"].get("ops", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Failure(f'{project}: write ops = ["module"] under {_TABLE}')
    return names


def _import(name: str, folder: Path, where: str) -> None:
    """Modules are looked for in ``folder`` last: nothing there can hide a library's module."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        import_module(name)
    except (Exception, SystemExit) as error:
        raise Failure(f"{where}: the module {name!r} cannot be imported: {_said(error)}") from None


def _said(error: BaseException) -> str:
    """The exception in one line, with the place in the user's module."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename]
    if len(own) < 2:  # only our own call: the module itself was not found
        return said
    return f"{said} ({own[-1].filename}, line {own[-1].lineno})"
