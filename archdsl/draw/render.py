"""DOT to a file, drawn by Graphviz in a process of its own, with the font that comes along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from archdsl.draw import process
from archdsl.draw.metrics import FONTS
from archdsl.extras import MissingExtra, needs
from archdsl.files import WriteError, write_whole

__all__ = ["SUFFIXES", "DrawError", "form_of", "render"]

SUFFIXES: Final = {".svg": "svg", ".pdf": "pdf", ".png": "png", ".dot": "dot", ".gv": "dot"}

PIXELS_PER_INCH: Final = 110

_ONLY_OUR_FONT: Final = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""

_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP")
"""All of the environment that the process is given: no other variable can change a picture."""

_LONGEST_REASON: Final = 200


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
    """Writes the file whole or not at all; the suffix of the path decides the format.

    Raises :class:`DrawError`, and :class:`MissingExtra` where Graphviz is not installed.
    """
    form = form_of(path)
    content = dot.encode() if form == "dot" else drawn(dot, form, path)
    try:
        write_whole(path, content)
    except WriteError as error:
        raise DrawError(str(error)) from None
    return path


def drawn(dot: str, form: str, path: Path) -> bytes:
    """The picture as the bytes of an SVG, PDF or PNG file; ``path`` is what messages name."""
    with needs(f"drawing {form}", "pygraphviz", instead="draw to .dot"):
        if find_spec("pygraphviz") is None:
            raise ModuleNotFoundError(name="pygraphviz")
    with tempfile.TemporaryDirectory(prefix="archdsl-") as folder:
        try:
            done = subprocess.run(
                [*command(), form, str(PIXELS_PER_INCH), *sys.path],
                input=dot.encode(),
                capture_output=True,
                env=environment(Path(folder)),
                check=False,
            )
        except (OSError, ValueError) as error:
            raise DrawError(f"cannot draw {path}: no process for Graphviz: {error}") from None
    if done.returncode == 0:
        return done.stdout
    said = " ".join(done.stderr.decode(errors="replace").split())[-_LONGEST_REASON:]
    if done.returncode == process.MISSING:
        raise MissingExtra(
            f"drawing {form}", "pygraphviz", instead="draw to .dot", reason=said or "it is broken"
        )
    raise DrawError(f"cannot draw {path}: {ended(done.returncode)}{said and ': '}{said}")


def command() -> list[str]:
    """Python without anything that the environment or a site may add to it."""
    if not sys.executable:
        raise DrawError("cannot draw: this Python does not know its own executable")
    return [sys.executable, "-I", "-S", process.__file__]


def environment(folder: Path) -> dict[str, str]:
    """What the process sees: one font for all, whatever the machine has, and one time zone.

    ``folder`` takes the configuration of fontconfig and its cache.
    """
    settings = folder / "fonts.conf"
    settings.write_text(
        _ONLY_OUR_FONT.format(fonts=escape(str(FONTS)), cache=escape(str(folder / "cache"))),
        encoding="utf-8",
    )
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "FONTCONFIG_FILE": str(settings), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def ended(status: int) -> str:
    """How the process ended, in words.

    >>> ended(1), ended(-signal.SIGSEGV)
    ('Graphviz refuses', 'Graphviz crashed (SIGSEGV)')
    """
    if status == process.FAILED:
        return "Graphviz refuses"
    if status >= 0:
        return f"Graphviz ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"Graphviz crashed ({name})"
