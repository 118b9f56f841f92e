"""Running the command: in this process, or as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from archdsl.cli import main
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, from the current folder."""

    def run(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        status = ended.value.code
        assert status is None or isinstance(status, int)
        return Ended(status or 0, out, err)

    return run


@pytest.fixture
def process() -> Run:
    """The command as a process of its own."""

    def run(
        *arguments: str | Path,
        input: bytes | None = b"",
        cwd: Path = ROOT,
        environment: Mapping[str, str] | None = None,
    ) -> Ended:
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", *arguments],
            input=input,
            capture_output=True,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            timeout=PATIENCE,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is that of the checkout."""
    monkeypatch.chdir(ROOT)
