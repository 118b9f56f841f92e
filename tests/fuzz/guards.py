"""Guards around one input, so that none takes the machine with it."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy  # noqa: F401  takes room for its threads when it is imported: that is no input's

from tests.patience import PATIENCE

__all__ = ["MEMORY", "Hangs", "guarded"]

MEMORY = 2**30  # beyond what the process has when it begins with an input


class Hangs(BaseException):
    """No ``except`` of the program may catch it."""


@contextmanager
def guarded() -> Iterator[None]:
    """Not more memory than that, where the system can tell; and an end to what has none.

    What takes long is judged by its work and not by the clock: the alarm is for what would go on
    for ever, and never be judged.
    """
    with _guarded_memory(), _guarded_end():
        yield


@contextmanager
def _guarded_memory() -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_limit(before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _limit(hard: int) -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    return limit if hard == resource.RLIM_INFINITY else min(limit, hard)


@contextmanager
def _guarded_end() -> Iterator[None]:
    def stop(signal: int, frame: FrameType | None) -> None:
        raise Hangs(f"no end after {PATIENCE} s of computing")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
