"""What each command prints, and how it ends."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

import archdsl
from archdsl.cli.app import COMMANDS
from archdsl.diagnostics import CODES, LINTS
from archdsl.ops import OPS
from tests.patience import PATIENCE

from .conftest import ROOT, Ended, Run

pytestmark = pytest.mark.usefixtures("in_checkout")

TWO_MODELS = """\
block stem(width) { conv(width, 3x3) -> relu }
model small(width = 4) {
    input image: 3x8x8
    stem(width)
}
model large = small(width=16)
"""
BROKEN = "model broken {\n    input x: 3x8x8\n    cnv(4, 3x3)\n}\n"
WARNED = "model warned(unread = 1) {\n    input x: 3x8x8\n    conv(4, 3x3)\n}\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# ---- check ---------------------------------------------------------------------------------------


def test_check_says_what_the_spec_describes(process: Run) -> None:
    assert process("check", "specs/resnet50.arch") == Ended(
        0,
        "specs/resnet50.arch: resnet50 ok, 3x224x224 -> 1000, 25,557,032 parameters, 4.09 G MACs\n",
        "",
    )


def test_check_takes_several_specs(run: Run) -> None:
    status, out, err = run("check", "specs/lenet5.arch", "specs/unet.arch")
    assert (status, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        "specs/lenet5.arch",
        "specs/unet.arch",
    ]


def test_check_checks_every_model_of_a_file(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "two.arch", TWO_MODELS)
    status, out, _ = run("check", spec)
    assert status == 0
    assert [line.split()[1] for line in out.splitlines()] == ["small", "large"]
    assert run("check", spec, "--model", "large").out == out.splitlines(keepends=True)[1]


def test_check_shows_errors_and_counts_them(run: Run, tmp_path: Path) -> None:
    status, out, err = run("check", written(tmp_path, "broken.arch", BROKEN))
    assert (status, out) == (1, "")
    assert "error[unknown-operator]" in err
    assert "did you mean `conv`?" in err
    assert err.endswith("broken.arch: 1 error\n")
    assert "\x1b" not in err


def test_check_tells_a_mistake_once_though_two_models_share_it(run: Run, tmp_path: Path) -> None:
    spec = written(tmp_path, "two.arch", TWO_MODELS.replace("relu", "rellu"))
    status, _, err = run("check", spec)
    assert status == 1
    assert err.count("error[") == 1


def test_warnings_are_allowed(run: Run, tmp_path: Path) -> None:
    status, out, err = run("check", written(tmp_path, "warned.arch", WARNED))
    assert status == 0
    assert "warned ok" in out
    assert "warning[unused-parameter]" in err


def test_options_of_the_model(run: Run) -> None:
    spec = "specs/resnet50.arch"
    status, out, _ = run("check", spec, "--set", "classes=10", "--input", "3x256x320")
    assert status == 0
    assert "3x256x320 -> 10," in out
    assert run("check", spec, "--input", "image=3x256x256").status == 0
    assert run("check", spec, "--input", "picture=3x256x256").status == 1
    assert run("check", spec, "--set", "clases=10").status == 1
    assert run("check", spec, "--model", "resnet5").status == 1


def test_limits(run: Run) -> None:
    assert "--max-nodes" in run("check", "specs/resnet50.arch", "--max-nodes", "100").err
    assert "--max-depth" in run("check", "specs/resnet50.arch", "--max-depth", "1").err


DEEP = """\
block inner(n) {
    conv(1, 1x1)
    if n > 0 { inner(n - 1) }
}
model deep {
    input x: 1x1x1
    inner(500)
}
"""


@pytest.mark.parametrize("command", ["check", "profile", "draw", "compile"])
def test_whoever_allows_deep_blocks_can_work_with_them(
    run: Run, tmp_path: Path, command: str
) -> None:
    spec = written(tmp_path, "deep.arch", DEEP)
    assert run(command, spec).status == 1
    status, out, err = run(command, spec, "--max-depth", "600")
    assert (status, err) == (0, "")
    assert "deep" in out.lower()


class Related(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    message: str
    file: str | None
    line: int | None
    column: int | None


class EditForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    edits: list[EditForm]


class DiagnosticForm(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: str
    severity: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None
    notes: list[str]
    help: str | None
    fixes: list[FixForm]
    related: list[Related]


class CheckForm(BaseModel):
    """The documented form of ``check --format json``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ok: bool
    model: str | None
    inputs: dict[str, list[int]]
    outputs: dict[str, list[int]]
    diagnostics: list[DiagnosticForm]


def test_check_json(run: Run) -> None:
    status, out, err = run("check", "specs/googlenet.arch", "--format", "json")
    assert (status, err, out.count("\n")) == (0, "", 1)
    form = CheckForm.model_validate_json(out)
    assert form.ok
    assert form.model == "googlenet"
    assert form.inputs == {"image": [3, 224, 224]}
    assert form.outputs == {"out": [1000]}
    assert form.diagnostics == []


def test_check_json_of_errors(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "broken.arch", BROKEN)
    status, out, err = run("check", path, "--format", "json")
    assert (status, err) == (1, "")
    form = CheckForm.model_validate_json(out)
    assert not form.ok
    assert (form.inputs, form.outputs) == ({}, {})
    (diagnostic,) = form.diagnostics
    assert diagnostic.code == "unknown-operator"
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == (str(path), 3, 5)
    assert (diagnostic.end_line, diagnostic.end_column) == (3, 8)


def test_check_json_of_several_models_and_files_is_json_lines(run: Run, tmp_path: Path) -> None:
    two = written(tmp_path, "two.arch", TWO_MODELS)
    unparsed = written(tmp_path, "unparsed.arch", "model {")
    status, out, _ = run("check", two, unparsed, "specs/lenet5.arch", "--format", "json")
    forms = [CheckForm.model_validate_json(line) for line in out.splitlines()]
    assert status == 1
    assert [form.model for form in forms] == ["small", "large", None, "lenet5"]
    assert [form.ok for form in forms] == [True, True, False, True]


# ---- profile -------------------------------------------------------------------------------------


def test_profile(process: Run) -> None:
    status, out, err = process("profile", "specs/resnet50.arch", "--depth", "1")
    assert (status, err) == (0, "")
    assert "25,557,032" in out
    assert "8,178,368,512" in out
    assert len(out.splitlines()) < 30


def test_profile_formats(run: Run) -> None:
    as_json = json.loads(run("profile", "specs/unet.arch", "--format", "json").out)
    assert as_json["params"] == 31030658
    assert run("profile", "specs/unet.arch", "--format", "csv").out.startswith("name,op,output")
    assert "| **total** |" in run("profile", "specs/unet.arch", "--format", "markdown").out


def test_profile_modes(run: Run) -> None:
    spec = ("profile", "specs/googlenet.arch", "--format", "json")
    plain, training = (json.loads(run(*spec, "--mode", mode).out) for mode in ("eval", "train"))
    assert plain["params"] == training["params"]
    assert plain["macs"] < training["macs"]


@pytest.mark.parametrize("command", ["profile", "draw", "compile"])
def test_errors_end_every_command(run: Run, tmp_path: Path, command: str) -> None:
    status, out, err = run(command, written(tmp_path, "broken.arch", BROKEN))
    assert (status, out) == (1, "")
    assert "error[unknown-operator]" in err
    assert err.endswith("broken.arch: 1 error\n")


# ---- draw and compile ----------------------------------------------------------------------------


def test_draw_prints_dot(run: Run) -> None:
    status, out, err = run("draw", "specs/lenet5.arch")
    assert (status, err) == (0, "")
    assert out.startswith("digraph")


@pytest.mark.parametrize("suffix", ["dot", "svg"])
def test_draw_to_a_file(run: Run, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"lenet5.{suffix}"
    assert run("draw", "specs/lenet5.arch", "-o", target) == Ended(0, "", "")
    assert "lenet5" in target.read_text(encoding="utf-8")


def test_compile_prints_python(run: Run) -> None:
    status, out, err = run("compile", "specs/lenet5.arch", "--to", "torch")
    assert (status, err) == (0, "")
    compile(out, "lenet5.py", "exec")
    assert out == archdsl.load("specs/lenet5.arch").to_source()


def test_compile_to_a_file(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    assert run("compile", "specs/lenet5.arch", "-o", target) == Ended(0, "", "")
    assert target.read_text(encoding="utf-8") == run("compile", "specs/lenet5.arch").out
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]


def test_a_written_file_keeps_its_rights_and_its_links(run: Run, tmp_path: Path) -> None:
    target = written(tmp_path, "net.py", "old")
    target.chmod(0o640)
    link = tmp_path / "link.py"
    link.symlink_to(target)
    assert run("compile", "specs/lenet5.arch", "-o", link).status == 0
    assert link.is_symlink()
    assert "class Lenet5" in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_output_to_a_device_or_pipe(process: Run) -> None:
    assert process("compile", "specs/lenet5.arch", "-o", "/dev/null") == Ended(0, "", "")
    status, out, _ = process("compile", "specs/lenet5.arch", "-o", "/dev/stdout")
    assert status == 0
    assert "class Lenet5" in out


# ---- fmt -----------------------------------------------------------------------------------------

UNTIDY = "model m{\r\ninput x:3x8x8\r\n  conv( 4,3x3 )  # wide\r\n}"
TIDY = "model m {\n    input x: 3x8x8\n    conv(4, 3x3)  # wide\n}\n"


def test_fmt_in_place(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "m.arch"
    spec.write_bytes(b"\xef\xbb\xbf" + UNTIDY.encode())
    assert run("fmt", spec) == Ended(0, "", "")
    assert spec.read_bytes() == TIDY.encode()
    before = spec.stat().st_mtime_ns
    assert run("fmt", spec) == Ended(0, "", "")
    assert spec.stat().st_mtime_ns == before


def test_fmt_check_lists_what_would_change(run: Run, tmp_path: Path) -> None:
    untidy, tidy = written(tmp_path, "a.arch", UNTIDY), written(tmp_path, "b.arch", TIDY)
    windows = tmp_path / "c.arch"
    windows.write_bytes(TIDY.replace("\n", "\r\n").encode())
    status, out, _ = run("fmt", "--check", untidy, tidy, windows)
    assert (status, out) == (1, f"{untidy}\n{windows}\n")
    assert untidy.read_text(encoding="utf-8") == UNTIDY.replace("\r\n", "\n")
    assert run("fmt", "--check", tidy) == Ended(0, "", "")


def test_fmt_filters(process: Run) -> None:
    assert process("fmt", "-", input=UNTIDY.encode()) == Ended(0, TIDY, "")
    assert process("fmt", "--check", "-", input=UNTIDY.encode()) == Ended(1, "<stdin>\n", "")


def test_fmt_leaves_alone_what_it_cannot_read(run: Run, tmp_path: Path) -> None:
    wrong, right = written(tmp_path, "wrong.arch", "model m {"), written(tmp_path, "b.arch", UNTIDY)
    status, out, err = run("fmt", wrong, right)
    assert (status, out) == (1, "")
    assert "error[missing-brace]" in err
    assert wrong.read_text(encoding="utf-8") == "model m {"
    assert right.read_text(encoding="utf-8") == TIDY


# ---- ops and explain -----------------------------------------------------------------------------


def test_ops_lists_every_operator(run: Run) -> None:
    status, out, _ = run("ops")
    assert status == 0
    listed = re.findall(r"^  (\w+)  ", out, re.MULTILINE)
    assert set(OPS) <= set(listed)
    assert {"project", "squeeze_excite"} <= set(listed)
    assert all(len(line) <= 120 for line in out.splitlines())


@pytest.mark.parametrize("name", OPS)
def test_ops_shows_the_whole_declaration(run: Run, name: str) -> None:
    status, out, _ = run("ops", name)
    assert status == 0
    assert out.startswith(name)
    assert ">>>" in out
    for argument, field in OPS[name].model_fields.items():
        assert argument in out
        assert (field.description or "") in out
    assert "pydantic" not in out.lower()
    assert "typing." not in out


def test_ops_of_one_operator(run: Run) -> None:
    out = run("ops", "conv").out
    assert out.startswith("conv(channels, kernel, stride = 1, padding = 0,")
    assert 'size >= 0 or "same", by default 0' in out
    assert "https://docs.pytorch.org" in out


def test_ops_of_a_block_in_the_language(run: Run) -> None:
    assert "block project(like) {" in run("ops", "project").out


def test_explain(run: Run) -> None:
    status, out, _ = run("explain")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [*CODES, *LINTS]


@pytest.mark.parametrize("code", [*CODES, *LINTS])
def test_explain_one(run: Run, code: str) -> None:
    status, out, _ = run("explain", code)
    assert status == 0
    assert out.strip()


# ---- the command itself --------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert run("--version") == Ended(0, f"archdsl {archdsl.__version__}\n", "")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_short_and_has_an_example(run: Run, command: str) -> None:
    status, out, err = run(*command.split(), "--help")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) <= 30
    assert not command or f"Example: archdsl {command} " in out


USER_OPERATOR = """\
from archdsl import Op
from archdsl.ops import Function


class Twice(Op, name="twice"):
    \"\"\"Twice the input.

    >>> Twice().shape((1, 2))
    (1, 2)
    \"\"\"

    def shape(self, x):
        return x

    def torch(self, x):
        return Function("{x} + {x}")
"""
USES_IT = "model m {\n    input x: 3x8x8\n    conv(4, 3x3) -> twice\n}\n"


def test_operators_of_the_user(process: Run, tmp_path: Path) -> None:
    written(tmp_path, "mine.py", USER_OPERATOR)
    spec = written(tmp_path, "m.arch", USES_IT)
    assert process("check", spec, cwd=tmp_path).status == 1
    assert process("check", "m.arch", "--ops", "mine", cwd=tmp_path).status == 0
    assert "Twice the input" in process("ops", "twice", "--ops", "mine", cwd=tmp_path).out


def test_operators_named_in_pyproject(process: Run, tmp_path: Path) -> None:
    written(tmp_path, "mine.py", USER_OPERATOR)
    written(tmp_path, "pyproject.toml", '[tool.archdsl]\nops = ["mine"]\n')
    (tmp_path / "specs").mkdir()
    spec = written(tmp_path / "specs", "m.arch", USES_IT)
    assert process("check", spec).status == 0
    assert process("check", "-", input=USES_IT.encode(), cwd=tmp_path).status == 0


def test_a_spec_from_standard_input(process: Run) -> None:
    text = (ROOT / "specs/resnet50.arch").read_bytes()
    status, out, _ = process("check", "-", input=text, cwd=ROOT / "specs")
    assert status == 0
    assert out.startswith("<stdin>: resnet50 ok")


LIBRARIES = """
import sys
from archdsl.cli import main
for command in {commands}:
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, (command, end.code)
found = [name for name in {libraries} if name in sys.modules]
print("FOUND", *found)
"""


def imported_by(commands: list[list[str]], *libraries: str) -> str:
    code = LIBRARIES.format(commands=commands, libraries=libraries)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_no_command_imports_torch(tmp_path: Path) -> None:
    spec = "specs/googlenet.arch"
    commands = [
        ["check", spec],
        ["profile", spec],
        ["draw", spec, "-o", str(tmp_path / "g.dot")],
        ["compile", spec, "-o", str(tmp_path / "g.py")],
        ["fmt", "--check", spec],
        ["ops", "conv"],
        ["explain"],
    ]
    assert imported_by(commands, "torch") == "FOUND"


def test_check_imports_little() -> None:
    heavy = ("torch", "networkx", "graphviz", "pygraphviz", "rich", "numpy", "archdsl.arch")
    assert imported_by([["check", "specs/resnet50.arch"]], *heavy) == "FOUND"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no')", "an operator of your own, not archdsl"),
        ("return 5", "`shape` of the operator 'odd' gave 5, not a Shape"),
    ],
)
def test_a_user_operator_that_fails_is_no_bug_of_ours(
    process: Run, tmp_path: Path, body: str, said: str
) -> None:
    (tmp_path / "mine.py").write_text(
        "from archdsl.ops import Function, Op\n"
        'class Odd(Op, name="odd"):\n'
        f"    def shape(self, x):\n        {body}\n"
        '    def torch(self, x):\n        return Function("{x}")\n'
    )
    (tmp_path / "m.arch").write_text("model m { input x: 3x8x8\n odd }")
    ended = process("check", "m.arch", "--ops", "mine", cwd=tmp_path)
    assert ended.status == 2
    assert said in ended.err
    assert "bug in archdsl" not in ended.err
