"""The nightly run: ``python -m tests.fuzz.run --inputs 100000``.

Input number ``i`` of a seed is always the same. One that raises, is too much work or takes too much
memory is written to ``out/fuzz`` with the reason on the terminal, and the run ends with 1. Work is
counted, not timed: the same inputs fail on every machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections import Counter
from datetime import date
from heapq import nlargest
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.fuzz.guards import Hangs, guarded
from tests.fuzz.judge import Judged, survives
from tests.fuzz.mutation import mutated

PROGRESS = 5_000  # inputs between two lines that tell how far it is
SHOWN = 5  # of the inputs that were most work
OUT = Path("out/fuzz")


class Tried(NamedTuple):
    """An input by its number, what became of it, and what was wrong."""

    number: int
    judged: Judged
    reason: str


def main() -> int:
    options = _options()
    print(f"seed {options.seed}, {options.inputs:,} inputs, {options.processes} processes")
    became: Counter[str] = Counter()
    hardest: list[Tried] = []
    found = 0
    numbers = ((options.seed, number) for number in range(options.inputs))
    with get_context("spawn").Pool(options.processes, maxtasksperchild=20) as pool:
        for tried in pool.imap_unordered(_one, numbers, chunksize=100):
            became[tried.judged.end] += 1
            hardest = nlargest(SHOWN, [*hardest, tried], key=lambda one: one.judged.calls)
            if became.total() % PROGRESS == 0:
                print(f"{became.total():,} of {options.inputs:,}", flush=True)
            if tried.reason:
                found += 1
                name = _name(options.seed, tried.number)
                print(f"\n--- input {tried.number}: {OUT / name}\n{tried.reason}")
    told = ", ".join(f"{count:,} {end}" for end, count in became.most_common())
    print(f"{told}; the most work were")
    for one in hardest:
        print(f"  {one.judged.calls:,} calls: input {one.number}")
    print(f"{found} failures")
    return int(found > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=date.today().toordinal(), help="today's")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _one(which: tuple[int, int]) -> Tried:
    seed, number = which
    data = mutated(Random(f"{seed}/{number}"))
    try:
        with guarded():
            judged, reason = survives(data), ""
    except (Exception, Hangs):
        judged, reason = Judged("failed", 0), traceback.format_exc(limit=-6)
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / _name(seed, number)).write_bytes(data)
    return Tried(number, judged, reason)


def _name(seed: int, number: int) -> str:
    return f"{seed}-{number}.arch"


if __name__ == "__main__":
    sys.exit(main())
