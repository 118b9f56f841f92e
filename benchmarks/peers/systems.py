"""The five systems: how each checks a file, and builds a module of it, as it is documented."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.peers.cases import Case

HERE = Path(__file__).parent
NETWORKS = HERE / "networks"
WITH_PEER = str(HERE / "with_peer.py")

CANNOT = {("n-orca", "groups_4_of_30"): "its `Conv2d` has no groups"}
"""What a language has no way to say, and why. Every other network has a file."""


@dataclass(frozen=True)
class Run:
    """One process: its exit status, both its streams, its seconds from start to end."""

    code: int
    output: str
    seconds: float


@dataclass(frozen=True)
class System:
    """One system.

    Args:
        name: as it is written, and of its folder in lower case
        package: that it is installed as
        suffix: of its files
        check: the words of the command that checks; ``{python}`` is the Python that has the
            package, ``{bin}`` the folder of its commands, and the file comes last
        build: those that build the module; none if the check does so, or is said to suffice
    """

    name: str
    package: str
    suffix: str
    check: tuple[str, ...]
    build: tuple[str, ...] = ()

    def file(self, case: Case) -> Path:
        return NETWORKS / self.name.lower() / (case.name + self.suffix)


ARCHDSL = System("archdsl", "archdsl", ".arch", ("{python}", "-m", "archdsl", "check"))

PEERS = (
    System("Keras", "keras", ".py", ("{python}",)),
    System(
        "narchi",
        "narchi",
        ".jsonnet",
        ("{python}", "{bin}/narchi_cli.py", "validate"),
        ("{python}", WITH_PEER, "narchi-build"),
    ),
    System(
        "mlnode",
        "mlnode",
        ".mlnode.json",
        ("{python}", WITH_PEER, "mlnode-check"),
        ("{python}", WITH_PEER, "mlnode-build"),
    ),
    System(
        "n-orca",
        "n-orca",
        ".n.orca.md",
        ("{python}", "{bin}/n-orca", "verify", "--strict"),
        ("{python}", WITH_PEER, "n-orca-build"),
    ),
)


def run(command: tuple[str, ...], file: Path, peers: Path) -> Run:
    """Run a check or a build from the folder of the file. The peers are in the given Python."""
    python = sys.executable if file.parent.name == "archdsl" else str(peers)
    words = [word.format(python=python, bin=peers.parent) for word in command]
    start = perf_counter()
    done = subprocess.run(
        [*words, file.name],
        cwd=file.parent,
        # Whatever the user has set Keras to elsewhere is of no account here.
        env={**os.environ, "KERAS_BACKEND": "torch", "KERAS_HOME": str(peers.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return Run(done.returncode, done.stdout, perf_counter() - start)


def version(system: System, peers: Path) -> str:
    """The version that is installed; empty if there is none."""
    python = sys.executable if system is ARCHDSL else peers
    code = f"from importlib.metadata import version; print(version({system.package!r}))"
    done = subprocess.run((python, "-c", code), capture_output=True, text=True)
    return done.stdout.strip()
