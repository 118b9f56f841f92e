"""``archdsl check --fix`` mends files, whole or not at all, and touches nothing else in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import ROOT, Ended, Run

SPELLING = """\
model m {
    input x: 3x32x32
    # two mistakes, and a remark   with   spaces
    stem: cnv( 8,3x3 )   # stays as it is
    2 conv(8, 3x3)
}
"""
MENDED = SPELLING.replace("cnv", "conv").replace("2 conv", "2 * conv")
DECISION = """\
model m {
    input x: 3x5x5
    conv(8, 7x7)
}
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def patched(text: str, diff: str) -> str:
    """The text after a unified diff, read by its rules."""
    old, new, at = text.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            start = int(re.findall(r"-(\d+)", line)[0]) - 1
            new += old[at:start]
            at = start
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith((" ", "-")):
            assert old[at] == line[1:]
            new += [old[at]] if line[0] == " " else []
            at += 1
    return "".join(new + old[at:])


def test_mends_and_shows_the_difference(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "m.arch", SPELLING)
    status, out, err = run("check", "--fix", spec)
    assert status == 0
    assert spec.read_text() == MENDED
    diff, line = out[: out.rindex(str(spec))], out[out.rindex(str(spec)) :]
    assert diff.startswith(f"--- {spec}\n+++ {spec}\n@@ ")
    assert patched(SPELLING, diff) == MENDED
    assert line.startswith(f"{spec}: m ok")
    assert err == f"{spec}: 2 fixes applied\n"
    assert [path.name for path in tmp_path.iterdir()] == ["m.arch"]
    again = run("check", "--fix", spec)
    assert (again.out, again.err) == (line, "")


def test_what_is_a_decision_is_left_to_the_author(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "m.arch", DECISION)
    status, out, err = run("check", "--fix", spec)
    assert (status, out) == (1, "")
    assert spec.read_text() == DECISION
    assert "`padding=1` or `kernel=5` makes it fit" in err


def test_what_remains_is_told_of_the_new_text(run: Run, tmp_path: Path) -> None:
    text = SPELLING.replace("conv(8, 3x3)\n", "conv(8, 3x3)\n    maxpool(64)\n")
    spec = written(tmp_path, "m.arch", text)
    status, _, err = run("check", "--fix", spec)
    assert status == 1
    assert f"{spec}:6:13" in err
    assert "2 * conv(8, 3x3)" in spec.read_text()


def test_a_fix_can_bring_the_next_mistake_to_light(run: Run, tmp_path: Path) -> None:
    """After the star it is known what flows, and so that it must be flattened."""
    text = "model m {\n    input x: 3x8x8\n    2 relu\n    linear(10)\n}\n"
    spec = written(tmp_path, "m.arch", text)
    run("check", "--fix", spec)
    assert run("check", spec).status == 0


def test_a_file_that_is_used_is_mended_too(run: Run, tmp_path: Path) -> None:
    part = written(
        tmp_path, "parts/b.arch", "block stem(width) {\n    conv(width, 3x3) -> rellu\n}\n"
    )
    spec = written(
        tmp_path, "m.arch", 'use "parts/b.arch"\nmodel m {\n    input x: 3x8x8\n    stem(4)\n}\n'
    )
    before = spec.stat().st_mtime_ns
    status, out, _ = run("check", "--fix", spec)
    assert status == 0
    assert out.startswith(f"--- {part}\n")
    assert "-> relu\n" in part.read_text()
    assert spec.stat().st_mtime_ns == before


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark_stay(
    run: Run, tmp_path: Path, mark: bytes, end: str
) -> None:
    spec = tmp_path / "m.arch"
    spec.write_bytes(mark + SPELLING.replace("\n", end).encode())
    assert run("check", "--fix", spec).status == 0
    assert spec.read_bytes() == mark + MENDED.replace("\n", end).encode()


def test_mixed_line_ends_stay_on_their_lines(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "m.arch"
    lines = SPELLING.split("\n")
    spec.write_bytes("\r\n".join(lines[:4]).encode() + b"\n" + "\n".join(lines[4:]).encode())
    run("check", "--fix", spec)
    mended = MENDED.split("\n")
    wanted = "\r\n".join(mended[:4]).encode() + b"\n" + "\n".join(mended[4:]).encode()
    assert spec.read_bytes() == wanted


def test_a_text_without_a_last_line_end_keeps_it_so(run: Run, tmp_path: Path) -> None:
    text = "model m { input x: 3x8x8\n 2 relu }"
    spec = written(tmp_path, "m.arch", text)
    _, out, _ = run("check", "--fix", spec)
    assert spec.read_text() == "model m { input x: 3x8x8\n 2 * relu }"
    assert out.count("\\ No newline at end of file") == 2


def test_signs_that_end_no_line_are_left_alone(run: Run, tmp_path: Path) -> None:
    text = SPELLING.replace("remark", "re\x0cmark\u2028")
    spec = written(tmp_path, "m.arch", text)
    _, out, _ = run("check", "--fix", spec)
    assert spec.read_text() == text.replace("cnv", "conv").replace("2 conv", "2 * conv")
    assert "No newline" not in out


def test_standard_input_is_printed_mended(process: Run) -> None:
    status, out, err = process("check", "--fix", "-", input=SPELLING.encode())
    assert (status, out) == (0, MENDED)
    assert "<stdin>: m ok" in err
    untouched = process("check", "--fix", "-", input=DECISION.encode())
    assert (untouched.status, untouched.out) == (1, DECISION)


def test_json_stays_json(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "m.arch", SPELLING)
    _, out, err = run("check", "--fix", spec, "--format", "json")
    assert json.loads(out)["ok"]
    assert f"--- {spec}\n" in err


def test_the_zoo_is_not_mended(run: Run) -> None:
    status, out, err = run("check", "--fix", "zoo:lenet5")
    assert (status, out) == (2, "")
    assert "copy the file" in err


def test_a_file_that_cannot_be_written_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = written(tmp_path, "m.arch", SPELLING)
    monkeypatch.setattr("os.access", lambda *_: False)
    status, out, err = run("check", "--fix", spec)
    assert (status, out) == (2, "")
    assert "cannot be written" in err
    assert spec.read_text() == SPELLING


def test_a_right_spec_is_left_alone(run: Run, tmp_path: Path) -> None:
    text = (ROOT / "specs/lenet5.arch").read_text()
    spec = written(tmp_path, "lenet5.arch", text)
    before = spec.stat().st_mtime_ns
    ended = run("check", "--fix", spec)
    assert ended == Ended(0, run("check", spec).out, "")
    assert spec.stat().st_mtime_ns == before
