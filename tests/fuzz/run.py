"""The nightly run: ``python -m tests.fuzz.run --inputs 100000``.

Input number ``i`` of a seed is always the same. One that raises, takes too long or too much memory
is written to ``out/fuzz`` with the reason on the terminal, and the run ends with 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from heapq import nlargest
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz.judge import survives
from tests.fuzz.mutation import mutated

MEMORY = 2**30  # beyond what a worker has when it starts
SECONDS = 20.0  # after so much computing an input is given up; judge.py complains earlier
PROGRESS = 5_000  # inputs between two lines that tell how far it is
SHOWN = 5  # of the slowest inputs
OUT = Path("out/fuzz")


class TooLong(BaseException):
    """No ``except`` of the program may catch it."""


def main() -> int:
    options = _options()
    print(f"seed {options.seed}, {options.inputs:,} inputs, {options.processes} processes")
    start = time.perf_counter()
    became: Counter[str] = Counter()
    slowest: list[tuple[float, int]] = []
    found = 0
    numbers = ((options.seed, number) for number in range(options.inputs))
    with get_context("spawn").Pool(options.processes, _guard_memory, maxtasksperchild=20) as pool:
        for number, end, took, reason in pool.imap_unordered(_one, numbers, chunksize=100):
            became[end] += 1
            slowest = nlargest(SHOWN, [*slowest, (took, number)])
            if became.total() % PROGRESS == 0:
                print(f"{became.total():,} after {time.perf_counter() - start:.0f} s", flush=True)
            if reason:
                found += 1
                print(f"\n--- input {number}: {OUT / _name(options.seed, number)}\n{reason}")
    told = ", ".join(f"{count:,} {end}" for end, count in became.most_common())
    print(f"{told}; the slowest took")
    print("\n".join(f"  {took:.2f} s: input {number}" for took, number in slowest))
    print(f"{found} failures in {time.perf_counter() - start:.0f} s")
    return int(found > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=date.today().toordinal(), help="today's")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _one(which: tuple[int, int]) -> tuple[int, str, float, str]:
    """The number of an input, what became of it, how long that took, and what was wrong."""
    seed, number = which
    data = mutated(Random(f"{seed}/{number}"))
    start = time.process_time()
    try:
        with _guarded_time():
            end, reason = survives(data), ""
    except (Exception, TooLong, MemoryError):
        end, reason = "failed", traceback.format_exc(limit=-6)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / _name(seed, number)).write_bytes(data)
    return number, end, time.process_time() - start, reason


def _name(seed: int, number: int) -> str:
    return f"{seed}-{number}.arch"


@contextmanager
def _guarded_time() -> Iterator[None]:
    def stop(signal: int, frame: FrameType | None) -> None:
        raise TooLong(f"{SECONDS} s")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _guard_memory() -> None:
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
