"""How long `archdsl check` takes, against its bounds. Run with `python -m benchmarks.check`.

Start: the whole process that checks ResNet-50, against a process that only imports the libraries
archdsl builds on. Growth: the time per node to expand and check a residual stack, of the largest
against the smallest. Both are ratios of times taken in the same run, so that they hold on any
machine; the times beside them are for the reader.
"""

from __future__ import annotations

import compileall
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from archdsl.graph.elaborate import Request, elaborate
from archdsl.graph.limits import Limits
from archdsl.source import Source

ROOT = Path(__file__).parents[1]

MOST_START = 1.3
MOST_GROWTH = 1.5
MOST_MEMORY = 8 * 1024  # bytes a node

RUNS = 21
SIZES = (100, 1_000, 10_000, 50_000)

IMPORTS = (sys.executable, "-c", "import lark, networkx, pydantic, typer")
CHECK = (sys.executable, "cli.py", "check", "specs/resnet50.arch")

STACK = """
block unit() {{
    conv(8, 3x3, padding=1, bias=false) -> bn -> relu
    main: conv(8, 3x3, padding=1, bias=false) -> bn
    add(in, main) -> relu
}}
model stack {{
    input image: 8x8x8
    layer: {{ {units} * unit }}
}}
"""
NODES_IN_UNIT = 7


def main() -> int:
    """Print both ratios and the memory; the exit status says whether all bounds hold."""
    # Memory before growth: the peak that a system reports for a child may be that of its parent.
    kept = [_start(), _memory(), _growth()]
    return 0 if all(kept) else 1


def _verdict(what: str, value: float, most: float, unit: str = "") -> bool:
    held = value <= most
    print(f"{what}: {value:.2f}{unit} (at most {most:g}{unit}) {'ok' if held else 'BROKEN'}\n")
    return held


# ---- start -----------------------------------------------------------------------------------


def _start() -> bool:
    """Alternating runs: whatever slows the machine down for a while slows down both."""
    compileall.compile_dir(ROOT / "archdsl", quiet=1)  # as an installed package is
    imports, check = [], []
    for _ in range(RUNS):
        imports.append(_seconds(IMPORTS))
        check.append(_seconds(CHECK))
    print(f"import lark, networkx, pydantic, typer  {median(imports) * 1e3:7.1f} ms")
    print(f"archdsl check specs/resnet50.arch       {median(check) * 1e3:7.1f} ms")
    return _verdict("start, ratio", median(check) / median(imports), MOST_START)


def _seconds(command: tuple[str, ...]) -> float:
    start = perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start


# ---- growth ----------------------------------------------------------------------------------


def _growth() -> bool:
    """The best of several runs each, after one that warms every cache up."""
    _expand(SIZES[0])
    per_node = []
    for size in SIZES:
        runs = max(3, min(50, 50_000 // size))
        per_node.append(min(_timed(partial(_expand, size)) for _ in range(runs)) / size)
        print(f"expand and check {size:>6,} nodes  {per_node[-1] * 1e6:7.1f} us a node")
    return _verdict("growth, ratio", per_node[-1] / per_node[0], MOST_GROWTH)


def _timed(work: Callable[[], object]) -> float:
    """Without the garbage collector, which the command line switches off as well."""
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        work()
        return perf_counter() - start
    finally:
        gc.enable()


def _expand(nodes: int) -> int:
    """Parse, expand and check a stack of about so many nodes."""
    text = STACK.format(units=nodes // NODES_IN_UNIT)
    result = elaborate(Request(Source("stack.arch", text), Path(), limits=Limits(10 * nodes)))
    assert result.graph is not None, result.diagnostics
    return len(result.graph.nodes)


# ---- memory ----------------------------------------------------------------------------------

_PEAK = """
from resource import RUSAGE_SELF, getrusage
from benchmarks.check import _expand
_expand(100)
before = getrusage(RUSAGE_SELF).ru_maxrss
nodes = _expand({size})
print((getrusage(RUSAGE_SELF).ru_maxrss - before) * {unit} / nodes)
"""


def _memory() -> bool:
    """The peak of a process of its own, for the largest stack."""
    unit = 1 if sys.platform == "darwin" else 1024  # of what the system counts in
    code = _PEAK.format(size=SIZES[-1], unit=unit)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        (sys.executable, "-c", code), env=environment, capture_output=True, text=True, check=True
    )
    return _verdict("memory of a node", float(done.stdout) / 1024, MOST_MEMORY / 1024, " KiB")


if __name__ == "__main__":
    sys.exit(main())
