"""Where results and messages go: standard output, standard error, and files."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

__all__ = [
    "Failure",
    "drop_output",
    "note",
    "out",
    "read_input",
    "report",
    "tolerate_any_text",
    "wants_colour",
    "write_file",
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
        raise Failure(f"standard output cannot be written: {_reason(error)}") from None


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
        raise Failure(f"standard input cannot be read: {_reason(error)}") from None


# ---- files


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all; a pipe or a device is written as it comes.

    Raises :class:`Failure` where it cannot be written.
    """
    try:
        _write(path, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: cannot be written: {_reason(error)}") from None


def _write(path: Path, data: bytes) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        status = None
    if status is None or (stat.S_ISREG(status.st_mode) and not _is_descriptor(path)):
        _replace(Path(os.path.realpath(path)), data, status)
    else:
        _stream(path, data)


def _is_descriptor(path: Path) -> bool:
    """``/dev/stdout`` and its kind: a file that is open already, and not ours to replace."""
    return str(path).startswith(("/dev/std", "/dev/fd/", "/proc/"))


def _replace(target: Path, data: bytes, status: os.stat_result | None) -> None:
    """A new file beside the old one takes its place, its rights and its owner."""
    if status is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {target.parent}")
    beside = target.with_name(f".archdsl-{os.getpid()}.tmp")
    try:
        with open(beside, "xb") as file:  # noqa: PTH123  (the mode of Path.open cannot be "xb")
            file.write(data)
        if status is not None:
            beside.chmod(stat.S_IMODE(status.st_mode))
            with suppress(OSError):  # only a superuser may, and only there it matters
                os.chown(beside, status.st_uid, status.st_gid)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _stream(path: Path, data: bytes) -> None:
    """Without O_NONBLOCK a pipe that nobody reads would be waited for forever."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    with open(handle, "wb") as file:  # noqa: PTH123
        file.write(data)


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EISDIR:
        return "it is a directory; name a file in it"
    if number == errno.ENXIO:
        return "nothing reads from this pipe"
    reason = getattr(error, "strerror", None) or str(error)
    return f"{reason[:1].lower()}{reason[1:]}" if reason else type(error).__name__
