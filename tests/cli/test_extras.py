"""The base does its work without the extras, and whoever lacks one is told what to install."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archdsl.analysis import mending
from archdsl.analysis.review import looked
from archdsl.extras import EXTRAS, MissingExtra, needs
from archdsl.graph.elaborate import Request, Result
from archdsl.source import Source
from tests.patience import PATIENCE

from .conftest import ROOT, Ended

LIBRARIES = tuple(dict.fromkeys(library for names in EXTRAS.values() for library in names))
INSTALL_SIZES = "to have other input sizes tried: pip install 'archdsl[sizes]'"

ABSENT = """\
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            if {told}:
                print("looked for", name, file=sys.stderr)
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
"""
COMMAND = "from archdsl.cli import main\nmain(sys.argv[1:])\n"


def ran(code: str, *arguments: str | Path, cwd: Path = ROOT) -> Ended:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def absent(names: Iterable[str], *, told: bool = False) -> str:
    """What makes a process one without these libraries; ``told``: it says who looked for them."""
    return ABSENT.format(names=tuple(names), told=told)


def lacking(*arguments: str | Path, names: Iterable[str] = LIBRARIES, cwd: Path = ROOT) -> Ended:
    """A command where these libraries are not installed."""
    return ran(absent(names) + COMMAND, *arguments, cwd=cwd)


# ---- what the base does --------------------------------------------------------------------------

COMMANDS = [
    "",
    "--help",
    "--version",
    "nonsense",
    "sizes --help",
    "lsp --help",
    "check specs/resnet50.arch specs/unet.arch zoo:hourglass2",
    "check --strict --format json specs/vgg16.arch",
    "check --format sarif tests/diagnostics/misspelled_model.arch",
    "check --format github tests/diagnostics/misspelled_model.arch",
    "check tests/diagnostics/requirement.arch --model params",
    "check examples/broken/from_pytorch.arch",
    "profile specs/resnet50.arch --depth 1",
    "profile zoo:unet --set classes=3 --input 1x604x604",
    "compile specs/resnet50.arch --to torch",
    "explain shape-mismatch",
    "ops",
    "ops maxpool",
    "zoo unet lenet5",
    "zoo --format json lenet5",
    "zoo table resnet18 resnet34 resnet50",
    "zoo table resnet18 resnet34 --format latex",
    "draw specs/resnet50.arch",
    "draw specs/unet.arch --depth 2",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_base_prints_what_everything_installed_prints(command: str) -> None:
    """The same bytes, on both streams; and nothing even looks for a library that may be absent."""
    words = command.split()
    without = ran(absent(LIBRARIES, told=True) + COMMAND, *words)
    assert without == ran("import sys\n" + COMMAND, *words)
    assert without.out or without.err


FILES = [
    ("draw specs/unet.arch -o", "net.dot"),
    ("draw zoo:resnet50 -o", "net.gv"),
    ("compile specs/resnet50.arch --to torch -o", "net.py"),
]


@pytest.mark.parametrize(("command", "name"), FILES)
def test_the_base_writes_what_everything_installed_writes(
    command: str, name: str, tmp_path: Path
) -> None:
    before, after = tmp_path / "with" / name, tmp_path / "without" / name
    for path in (before, after):
        path.parent.mkdir()
    assert ran("import sys\n" + COMMAND, *command.split(), before) == Ended(0, "", "")
    told = absent(LIBRARIES, told=True) + COMMAND
    assert ran(told, *command.split(), after) == Ended(0, "", "")
    assert after.read_bytes() == before.read_bytes() != b""


def test_the_base_formats_as_everything_installed_does(tmp_path: Path) -> None:
    text = "model m{input x:3x8x8\nconv( 4,3x3 )->relu}"
    (tmp_path / "m.arch").write_text(text)
    command = "import sys\n" + COMMAND
    assert ran(absent(LIBRARIES, told=True) + command, "fmt", tmp_path / "m.arch").status == 0
    assert ran(command, "fmt", "--check", tmp_path / "m.arch") == Ended(0, "", "")
    assert (tmp_path / "m.arch").read_text() != text


def test_the_base_mends_as_everything_installed_does(tmp_path: Path) -> None:
    ends, texts = [], []
    for names in ((), LIBRARIES):
        spec = shutil.copy(ROOT / "examples/broken/from_pytorch.arch", tmp_path / "net.arch")
        ends.append(lacking("check", "--fix", spec, names=names))
        texts.append(Path(spec).read_text())
    assert ends[0] == ends[1] and "applied" in ends[0].err
    assert texts[0] == texts[1]


def test_a_library_that_is_absent_can_be_missed() -> None:
    """The other tests could fail: an import that the base makes is told."""
    code = absent(["networkx"], told=True) + "import archdsl\n"
    assert ran(code).err == ""
    asked = "print(archdsl.load('zoo:lenet5').graph.nx)\n"
    done = ran(code + asked)
    assert done.status == 1 and done.err.startswith("looked for networkx\n")


# ---- what is said without an extra ---------------------------------------------------------------

LACKING = {
    "sizes zoo:unet": "sizes needs numpy: pip install 'archdsl[sizes]'",
    "sizes zoo:unet --why 570": "sizes needs numpy: pip install 'archdsl[sizes]'",
    "draw zoo:unet -o net.svg": "drawing svg needs pygraphviz: pip install 'archdsl[draw]', "
    "or draw to .dot",
    "draw zoo:unet -o net.pdf": "drawing pdf needs pygraphviz: pip install 'archdsl[draw]', "
    "or draw to .dot",
    "draw zoo:unet -o net.png": "drawing png needs pygraphviz: pip install 'archdsl[draw]', "
    "or draw to .dot",
    "compile zoo:unet --weights net.pt -o net.py": "running a network needs torch: "
    "pip install 'archdsl[torch]'",
    "lsp": "the language server needs pygls: pip install 'archdsl[lsp]'",
}


@pytest.mark.parametrize(("command", "line"), LACKING.items())
def test_one_line_says_what_to_install(command: str, line: str, tmp_path: Path) -> None:
    ended = lacking(*command.split(), cwd=tmp_path)
    assert ended == Ended(2, "", f"archdsl: {line}\n")
    assert not [*tmp_path.iterdir()], "nothing is written"


@pytest.mark.parametrize("library", EXTRAS["lsp"])
def test_either_library_of_the_server_is_missed(library: str) -> None:
    assert lacking("lsp", names=[library]).err == f"archdsl: {LACKING['lsp']}\n"


def test_a_checkpoint_that_takes_safetensors(tmp_path: Path) -> None:
    (tmp_path / "net.safetensors").write_bytes(b"")
    command = ("compile", "zoo:lenet5", "--weights", "net.safetensors")
    line = "reading .safetensors needs safetensors: pip install 'archdsl[torch]'"
    assert lacking(*command, names=["safetensors"], cwd=tmp_path) == Ended(
        2, "", f"archdsl: {line}\n"
    )


CALLS = {
    "from archdsl.analysis.sizes import sizes": LACKING["sizes zoo:unet"],
    "import archdsl.analysis.sizes.why": LACKING["sizes zoo:unet"],
    "archdsl.load('zoo:lenet5').draw('net.svg')": LACKING["draw zoo:unet -o net.svg"],
    "archdsl.load('zoo:lenet5').to_torch()": "running a network needs torch: "
    "pip install 'archdsl[torch]'",
}


@pytest.mark.parametrize(("call", "line"), CALLS.items())
def test_from_python_an_exception_says_it(call: str, line: str, tmp_path: Path) -> None:
    caught = f"try:\n    {call}\nexcept archdsl.MissingExtra as missing:\n    print(missing)\n"
    code = absent(LIBRARIES) + "import archdsl\n"
    assert ran(code + caught, cwd=tmp_path) == Ended(0, f"{line}\n", "")
    uncaught = ran(code + call, cwd=tmp_path)
    assert uncaught.status == 1
    assert uncaught.err.endswith(f"archdsl.extras.MissingExtra: {line}\n")
    assert uncaught.err.count("Traceback") == 1, "the import that failed is no news"


# ---- the help of a check -------------------------------------------------------------------------


OF_SIZES = re.compile("error: (shape-mismatch|window-too-large|requirement)|crop")


@cache
def checked(*names: str) -> list[dict[str, Any]]:
    """What `check` finds in the specs that are broken in these ways, without these libraries."""
    specs = sorted([*ROOT.glob("tests/diagnostics/*.arch"), *ROOT.glob("examples/broken/*.arch")])
    of_sizes = [spec for spec in specs if OF_SIZES.search(spec.read_text(encoding="utf-8"))]
    ended = lacking("check", "--format", "json", *of_sizes, names=names)
    assert ended.status == 1
    return [one for line in ended.out.splitlines() for one in json.loads(line)["diagnostics"]]


def test_a_check_without_numpy_finds_the_same_and_says_what_it_did_not_try() -> None:
    whole, base = checked(), checked("numpy")
    assert len(base) == len(whole) > 50
    of_sizes = 0
    for one, other in zip(base, whole, strict=True):
        untried = str(one["help"]).endswith(INSTALL_SIZES)
        said = one.keys() - ({"help", "fixes"} if untried else set())
        assert all(one[key] == other[key] for key in said)
        if untried:
            own = str(one["help"]).removesuffix(INSTALL_SIZES).removesuffix("; ")
            assert str(other["help"]).startswith(own)
            of_sizes += one["fixes"] != other["fixes"]
            assert all(fix in other["fixes"] for fix in one["fixes"])
    assert of_sizes > 2, "some are told another size where there is numpy"
    assert INSTALL_SIZES not in str(whole)


def test_the_help_for_people() -> None:
    ended = lacking("check", "examples/broken/unet_without_crop.arch", names=["numpy"])
    assert ended.status == 1
    assert f"makes the shapes agree; {INSTALL_SIZES}\n" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("installed", [True, False])
def test_nothing_is_beyond_doubt_where_sizes_cannot_be_tried(
    installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another size may be another way out, and then the author has to choose."""
    text = "model m { input x: 3x8x8\n conv(4, 3x3) -> rellu }"

    def of_sizes(request: Request, *, strict: bool = False) -> Mapping[str, Result]:
        return {
            name: replace(
                result,
                diagnostics=tuple(replace(one, sized=True) for one in result.diagnostics),
            )
            for name, result in looked(request, strict=strict).items()
        }

    def resized(request: Request, model: str) -> list[object]:
        if not installed:
            raise MissingExtra("sizes", "numpy")
        return []

    monkeypatch.setattr(mending, "looked", of_sizes)
    monkeypatch.setattr(mending, "resized", resized)
    after = mending.mended(Request(Source("m.arch", text), Path()))
    assert after.request.source.text == (text.replace("rellu", "relu") if installed else text)


# ---- the exception -------------------------------------------------------------------------------


def missing(error: ImportError) -> MissingExtra:
    with pytest.raises(MissingExtra) as caught, needs("sizes", "numpy"):
        raise error
    return caught.value


def test_it_names_the_library_the_extra_and_the_command() -> None:
    told = missing(ModuleNotFoundError(name="numpy.linalg"))
    assert isinstance(told, ImportError)
    assert (told.name, told.extra, told.install) == (
        *("numpy", "sizes"),
        "pip install 'archdsl[sizes]'",
    )
    assert str(told) == "sizes needs numpy: pip install 'archdsl[sizes]'"


def test_a_library_that_does_not_load_says_why_in_one_line() -> None:
    told = missing(ImportError("\n\nlibblas.so: no such file\n" + "and so on " * 100))
    said = str(told)
    assert said.startswith("sizes needs numpy (libblas.so: no such file and so on")
    assert said.endswith("): pip install 'archdsl[sizes]'")
    assert "\n" not in said and len(said) < 250
    assert told.__cause__ is not None


def test_a_mistake_of_our_own_is_not_taken_for_an_extra() -> None:
    own = ImportError("cannot import name 'nonsense'", name="archdsl.stack")
    with pytest.raises(ImportError) as caught, needs("sizes", "numpy"):
        raise own
    assert caught.value is own


def test_what_runs_is_let_be() -> None:
    with needs("sizes", "numpy"):
        import numpy
    assert numpy.ndarray


# ---- the lists -----------------------------------------------------------------------------------

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL = PROJECT["optional-dependencies"]


def required(requirements: Iterable[str]) -> set[str]:
    """The names of packages; those here are imported by the same names."""
    return {re.split(r"[^\w.-]", one)[0] for one in requirements}


def test_the_extras_are_those_of_the_project() -> None:
    assert {extra: set(names) for extra, names in EXTRAS.items()} == {
        extra: required(OPTIONAL[extra]) for extra in EXTRAS
    }
    assert set(OPTIONAL) == {*EXTRAS, "dev", "all"}


def test_all_is_everything() -> None:
    [everything] = OPTIONAL["all"]
    assert set(re.findall(r"\w+", everything)) == {"archdsl", *OPTIONAL} - {"all"}


def test_the_base_requires_what_it_imports() -> None:
    assert imported_by_the_base() == required(PROJECT["dependencies"])


def test_no_library_of_an_extra_is_required() -> None:
    assert not required(PROJECT["dependencies"]) & set(LIBRARIES)


PACKAGE = ROOT / "archdsl"
COMES_WITH = {"pydantic_core": "pydantic"}
"""Libraries that are a part of another, of its very version."""
BEHIND = PACKAGE / "draw" / "process.py"
"""What Graphviz runs in: a process of its own, begun where `needs` has found it."""


def imported_by_the_base() -> set[str]:
    """The libraries that are imported anywhere in what the command and ``import archdsl`` come to,
    inside functions too, but not behind `needs`."""
    found: set[str] = set()
    seen = {BEHIND}
    waiting = ["archdsl.__main__", *api(), *map(module, (PACKAGE / "cli").glob("*.py"))]
    while waiting:
        name = waiting.pop()
        if name.partition(".")[0] != "archdsl":
            found.add(name.partition(".")[0])
            continue
        for file in files(name):
            if file not in seen:
                seen.add(file)
                waiting += imports(ast.parse(file.read_text(encoding="utf-8")))
    assert PACKAGE / "analysis" / "resize.py" in seen, "it is reached by way of `check`"
    return {COMES_WITH.get(name, name) for name in found - set(sys.stdlib_module_names)}


def api() -> list[str]:
    import archdsl

    return [*archdsl._HOMES.values()]


def module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def files(name: str) -> Iterator[Path]:
    """The files that run when a module is imported: its packages first. A package that says what
    it needs lets nobody further in without it."""
    place = PACKAGE
    yield place / "__init__.py"
    for part in name.split(".")[1:]:
        file, place = place / f"{part}.py", place / part
        if file.is_file():
            yield file
            return
        door = place / "__init__.py"
        if not door.is_file():
            continue
        yield door
        if any(map(is_needs, ast.parse(door.read_text(encoding="utf-8")).body)):
            return


def imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            yield from (name for other in child.orelse for name in imports(other))
        elif not is_needs(child):
            yield from imports(child)


def is_needs(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and ast.unparse(node.items[0]).startswith("needs(")
