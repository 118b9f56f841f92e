"""DOT to a file, with the Graphviz libraries that pygraphviz brings along."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

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
        raise DrawError(f"cannot draw to {path.name!r}: the suffix must be one of {known}")
    return form


def render(dot: str, path: Path) -> Path:
    """Writes the file whole or not at all; the suffix of the path decides the format."""
    form = form_of(path)
    write_whole(path, dot.encode() if form == "dot" else drawn(dot, form))
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


def write_whole(path: Path, content: bytes) -> None:
    """First to a file beside it, then renamed: whoever looks sees the old file or the new one."""
    if path.is_dir():
        raise DrawError(f"cannot write {str(path)!r}: it is a folder")
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent
        )
    except OSError as error:
        raise DrawError(f"cannot write {str(path)!r}: {reason(error)}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o666 & ~umask())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise DrawError(f"cannot write {str(path)!r}: {reason(error)}") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def umask() -> int:
    """The mask under which other files are made; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
