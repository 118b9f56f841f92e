"""Everything that is to be said of a spec: what the expansion found, and what the analyses find."""

from __future__ import annotations

from archdsl.graph.elaborate import Request, Result, elaborate_all

__all__ = ["review"]


def review(request: Request) -> dict[str, Result]:
    """The model that was asked for, or else each model of the file, by name.

    The one way for a command, an editor or a test to learn all diagnostics of a spec.
    """
    return elaborate_all(request)
