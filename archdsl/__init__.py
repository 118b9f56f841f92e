"""archdsl: write a convolutional network as it stands in the paper; check, profile, draw and
compile it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archdsl.arch import Arch, Builder, load, parse
    from archdsl.diagnostics import ArchError, Diagnostic
    from archdsl.extras import MissingExtra
    from archdsl.graph.library import ReadError
    from archdsl.ops import Op

__all__ = [
    "Arch",
    "ArchError",
    "Builder",
    "Diagnostic",
    "MissingExtra",
    "Op",
    "ReadError",
    "load",
    "parse",
]
__version__ = "0.1.0"

_HOMES = {
    "Arch": "archdsl.arch",
    "ArchError": "archdsl.diagnostics",
    "Builder": "archdsl.arch",
    "Diagnostic": "archdsl.diagnostics",
    "MissingExtra": "archdsl.extras",
    "Op": "archdsl.ops",
    "ReadError": "archdsl.graph.library",
    "load": "archdsl.arch",
    "parse": "archdsl.arch",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used: the command line needs few of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
