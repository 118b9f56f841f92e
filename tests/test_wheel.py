"""An installed wheel works outside the checkout: all that is no Python comes along."""

import os
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel's files, and how to run Python with them and away from here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True, timeout=PATIENCE)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, timeout=PATIENCE)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tiny.arch").write_text("model tiny { input x: 3x8x8\n conv(4, 3x3) }\n")
    return wheel, site, elsewhere


def run(installed, *command):
    _, site, elsewhere = installed
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )


def test_the_package_is_the_installed_one(installed):
    done = run(installed, sys.executable, "-c", "import archdsl; print(archdsl.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed[1])


def test_commands_work(installed):
    script = str(installed[1] / "bin" / "archdsl")
    checked = run(installed, script, "check", "tiny.arch", "zoo:resnet50")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "tiny.arch: tiny ok, 3x8x8 -> 4x6x6, 112 parameters" in checked.stdout
    assert "zoo:resnet50: resnet50 ok, 3x224x224 -> 1000, 25,557,032 parameters" in checked.stdout
    explained = run(installed, script, "explain", "shape-mismatch")
    assert explained.stdout.startswith("# shape-mismatch")
    assert run(installed, script, "explain", "fraction").stdout.startswith("# fraction")
    compiled = run(installed, script, "compile", "zoo:unet", "--to", "torch")
    assert "class Unet(nn.Module):" in compiled.stdout
    drawn = run(installed, script, "draw", "zoo:unet", "-o", "unet.svg")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert (installed[2] / "unet.svg").read_text().startswith("<?xml")


def test_the_zoo_comes_along(installed):
    listed = run(installed, sys.executable, "-m", "archdsl", "zoo", "--format", "json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert '"model": "resnet50"' in listed.stdout
    code = "import archdsl; print(archdsl.load('zoo:resnet50'))"
    assert "Arch resnet50: 3x224x224 -> 1000" in run(installed, sys.executable, "-c", code).stdout


def test_the_wheel_knows_its_extras(installed):
    """The base is what is required without any; every other requirement belongs to one."""
    with zipfile.ZipFile(installed[0]) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(wheel.read(name))
    extras = metadata.get_all("Provides-Extra")
    assert set(extras) == {"draw", "sizes", "torch", "lsp", "dev", "all"}
    required = [one.partition(";") for one in metadata.get_all("Requires-Dist")]
    names = {extra: set() for extra in ("", *extras)}
    for requirement, _, marker in required:
        (extra,) = re.findall(r"extra == '(\w+)'", marker) or [""]
        names[extra].add(re.match(r"[\w-]+", requirement)[0])
    assert names[""] == {"lark", "networkx", "pydantic", "typer", "graphviz"}
    assert names["draw"] == {"pygraphviz"}
    assert names["sizes"] == {"numpy"}
    assert names["torch"] == {"torch", "safetensors", "numpy"}
    assert names["lsp"] == {"pygls", "lsprotocol"}


def test_the_wheel_holds_the_package_and_nothing_else(installed):
    names = zipfile.ZipFile(installed[0]).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"archdsl", next(top for top in tops if top.endswith(".dist-info"))}
    assert "archdsl/_data/grammar/arch.lark" in names
    assert "archdsl/prelude.arch" in names
    specs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "specs").rglob("*.arch")}
    assert {f"archdsl/_data/{spec}" for spec in specs} <= set(names)
    assert "archdsl/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
