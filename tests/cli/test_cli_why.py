"""`archdsl sizes --why`: what loses rows and columns, and what only training refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

TRAINED = """\
model m {
    input x: 3x32x32
    conv(4, 3x3) -> maxpool(2)
    train output aux: head: conv(4, 3x3, stride=2)
    init { "head": xavier_uniform }
}
"""


def written(folder: Path, text: str) -> str:
    path = folder / "m.arch"
    path.write_text(text)
    return str(path)


def test_a_loss_that_is_silenced_is_shown(run: Run, tmp_path: Path) -> None:
    text = "model m { input x: 3x31x31\n conv(4, 3x3) -> maxpool(2)  # allow: fraction (so)\n}\n"
    spec = written(tmp_path, text)
    result = run("sizes", spec, "--why", "31")
    assert (result.status, result.out) == (0, f"{spec}: 31x31 runs, and loses rows or columns\n")
    assert result.err.startswith("note[fraction]: maxpool throws away 1 row and 1 column of 29x29")
    assert run("check", "--strict", spec).status == 0


@pytest.mark.parametrize(
    ("size", "status", "verdict", "places"),
    [
        ("3", 1, "3x3 does not run", ["window-too-large"]),
        (
            "6",
            0,
            "6x6 runs without loss; in training, where it has more outputs, it does not run",
            ["window-too-large"],
        ),
        (
            "7",
            0,
            "7x7 runs, and loses rows or columns; "
            "in training, where it has more outputs, it does not run",
            ["fraction", "window-too-large"],
        ),
        ("8", 0, "8x8 runs without loss", []),
        (
            "10",
            0,
            "10x10 runs without loss; in training, where it has more outputs, it loses some",
            ["fraction"],
        ),
        (
            "11",
            0,
            "11x11 runs, and loses rows or columns; "
            "in training, where it has more outputs, it loses more",
            ["fraction", "fraction"],
        ),
    ],
)
def test_what_training_adds(
    run: Run, tmp_path: Path, size: str, status: int, verdict: str, places: list[str]
) -> None:
    spec = written(tmp_path, TRAINED)
    result = run("sizes", spec, "--why", size)
    assert (result.status, result.out) == (status, f"{spec}: {verdict}\n")
    heads = [line for line in result.err.split("\n") if line.startswith(("note[", "error["))]
    assert [line.partition("[")[2].partition("]")[0] for line in heads] == places


def test_of_the_zoo(run: Run) -> None:
    """What `archdsl sizes` says runs in inference, from 75 on, runs here."""
    result = run("sizes", "zoo:inception_v3", "--why", "200")
    assert result.status == 0
    assert result.out == (
        "zoo:inception_v3: 200x200 runs, and loses rows or columns; "
        "in training, where it has more outputs, it does not run\n"
    )
    assert "train output aux" in result.err


@pytest.mark.parametrize(
    "only_there",
    [
        "require aux.channels == 3\ntrain output aux: conv(3, 5x5)",
        'train output aux: head: conv(3, 5x5)\ninit { "head": xavier_uniform }',
        "module head: conv(3, 5x5)\ntrain output aux: head",
    ],
)
def test_inference_does_not_miss_what_only_training_has(
    run: Run, tmp_path: Path, only_there: str
) -> None:
    spec = written(tmp_path, f"model m {{ input x: 3x32x32\nconv(4, 3x3)\n{only_there} }}\n")
    status, out, _ = run("sizes", spec)
    assert status == 0
    assert "runs  H >= 3\n" in out
    verdict = "4x4 runs without loss; in training, where it has more outputs, it does not run"
    assert run("sizes", spec, "--why", "4").out == f"{spec}: {verdict}\n"


def test_a_requirement_on_parameters_is_asked(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "model m { input x: 3x8x8\nrequire params < 10\nconv(4, 3x3) }\n")
    result = run("sizes", spec, "--why", "9")
    assert (result.status, result.out) == (1, f"{spec}: 9x9 does not run\n")
    assert "requirement" in result.err
