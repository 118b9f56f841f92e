"""What an output says: whether it notices, where it points, what it proposes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.cases import ADVICE, Case


@dataclass(frozen=True)
class Verdict:
    """What one system did with one network.

    Args:
        noticed: ``check`` if its check ended with an error, ``build`` if only the module that it
            makes could not be built, or empty
        place: ``line`` of the file, ``layer`` by its name or index, or empty
        proposal: a ``change`` that mends it, ``advice`` without one, or empty
    """

    noticed: str = ""
    place: str = ""
    proposal: str = ""


def judge(case: Case, file: Path, noticed: str, output: str) -> Verdict:
    """The verdict over both streams of the step that noticed something."""
    if not noticed or not case.layer:
        return Verdict(noticed)
    return Verdict(noticed, _place(case, file, output), _proposal(case, output))


def _place(case: Case, file: Path, output: str) -> str:
    """A line counts if it is the one that first names the layer, in whatever form it is said."""
    line = _line_of(case.layer, file)
    name = re.escape(file.name)
    if re.search(rf'{name}:{line}\b|{name}", line {line}\b|(?m:^)[^"\n]*\bline {line}:', output):
        return "line"
    return "layer" if re.search(case.place, output) else ""


def _line_of(layer: str, file: Path) -> int:
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if re.search(rf"\b{layer}\b", line):
            return number
    raise ValueError(f"{file} has no layer {layer!r}")


def _proposal(case: Case, output: str) -> str:
    if re.search(case.change, output):
        return "change"
    return "advice" if re.search(ADVICE, output) else ""
