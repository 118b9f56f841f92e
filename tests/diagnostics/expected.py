"""Reads what a spec expects of itself, and what was found in it.

The expectation stands on the offending line, as a trailing comment:
``# error: CODE "part of the message"``, and after it, if it matters, ``help: "part of the help"``.
Comments at the top of a file say how it is to be loaded: ``# model: name``,
``# set: name = value``, ``# input: name = shape``; what is found in these is expected there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import archdsl
from archdsl import ArchError, Diagnostic

_STRING = r'"(?:[^"\\]|\\.)*"'
_EXPECTATION = re.compile(
    rf"# (?P<severity>error|warning): (?P<code>[a-z-]+) (?P<message>{_STRING})"
    rf"(?: help: (?P<help>{_STRING}))?$"
)
_DIRECTIVE = re.compile(r"^# (?P<what>model|set|input): (?P<value>.+?)(?:  # .*)?$", re.MULTILINE)
_USE = re.compile(r'^use "(?P<path>[^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Expectation:
    file: str
    line: int
    severity: str
    code: str
    message: str
    help: str

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: {self.severity}[{self.code}]: "{self.message}"'

    def meets(self, diagnostic: Diagnostic, line: int, file: str) -> bool:
        return (
            (self.file, self.line, self.severity, self.code)
            == (file, line, str(diagnostic.severity), diagnostic.code)
            and self.message in diagnostic.message
            and self.help in (diagnostic.help or "")
        )


def expectations(path: Path) -> list[Expectation]:
    """Those of a file and of the files it uses."""
    return [found for file in _with_used(path, set()) for found in _of_one(file)]


def _with_used(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path in seen or not path.exists():
        return
    seen.add(path)
    yield path
    for use in _USE.finditer(path.read_text()):
        yield from _with_used((path.parent / use["path"]).resolve(), seen)


def _of_one(path: Path) -> Iterator[Expectation]:
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        found = _EXPECTATION.search(line)
        if not found:
            assert "# error:" not in line and "# warning:" not in line, f"{path}:{number}: {line}"
            continue
        message, help = (json.loads(found[name] or '""') for name in ("message", "help"))
        yield Expectation(path.name, number, found["severity"], found["code"], message, help)


def diagnose(path: Path) -> list[tuple[Diagnostic, str, int]]:
    """Everything that is found in a spec, each with the file and the line where it is told."""
    text = path.read_text()
    how = [
        (found["what"], found["value"], text.count("\n", 0, found.start()) + 1)
        for found in _DIRECTIVE.finditer(text)
    ]
    told = {f"--{what}": line for what, _, line in how}
    try:
        found = archdsl.load(path, **_arguments(how)).diagnostics
    except ArchError as error:
        found = error.diagnostics
    return [(diagnostic, *_place(diagnostic, path, told)) for diagnostic in found]


@cache
def known(path: Path) -> tuple[tuple[Diagnostic, str, int], ...]:
    """The same of a spec that nobody edits: several tests ask."""
    return tuple(diagnose(path))


def _arguments(how: list[tuple[str, str, int]]) -> dict[str, object]:
    pairs = [(what, *map(str.strip, value.partition("=")[::2])) for what, value, _ in how]
    arguments: dict[str, object] = {name: value for what, name, value in pairs if what == "set"}
    inputs = {name: value for what, name, value in pairs if what == "input"}
    models = [value for what, value, _ in how if what == "model"]
    chosen = {"input": inputs} if inputs else {}
    return arguments | chosen | ({"model": models[0]} if models else {})


def _place(diagnostic: Diagnostic, path: Path, told: dict[str, int]) -> tuple[str, int]:
    span = diagnostic.primary.span
    assert span is not None, f"no place: {diagnostic}"
    name = span.source.name
    if name in told:
        return path.name, told[name]
    return Path(name).name, span.position[0]
