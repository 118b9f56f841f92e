"""Where results and messages go: standard output, standard error, and files."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from archdsl.files import reason

__all__ = [
    "Failure",
    "drop_output",
    "note",
    "out",
    "read_input",
    "report",
    "tolerate_any_text",
    "wants_colour",
]


class Failure(Exception):
    """The command cannot go on; the message is one line for the user, and the status is 2."""


# ---- the terminal


def out(text: str) -> None:
    """Write a result. A reader that went away raises :class:`BrokenPipeError`."""
    if sys.stdout is None:
        raise Failure("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        drop_output()
        raise Failure(f"standard output cannot be written: {reason(error)}") from None


def report(text: str) -> None:
    """Write a message. Where even that fails there is nobody to tell."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def note(message: str) -> None:
    """One line about the command itself, as against what it says about a spec."""
    report(f"archdsl: {message}\n")


def wants_colour(stream: TextIO | None) -> bool:
    """Colour only on a terminal, and not where NO_COLOR is set (https://no-color.org)."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def tolerate_any_text() -> None:
    """File names are bytes, and a terminal may know few characters: neither is worth a crash."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """What is still buffered for a reader that went away must not complain at the exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_input(limit: int) -> bytes:
    """At most ``limit`` bytes of standard input."""
    if sys.stdin is None:
        raise Failure("standard input is closed")
    try:
        return sys.stdin.buffer.read(limit)
    except (OSError, ValueError) as error:
        raise Failure(f"standard input cannot be read: {reason(error)}") from None
