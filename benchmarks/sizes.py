"""How long the answer of `archdsl sizes` takes, against a check of the same spec.

Run with `python -m benchmarks.sizes`. For each network of the zoo the least time of several answers
by the least time of several checks, taken in turns in one process, without start and import; then,
for the slowest of them, the whole commands, as their user waits for them. The bound is theirs.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from archdsl.analysis.sizes import sizes
from archdsl.graph.elaborate import Request, elaborate
from archdsl.zoo import find, names

ROOT = Path(__file__).parents[1]

MOST_RATIO = 5.0
RUNS = 5
SHOWN = 8


def main() -> int:
    """Print the ratios; the exit status says whether every command keeps the bound."""
    ratios = {name: _ratio(name) for name in names()}
    slowest = sorted(ratios, key=lambda name: -ratios[name])[:SHOWN]
    print(f"{len(ratios)} networks, in one process: median ratio {median(ratios.values()):.1f}")
    print(f"{'the slowest':<24} {'inside':>7} {'command':>8}")
    commands = {name: _of_commands(name) for name in slowest}
    for name in slowest:
        print(f"{name:<24} {ratios[name]:7.1f} {commands[name]:8.1f}")
    worst = max(commands.values())
    held = worst <= MOST_RATIO
    print(f"sizes, ratio: {worst:.2f} (at most {MOST_RATIO:g}) {'ok' if held else 'TOO SLOW'}")
    return 0 if held else 1


def _ratio(name: str) -> float:
    found = find(f"zoo:{name}")
    path = found.file.resolve()
    request = replace(Request(found.source, found.file.parent, path, found.model), training=False)
    checks, answers = [], []
    for _ in range(RUNS):
        began = perf_counter()
        elaborate(request)
        between = perf_counter()
        sizes(request)
        checks.append(between - began)
        answers.append(perf_counter() - between)
    return min(answers) / min(checks)


def _of_commands(name: str) -> float:
    times: dict[str, list[float]] = {"check": [], "sizes": []}
    for _ in range(RUNS):
        for command, taken in times.items():
            began = perf_counter()
            subprocess.run(
                (sys.executable, "cli.py", command, f"zoo:{name}"),
                cwd=ROOT,
                check=True,
                capture_output=True,
            )
            taken.append(perf_counter() - began)
    return min(times["sizes"]) / min(times["check"])


if __name__ == "__main__":
    sys.exit(main())
