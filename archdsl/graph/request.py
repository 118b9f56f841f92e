"""What an expansion is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archdsl.diagnostics import Diagnostic
from archdsl.graph.graph import Graph
from archdsl.graph.library import LoadedFile
from archdsl.graph.limits import Limits
from archdsl.ops import Shape
from archdsl.source import Source, Span

__all__ = ["Request", "Result"]


@dataclass(frozen=True)
class Request:
    """What to expand: a file's text, which of its models, and what is set from outside.

    ``settings`` are values of the model's parameters, or their text in the language; ``texts``
    are those of used files that are open in an editor, by path. Without ``training``, the
    outputs that only training has are left out.
    """

    source: Source
    folder: Path
    path: Path | None = None
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    texts: Mapping[Path, str] = field(default_factory=dict)
    training: bool = True


@dataclass(frozen=True)
class Result:
    """The graph, if there are no errors, and everything that was found.

    ``files`` are those that were read, the one that was asked for first. ``unjudged`` is what
    could not be judged, because something before it went wrong; ``effort`` says how much there was
    to expand.
    """

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[LoadedFile, ...] = field(default=(), repr=False, compare=False)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.diagnostics)

    unjudged: tuple[Span, ...] = field(default=(), repr=False, compare=False)
    effort: int = field(default=0, repr=False, compare=False)
