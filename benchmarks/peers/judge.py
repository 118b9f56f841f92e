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
        noticed: it ended with an error
        place: ``line`` of the file, ``layer`` by its name or index, or empty
        proposal: a ``change`` that mends it, ``advice`` without one, or empty
    """

    noticed: bool
    place: str = ""
    proposal: str = ""


def judge(case: Case, file: Path, code: int, output: str) -> Verdict:
    """The verdict over an exit status and both streams."""
    if not code:
        return Verdict(noticed=False)
    if not case.layer:
        return Verdict(noticed=True)
    return Verdict(True, _place(case, file, output), _proposal(case, output))


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
