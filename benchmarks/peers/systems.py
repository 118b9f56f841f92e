"""The five systems: how each checks a file, as its documentation has it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.peers.cases import Case

HERE = Path(__file__).parent
NETWORKS = HERE / "networks"

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
        how: the check, for the reader
        command: the check, from the Python that has the package and the file
    """

    name: str
    package: str
    suffix: str
    how: str
    command: Callable[[Path, Path], tuple[str | Path, ...]]

    def file(self, case: Case) -> Path:
        return NETWORKS / self.name.lower() / (case.name + self.suffix)

    def check(self, case: Case, python: Path) -> Run:
        """Run the check, in a process of its own, from the folder of the file."""
        file = self.file(case)
        environment = {**os.environ, "KERAS_BACKEND": "torch", "KERAS_HOME": str(python.parent)}
        start = perf_counter()
        done = subprocess.run(
            self.command(python, Path(file.name)),
            cwd=file.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return Run(done.returncode, done.stdout, perf_counter() - start)


ARCHDSL = System(
    "archdsl",
    "archdsl",
    ".arch",
    "`archdsl check FILE`",
    lambda _, file: (sys.executable, "-m", "archdsl", "check", file),
)

PEERS = (
    System(
        "Keras",
        "keras",
        ".py",
        "`python FILE`, which builds the model; functional API, PyTorch as backend",
        lambda python, file: (python, file),
    ),
    System(
        "narchi",
        "narchi",
        ".jsonnet",
        "`narchi_cli.py validate FILE`",
        lambda python, file: (python, python.parent / "narchi_cli.py", "validate", file),
    ),
    System(
        "mlnode",
        "mlnode",
        ".mlnode.json",
        "`MLnodeModel.load(FILE)`, `validate()`, `build()`",
        lambda python, file: (python, HERE / "validate_mlnode.py", file),
    ),
    System(
        "n-orca",
        "n-orca",
        ".n.orca.md",
        "`n-orca verify --strict FILE`",
        lambda python, file: (python, python.parent / "n-orca", "verify", "--strict", file),
    ),
)


def version(system: System, python: Path) -> str:
    """The version that the given Python has; empty if it has none."""
    code = f"from importlib.metadata import version; print(version({system.package!r}))"
    done = subprocess.run((python, "-c", code), capture_output=True, text=True)
    return done.stdout.strip()
