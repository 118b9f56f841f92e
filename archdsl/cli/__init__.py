"""The command line: one file per command, each imported only when it runs.

Exit status: 0 done (warnings allowed), 1 errors in the spec, 2 wrong usage or a file that cannot
be read or written, 70 a bug of archdsl.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line, by default that of the process, and exit with its status.

    >>> try:
    ...     main(["--version"])  # doctest: +ELLIPSIS
    ... except SystemExit as end:
    ...     print(end.code)
    archdsl ...
    0
    """
    if arguments is not None:
        _run(arguments)
        return
    with _short_lived():
        _run(sys.argv[1:])


def _run(arguments: Sequence[str]) -> None:
    try:
        from archdsl.cli.app import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run(arguments)


@contextmanager
def _short_lived() -> Iterator[None]:
    """A process that ends soon frees its memory by ending. Looking for garbage while everything
    is imported, and once more at the end, took a fifth of the time of `archdsl check`."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
