"""A diagnostic is facts, not prose: renderers decide how it looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from archdsl.source import Span

__all__ = ["ArchError", "Diagnostic", "Edit", "Fix", "Label", "Severity"]


class Severity(StrEnum):
    """Errors stop the later stages; warnings and notes do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A place and what is to be said of it; no place for what came from outside any text."""

    span: Span | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts ``text`` in the place of a span; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the text. ``title`` says what it does, with the code in backticks.

    ``decides``: it settles something about the network that only its author can know.
    """

    title: str
    edits: tuple[Edit, ...]
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, told once.

    ``message`` is the headline and stands alone; ``primary`` is the smallest span at fault;
    ``secondary`` are other places that matter (the other branch, where the block was used);
    ``notes`` show formulas with their numbers; only ``help`` proposes.

    ``fixes`` are changes of the text, the smallest first. Who finds a mistake puts candidates
    there; ``analysis.fixes`` keeps those that make it go away and bring no new one, and every
    command shows only these. Where ``mends`` says what they do ("makes it fit"), the help is then
    made of their titles, and the help given here is for the case that none works. ``sized`` says
    that the sizes are at fault, so another size of the input may mend it.
    """

    code: str
    message: str
    primary: Label
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    severity: Severity = Severity.ERROR
    fixes: tuple[Fix, ...] = ()
    mends: str = ""
    sized: bool = False

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class ArchError(Exception):
    """A spec, or a graph built in Python, has errors; ``diagnostics`` holds them all.

    >>> import archdsl
    >>> try:
    ...     archdsl.parse("model m { input x: 3x8x8\\n cnv(4, 3x3) }")
    ... except archdsl.ArchError as error:
    ...     print(error.diagnostics[0].help)
    did you mean `conv`?
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self._summary())

    def _summary(self) -> str:
        lines = []
        for diagnostic in self.diagnostics:
            place = f"{diagnostic.primary.span}: " if diagnostic.primary.span else ""
            lines.append(f"{place}{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}")
            if diagnostic.help:
                lines.append(f"  help: {diagnostic.help}")
        return "\n".join(lines)
