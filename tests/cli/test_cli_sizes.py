"""`archdsl sizes` as its users see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

UNET = "specs/unet.arch"


def written(folder: Path, text: str) -> Path:
    path = folder / "m.arch"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_whole_answer(run: Run) -> None:
    status, out, err = run("sizes", UNET)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "specs/unet.arch: unet",
        "  H, and W alike",
        "    runs          H >= 188",
        "    without loss  H = 188 + 16k",
        "    out           H - 184 without loss, 16*floor((H - 188)/16) + 4 at any",
    ]


def test_only_sizes_without_loss(run: Run) -> None:
    _, out, _ = run("sizes", UNET, "--exact")
    assert "runs" not in out
    assert "H = 188 + 16k" in out


def test_what_only_training_needs(run: Run) -> None:
    _, out, _ = run("sizes", "zoo:inception_v3")
    inference, training = out.split("in training")
    assert "H >= 75" in inference
    assert "H >= 299" in training


@pytest.mark.parametrize(
    ("size", "status", "verdict", "place"),
    [
        ("572", 0, "572x572 runs without loss", ""),
        ("570x572", 0, "570x572 runs, and loses rows or columns", "unet.arch:18:31"),
        ("187", 1, "187x187 does not run", "window-too-large"),
    ],
)
def test_why(run: Run, size: str, status: int, verdict: str, place: str) -> None:
    result = run("sizes", UNET, "--why", size)
    assert (result.status, result.out) == (status, f"specs/unet.arch: {verdict}\n")
    assert place in result.err


@pytest.mark.parametrize("size", ["", "0", "-3", "7.5", "3x", "1x2x3", "a", "9" * 30])
def test_why_of_no_size(run: Run, size: str) -> None:
    status, out, err = run("sizes", UNET, "--why", size)
    assert (status, out) == (2, "")
    assert err.startswith(f"archdsl: --why {size}: ")


def test_declared_size_that_fails(run: Run, tmp_path: Path) -> None:
    text = "model m { input x: 3x30x32\n d: maxpool(4x4)\n u: upsample(4)\n add(x, u) }\n"
    status, out, _ = run("sizes", written(tmp_path, text))
    assert status == 0
    assert "30 fails  nearest that runs: 28 or 32" in out


def test_json(run: Run) -> None:
    found = json.loads(run("sizes", UNET, "--format", "json").out)
    assert found["model"] == "unet"
    assert found["axes"][0] == {
        "input": "image",
        "axis": "H",
        "declared": 572,
        "legal": {
            "minimum": 188,
            "start": 188,
            "period": 1,
            "residues": [0],
            "few": [],
            "nearest": [572],
            "proven": True,
        },
        "exact": {
            "minimum": 188,
            "start": 173,
            "period": 16,
            "residues": [12],
            "few": [],
            "nearest": [572],
            "proven": True,
        },
    }
    assert found["outputs"][1]["exact"] == "H - 184"


def test_a_spec_with_mistakes(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "model m { input x: 3x30x32\n cnv(4) }\n")
    status, out, err = run("sizes", spec)
    assert status == 1
    assert out == ""
    assert "unknown-operator" in err
    assert err.endswith(f"{spec}: no size runs, 1 error\n")


def test_a_spec_that_runs_at_no_size(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "model m { input x: 3x8x8\n a: conv(4, 3x3)\n add(x, a) }\n")
    status, _, err = run("sizes", spec)
    assert status == 1
    assert "shape-mismatch" in err
    assert err.endswith("no size runs, 1 error\n")
