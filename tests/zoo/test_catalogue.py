"""The zoo: models found by name from anywhere, and the list of all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import archdsl
from archdsl import zoo
from archdsl.cli import main
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]

FILES = {
    "blocks/parts.arch": "block stem(width) { conv(width, 3x3) -> relu }\n",
    "a.arch": "model b { input x: 1x8x8\n conv(7, 1x1) }\nmodel d { input x: 1x8x8\n relu }\n",
    "b.arch": 'use "blocks/parts.arch"\n'
    "model b(width = 4) { input x: 3x8x8\n stem(width) }\nmodel c = b(width=8)\n",
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code is None or isinstance(ended.value.code, int)
        return (ended.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zoo of three models, one name in two files, and blocks that are no model."""
    folder = tmp_path / "specs"
    (folder / "blocks").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(zoo, "resource", lambda *parts: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, in a folder of their own."""
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)


# ---- finding


def test_the_file_of_the_name_comes_first(small: Path) -> None:
    assert zoo.find("zoo:b").file == small / "b.arch"
    assert archdsl.load("zoo:b").inputs["x"] == (3, 8, 8)


def test_a_model_or_a_variant_of_any_file(small: Path) -> None:
    assert zoo.find("zoo:d").file == small / "a.arch"
    assert zoo.find("zoo:c").file == small / "b.arch"
    assert archdsl.load("zoo:c").outputs["out"] == (8, 6, 6)
    assert archdsl.load("zoo:c", width=2).outputs["out"] == (2, 6, 6)
    assert archdsl.load("zoo:c", model="b").name == "b"


@pytest.mark.parametrize("name", ["a", "", "stem", "../specs/b", "b.arch", "blocks/parts"])
def test_only_models_are_names(small: Path, name: str) -> None:
    with pytest.raises(archdsl.ReadError, match="no such model"):
        archdsl.load(f"zoo:{name}")


def test_a_path_is_never_a_name(small: Path) -> None:
    with pytest.raises(archdsl.ReadError, match="no such file"):
        archdsl.load(Path("zoo:b"))
    Path("zoo:b").write_text(FILES["a.arch"])
    assert archdsl.load("./zoo:b", model="b").inputs["x"] == (1, 8, 8)
    assert archdsl.load("zoo:b").inputs["x"] == (3, 8, 8)


def test_a_file_that_cannot_be_parsed_says_so_and_hides_no_other(small: Path, run: Run) -> None:
    (small / "a.arch").write_text("model a {")
    assert archdsl.load("zoo:c").name == "c"
    with pytest.raises(archdsl.ArchError):
        archdsl.load("zoo:a")
    status, out, err = run("zoo")
    assert status == 1
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["b", "c"]
    assert "--> zoo:a.arch:1:" in err


def test_every_name_is_found_in_its_file() -> None:
    names = zoo.names()
    assert len(set(names)) == len(names) > 10
    for name in names:
        found = zoo.find(f"zoo:{name}")
        assert (found.model, found.file.suffix) == (name, ".arch")


@pytest.mark.parametrize("command", ["check", "profile", "draw", "compile"])
def test_unknown_names_end_in_one_line(run: Run, command: str) -> None:
    message = "archdsl: zoo:resnet5: no such model; did you mean `resnet50`?\n"
    assert run(command, "zoo:resnet5") == (2, "", message)
    _, _, err = run(command, "zoo:qqqqqqqq")
    assert err == "archdsl: zoo:qqqqqqqq: no such model; `archdsl zoo` lists all there are\n"


def test_an_unknown_name_hides_no_other_check(run: Run) -> None:
    status, out, err = run("check", "zoo:resnet5", "zoo:lenet5")
    assert (status, err.count("\n")) == (2, 1)
    assert out.startswith("zoo:lenet5: lenet5 ok, 1x32x32 -> 10, 61,706 parameters")


# ---- from anywhere


def test_commands_work_in_another_folder(tmp_path: Path) -> None:
    checked = process(tmp_path, "check", "zoo:resnet50", "--set", "classes=10")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("zoo:resnet50: resnet50 ok, 3x224x224 -> 10, ")
    assert "25,557,032" in process(tmp_path, "profile", "zoo:resnet50").stdout
    drawn = process(tmp_path, "draw", "zoo:unet", "-o", "unet.svg")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert (tmp_path / "unet.svg").read_text().startswith("<?xml")


def test_the_source_is_that_of_the_file(run: Run) -> None:
    status, out, err = run("compile", "zoo:resnet50", "--to", "torch")
    assert (status, err) == (0, "")
    assert out == archdsl.load(ROOT / "specs" / "resnet50.arch").to_source()


def test_no_project_is_above_the_zoo(small: Path, run: Run) -> None:
    (small.parent / "pyproject.toml").write_text('[tool.archdsl]\nops = ["no_such_module"]\n')
    assert run("check", "zoo:c")[0] == 0
    assert run("check", "zoo:c", "--ops", "no_such_module")[0] == 2


# ---- the list


def test_the_list_is_what_each_profile_says(run: Run) -> None:
    status, out, err = run("zoo", "--format", "json")
    assert (status, err) == (0, "")
    entries = [json.loads(line) for line in out.splitlines()]
    assert [entry["model"] for entry in entries] == zoo.names()
    for entry in entries:
        profile = archdsl.load(ROOT / "specs" / entry["file"], model=entry["model"]).profile()
        assert entry == {
            "model": profile.model,
            "file": entry["file"],
            "inputs": {name: list(shape) for name, shape in profile.inputs.items()},
            "outputs": {name: list(shape) for name, shape in profile.outputs.items()},
            "params": profile.params,
            "macs": profile.macs,
        }


def test_the_table(run: Run) -> None:
    status, out, err = run("zoo", "unet", "zoo:lenet5")
    assert (status, err) == (0, "")
    assert out == (
        "model   file         input -> output         parameters   MACs\n"
        "--------------------------------------------------------------\n"
        "unet    unet.arch    1x572x572 -> 2x388x388  31,030,658  150 G\n"
        "lenet5  lenet5.arch  1x32x32 -> 10               61,706  417 k\n"
    )


def test_markdown(run: Run) -> None:
    assert run("zoo", "lenet5", "--format", "markdown")[1] == (
        "| model | file | input -> output | parameters | MACs |\n"
        "|:--|:--|:--|--:|--:|\n"
        "| `lenet5` | `lenet5.arch` | 1x32x32 -> 10 | 61,706 | 417 k |\n"
    )


def test_a_wrong_name_lists_nothing(run: Run) -> None:
    status, out, err = run("zoo", "lenet5", "resnet5")
    assert (status, out) == (2, "")
    assert "did you mean `resnet50`?" in err


def test_order_is_that_of_the_files(small: Path, run: Run) -> None:
    out = run("zoo", "--format", "json")[1]
    listed = [json.loads(line) for line in out.splitlines()]
    assert [(entry["file"], entry["model"]) for entry in listed] == [
        ("a.arch", "b"),
        ("a.arch", "d"),
        ("b.arch", "b"),
        ("b.arch", "c"),
    ]


def test_no_torch_and_no_drawing_for_the_list() -> None:
    code = (
        "import sys; from archdsl.cli import main\n"
        "try: main(['zoo', 'lenet5'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('torch', 'graphviz', 'pygraphviz') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.endswith("\n[]\n")
