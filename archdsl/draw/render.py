"""DOT to a file, with the Graphviz libraries that pygraphviz brings along."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from archdsl.files import WriteError, write_whole

__all__ = ["SUFFIXES", "DrawError", "render"]

SUFFIXES = {".svg": "svg", ".pdf": "pdf", ".png": "png", ".dot": "dot", ".gv": "dot"}

PIXELS_PER_INCH = "110"

_QUIET = Lock()


class DrawError(Exception):
    """The picture cannot be drawn or written; the message is one line."""


def form_of(path: Path) -> str:
    """The format a suffix stands for.

    >>> form_of(Path("net.gv"))
    'dot'
    """
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        known = ", ".join(SUFFIXES)
        raise DrawError(f"cannot draw to {str(path)!r}: the suffix must be one of {known}")
    return form


def render(dot: str, path: Path) -> Path:
    """Writes the file whole or not at all; the suffix of the path decides the format."""
    form = form_of(path)
    content = dot.encode() if form == "dot" else drawn(dot, form)
    try:
        write_whole(path, content)
    except WriteError as error:
        raise DrawError(str(error)) from None
    return path


def drawn(dot: str, form: str) -> bytes:
    """The picture as the bytes of an SVG, PDF or PNG file."""
    try:
        import pygraphviz
    except ImportError as error:
        raise DrawError(
            f"cannot draw {form}: pygraphviz is missing ({error}); "
            "install it with pip, or draw to .dot"
        ) from None
    resolution = f"-Gdpi={PIXELS_PER_INCH}" if form == "png" else ""
    with quiet() as complaints:
        try:
            graph = pygraphviz.AGraph(string=dot)
            content = graph.draw(format=form, prog="dot", args=resolution)
        except (ValueError, OSError) as error:
            said = " ".join(f"{error} {complaints()}".split())
            raise DrawError(f"Graphviz cannot draw this: {said[:200]}") from None
    return bytes(content)


@contextmanager
def quiet() -> Iterator[Callable[[], str]]:
    """Keeps what the C libraries write to file descriptor 2 away from standard error.

    They complain about the machine's font configuration, which no reader of ours can mend. Yields
    a function that gives what was kept back.
    """
    with _QUIET, tempfile.TemporaryFile() as kept:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            before = os.dup(2)
        except OSError:  # there is no standard error to keep clean
            yield lambda: ""
            return
        os.dup2(kept.fileno(), 2)

        def said() -> str:
            kept.seek(0)
            return kept.read().decode(errors="replace")

        try:
            yield said
        finally:
            os.dup2(before, 2)
            os.close(before)
