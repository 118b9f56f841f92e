"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["WriteError", "reason", "write_whole"]


class WriteError(Exception):
    """A file that cannot be written; the message is one line for the user."""


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; a pipe or a device is written as it comes.

    Links, rights and owner of a file that is there already stay as they are.
    Raises :class:`WriteError` where it cannot be written.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        _write(path, data)
    except (OSError, ValueError) as error:
        raise WriteError(f"{path}: cannot be written: {reason(error)}") from None


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


def reason(error: Exception) -> str:
    """Why the system refused, in a few words."""
    number = getattr(error, "errno", None)
    if number == errno.EISDIR:
        return "it is a directory; name a file in it"
    if number == errno.ENXIO:
        return "nothing reads from this pipe"
    reason = getattr(error, "strerror", None) or str(error)
    return f"{reason[:1].lower()}{reason[1:]}" if reason else type(error).__name__
