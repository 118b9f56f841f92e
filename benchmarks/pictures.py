"""How well the default pictures of the zoo fit a page, and how long one takes.

Run with `python -m benchmarks.pictures`. Counts the networks whose smallest word is under six
points on A4, the words and boxes that a line runs over, and tells the mean time of a picture.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import mean
from time import perf_counter
from xml.etree import ElementTree

from archdsl.draw import draw
from archdsl.zoo import catalogue
from tests.draw.geometry import Layout, crossings, smallest_text

LEAST_TEXT = 6.0


def main() -> int:
    """Print the numbers, and the networks behind them."""
    small, crossed, times = [], {}, []
    with tempfile.TemporaryDirectory() as folder:
        for entry in catalogue():
            began = perf_counter()
            path = draw(entry.result.graph, Path(folder, f"{entry.name}.svg"))
            times.append(perf_counter() - began)
            layout = Layout(ElementTree.parse(path).getroot())
            if smallest_text(layout) < LEAST_TEXT:
                small.append(f"{entry.name} {smallest_text(layout):.1f} pt")
            if found := crossings(layout):
                crossed[entry.name] = len(found)
    print(f"{len(times)} networks, {mean(times):.2f} s a picture")
    print(f"text under {LEAST_TEXT:g} pt on A4: {len(small)} {', '.join(small)}".rstrip())
    print(f"lines over words or boxes: {sum(crossed.values())} {', '.join(crossed)}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
