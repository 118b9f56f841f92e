"""Lints on the command line: told, counted, silenced, and errors where one is strict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

SPEC = """\
model m {
    input x: 3x9x9
    conv(4, 3x3, padding=1) -> bn -> relu -> relu
    maxpool(2x2)
}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "m.arch"
    file.write_text(SPEC)
    return file


def headlines(text: str) -> list[str]:
    return [line.partition(":")[0] for line in text.splitlines() if "[" in line.partition(":")[0]]


def test_check_tells_them_and_goes_on(run: Run, spec: Path) -> None:
    status, out, err = run("check", spec)
    assert status == 0
    assert headlines(err) == [
        "warning[double-activation]",
        "note[bias-before-norm]",
        "note[fraction]",
    ]
    assert "m ok, 3x9x9 -> 4x4x4" in out


def test_check_strict(run: Run, spec: Path) -> None:
    status, out, err = run("check", "--strict", spec)
    assert (status, out) == (1, "")
    assert headlines(err) == [
        "error[double-activation]",
        "error[fraction]",
        "note[bias-before-norm]",
    ]
    assert err.endswith("m.arch: 2 errors, 1 note\n")


def test_check_json(run: Run, spec: Path) -> None:
    status, out, _ = run("check", "--format", "json", spec)
    found = json.loads(out)
    assert (status, found["ok"]) == (0, True)
    assert [(one["severity"], one["code"], one["line"]) for one in found["diagnostics"]] == [
        ("warning", "double-activation", 3),
        ("note", "bias-before-norm", 3),
        ("note", "fraction", 4),
    ]


@pytest.mark.parametrize("format", ["github", "sarif"])
def test_check_for_machines(run: Run, spec: Path, format: str) -> None:
    status, out, _ = run("check", "--format", format, spec)
    assert status == 0
    assert all(code in out for code in ("double-activation", "bias-before-norm", "fraction"))


def test_silence(run: Run, spec: Path) -> None:
    spec.write_text("# allow: double-activation, bias-before-norm, fraction (a test)\n" + SPEC)
    status, _, err = run("check", "--strict", spec)
    assert (status, err) == (0, "")


@pytest.mark.parametrize("command", ["profile", "compile"])
def test_other_commands_say_nothing(run: Run, spec: Path, command: str) -> None:
    extra = ["--to", "torch"] if command == "compile" else []
    status, _, err = run(command, spec, *extra)
    assert (status, err) == (0, "")
