"""How much `pip install archdsl` brings, against what it brought with everything in the base.

Run with `python -m benchmarks.install`. For the base, each extra and both together: the wheel of
this checkout in a fresh environment, with the versions of constraints.txt, and what lies in its
site-packages then, but for pip and setuptools, which any environment has. torch and the language
server are extras as before. It needs the network.
"""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

MOST_RATIO = 0.3
BASE = ""
BEFORE = "draw,sizes"
"""What the base was made of before there were these extras."""
INSTALLED = (BASE, "draw", "sizes", BEFORE)

LARGEST = 6
_ALWAYS_THERE = re.compile(r"pip|setuptools|_distutils_hack|pkg_resources|distutils-precedence")


class Weight(NamedTuple):
    """What an installation takes: the size of each folder or file of site-packages, and the number
    of packages, archdsl among them."""

    parts: dict[str, int]
    packages: int

    @property
    def megabytes(self) -> float:
        return sum(self.parts.values()) / 2**20


def main() -> int:
    """Print the weights; the exit status says whether the base is as small as it must be."""
    with TemporaryDirectory() as folder:
        wheel = _wheel(Path(folder))
        weights = {extras: _weighed(Path(folder), wheel, extras) for extras in INSTALLED}
    print(f"{'pip install':<24} {'MB':>6} {'packages':>9}")
    for extras, weight in weights.items():
        print(f"{_name(extras):<24} {weight.megabytes:6.0f} {weight.packages:9}")
    print(f"\nthe largest parts of {_name(BEFORE)}")
    parts = weights[BEFORE].parts
    for part in sorted(parts, key=parts.__getitem__, reverse=True)[:LARGEST]:
        where = "base" if part in weights[BASE].parts else "extra"
        print(f"{part:<24} {parts[part] / 2**20:6.0f} {where:>9}")
    ratio = weights[BASE].megabytes / weights[BEFORE].megabytes
    held = ratio <= MOST_RATIO
    print(f"\nbase, ratio: {ratio:.2f} (at most {MOST_RATIO:g}) {'ok' if held else 'TOO LARGE'}")
    return 0 if held else 1


def _name(extras: str) -> str:
    return f"archdsl[{extras}]" if extras else "archdsl"


def _wheel(folder: Path) -> Path:
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    subprocess.run([*command, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _weighed(folder: Path, wheel: Path, extras: str) -> Weight:
    place = folder / (extras or "base")
    venv.create(place, with_pip=True, symlinks=True)
    python = place / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    wanted = f"{wheel}[{extras}]" if extras else str(wheel)
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", wanted], check=True)
    (site,) = place.glob("lib/python*/site-packages")
    parts = {
        part.name: _size(part) for part in site.iterdir() if not _ALWAYS_THERE.match(part.name)
    }
    return Weight(parts, sum(name.endswith(".dist-info") for name in parts))


def _size(path: Path) -> int:
    """In bytes on the disk, as `du` counts them."""
    inside = path.rglob("*") if path.is_dir() else ()
    return sum(one.lstat().st_blocks * 512 for one in (path, *inside))


if __name__ == "__main__":
    sys.exit(main())
