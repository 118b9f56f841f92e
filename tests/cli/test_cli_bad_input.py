"""Whatever a command is given, it ends with a line that says why, and never with a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.cli import check
from tests.patience import PATIENCE

from .conftest import ROOT, Ended, Run

pytestmark = pytest.mark.usefixtures("in_checkout")

LENET = "specs/lenet5.arch"
COMMANDS = ("check", "profile", "draw", "compile", "fmt")
MORE_THAN_PIPES_HOLD = 3 * 1024 * 1024

FILES = {
    "binary": b"\x7fELF\x00\x01",
    "other encoding": "model m { }  # é".encode("latin-1"),
    "utf-16": "model m { }".encode("utf-16"),
    "huge": b"#" * (5 * 1024 * 1024),
}


def one_line(ended: Ended, status: int = 2) -> str:
    """The message of a command that could not do its work."""
    assert ended.status == status
    assert ended.out == ""
    assert ended.err.startswith("archdsl: ")
    assert ended.err.count("\n") == 1
    return ended.err


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_are_no_specs(run: Run, tmp_path: Path, command: str, content: bytes) -> None:
    path = tmp_path / "spec.arch"
    path.write_bytes(content)
    assert str(path) in one_line(run(command, path))
    assert path.read_bytes() == content


PATHS = ("missing.arch", "specs", "specs/lenet5.arch/x", "x" * 300, "a\0b", "/dev/zero", "")


@pytest.mark.parametrize("path", PATHS, ids=ascii)
@pytest.mark.parametrize("command", COMMANDS)
def test_paths_that_cannot_be_read(run: Run, command: str, path: str) -> None:
    one_line(run(command, path))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_named_pipe_is_not_waited_for(run: Run, tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "named pipe" in one_line(run(command, tmp_path / "pipe"))


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", 'use "x"', "model", "\ufeff", "}" * 99])
def test_specs_without_a_model(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "spec.arch"
    path.write_text(text, encoding="utf-8")
    for command in ("check", "profile", "draw", "compile"):
        status, out, err = run(command, path)
        assert (status, out) == (1, "")
        assert "error[" in err


def test_what_cannot_be_read_does_not_keep_the_others_from_being_checked(run: Run) -> None:
    status, out, err = run("check", "missing.arch", LENET)
    assert status == 2
    assert out.startswith(LENET)
    assert err == "archdsl: missing.arch: no such file\n"


def test_a_path_that_is_not_text(process: Run, tmp_path: Path) -> None:
    status, _, err = process("check", os.fsdecode(os.fsencode(tmp_path) + b"/\xff.arch"))
    assert status == 2
    assert err.endswith("no such file\n")


# ---- usage -----------------------------------------------------------------------------------

USAGE = [
    [],
    ["chek", LENET],
    ["check"],
    ["check", LENET, "--nope"],
    ["check", LENET, "--format", "xml"],
    ["check", LENET, "--max-nodes", "0"],
    ["check", LENET, "--max-nodes", "many"],
    ["profile", LENET, LENET],
    ["profile", LENET, "--mode", "fast"],
    ["profile", LENET, "--depth", "0"],
    ["compile", LENET, "--to", "onyx"],
    ["fmt"],
    ["check", LENET, "--set", "classes"],
    ["check", LENET, "--set", "=3"],
    ["check", LENET, "--set", "classes="],
    ["check", LENET, "--input", "3x"],
    ["check", LENET, "--input", "image"],
    ["check", LENET, "--input", "0x3x3"],
    ["check", LENET, "--input", "3x8x8", "--input", "3x9x9"],
    ["check", LENET, "--ops", "no.such.module"],
    ["ops", "conb"],
    ["ops", "zzzz"],
    ["explain", "shape-missmatch"],
    ["explain", "../../README"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert "Traceback" not in err
    assert err or not arguments  # without any arguments the help is shown


def test_a_near_miss_is_recognised(run: Run) -> None:
    assert "check" in run("chek").err
    assert "did you mean `conv`?" in run("ops", "cov").err
    assert "did you mean `shape-mismatch`?" in run("explain", "shape-missmatch").err


@pytest.mark.parametrize("value", ["(", "cnv", "1 +", '"', "[1, ", "in", "#", "9" * 500, "(" * 500])
def test_settings_that_are_no_values(run: Run, value: str) -> None:
    status, out, err = run("check", LENET, "--set", f"classes={value}")
    assert (status, out) == (1, "")
    assert "error[" in err


# ---- operators of the user -------------------------------------------------------------------

MODULES = {
    "raises": ("raise RuntimeError('no\\nluck')", "RuntimeError: no luck"),
    "exits": ("raise SystemExit(0)", "SystemExit"),
    "is no python": ("def", "SyntaxError"),
    "takes a name again": (
        "from archdsl import Op\nclass C(Op, name='conv'): pass",
        "'conv' is registered already",
    ),
}


@pytest.mark.parametrize(("text", "said"), MODULES.values(), ids=MODULES)
def test_modules_that_cannot_be_imported(
    process: Run, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    message = one_line(process("check", ROOT / LENET, "--ops", "mine", cwd=tmp_path))
    assert said in message
    assert "'mine'" in message


@pytest.mark.parametrize(
    "text",
    [
        "[tool.archdsl]\nops = ",
        "[tool.archdsl]\nops = 3",
        '[tool.archdsl]\nops = ["no_such"]',
        "\xff",
    ],
    ids=["toml", "type", "module", "encoding"],
)
def test_a_pyproject_that_cannot_be_used(run: Run, tmp_path: Path, text: str) -> None:
    project = tmp_path / "pyproject.toml"
    project.write_bytes(text.encode("latin-1"))
    spec = tmp_path / "m.arch"
    spec.write_text("model m { input x: 1x8x8\n relu }", encoding="utf-8")
    assert str(project) in one_line(run("check", spec))


# ---- output ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["compile", "draw"])
def test_output_that_cannot_be_written(run: Run, tmp_path: Path, command: str) -> None:
    for target in (tmp_path, tmp_path / "no/such/x.svg", Path(LENET) / "x.svg", Path("y" * 300)):
        one_line(run(command, LENET, "-o", target))
    assert list(tmp_path.iterdir()) == []


def test_devices_and_pipes_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    assert "no space left" in one_line(run("compile", LENET, "-o", "/dev/full"))
    os.mkfifo(tmp_path / "pipe")
    assert "nothing reads" in one_line(run("compile", LENET, "-o", tmp_path / "pipe"))


def test_the_old_file_stays_when_writing_fails(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "net.py"
    target.write_text("old", encoding="utf-8")

    def full(self: Path, other: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    one_line(run("compile", LENET, "-o", target))
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
    assert target.read_text(encoding="utf-8") == "old"


def test_standard_output_that_is_full_or_closed() -> None:
    for redirect in (">/dev/full", ">&-"):
        done = subprocess.run(
            f'"{sys.executable}" cli.py check {LENET} {redirect}',
            shell=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("archdsl: standard output ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["profile", LENET], ["--help"], ["ops"]], ids=" ".join)
def test_a_reader_that_goes_away_ends_the_command_quietly(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "cli.py", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert done.returncode != 0
    assert done.stderr == b""


def test_ctrl_c_ends_the_command_quietly() -> None:
    waiting = subprocess.Popen(
        [sys.executable, "cli.py", "check", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell starts what runs in its background with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert waiting.stdin is not None
    waiting.stdin.write(b"#" * MORE_THAN_PIPES_HOLD)  # done when it has begun to read
    waiting.stdin.flush()
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, out, err) == (130, b"", b"")


def test_text_that_the_terminal_cannot_show(process: Run, tmp_path: Path) -> None:
    spec = tmp_path / "☂.arch"
    spec.write_text("model m {\n    input x: 1x8x8\n    ☂\n}\n", encoding="utf-8")
    narrow = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    status, _, err = process("check", spec, environment=narrow)
    assert status == 1
    assert "error[" in err


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["terminal", "NO_COLOR", "dumb"],
)
def test_colour_on_a_terminal_only(environment: dict[str, str], coloured: bool) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "cli.py", "check", "--set", "x=1", LENET],
        stderr=theirs,
        env={**clean, "TERM": "xterm", **environment},
        timeout=PATIENCE,
    )
    os.close(theirs)
    seen = os.read(ours, 10_000)
    os.close(ours)
    assert b"bad-setting" in seen
    assert (b"\x1b[" in seen) == coloured


# ---- bugs ------------------------------------------------------------------------------------


def test_a_bug_shows_itself_and_says_how_to_report_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(request: object, **options: object) -> None:
        raise ZeroDivisionError("what a bug")

    monkeypatch.setattr(check, "review", broken)
    status, out, err = run("check", LENET)
    assert (status, out) == (70, "")
    assert "Traceback" in err
    assert "ZeroDivisionError: what a bug" in err
    assert "report it" in err


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode())))
def test_random_files(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.arch"
    path.write_bytes(content)
    for command in ("check", "fmt"):
        status, _, err = run(command, path)
        assert status in (0, 1, 2)
        assert "Traceback" not in err


def test_an_empty_checkpoint(run: Run, tmp_path: Path) -> None:
    weights = tmp_path / "empty.pth"
    weights.write_bytes(b"")
    status, _, err = run("compile", "zoo:lenet5", "--weights", str(weights))
    assert status == 2
    assert err == f"archdsl: {weights}: not a checkpoint: EOFError\n"


def test_a_folder_is_no_picture(run: Run, tmp_path: Path) -> None:
    status, _, err = run("draw", "zoo:lenet5", "-o", str(tmp_path))
    assert status == 2
    assert f"cannot draw to '{tmp_path}'" in err


def test_the_list_of_commands_is_not_cut_off(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "..." not in out.partition("Commands:")[2]
