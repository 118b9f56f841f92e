"""An installed wheel works outside the checkout: grammar, prelude and error pages come along."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel's files, and how to run Python with them and away from here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, timeout=300)
    shutil.copytree(ROOT / "specs", folder / "elsewhere" / "specs")
    return wheel, site, folder / "elsewhere"


def run(installed, *command):
    _, site, elsewhere = installed
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_package_is_the_installed_one(installed):
    done = run(installed, sys.executable, "-c", "import archdsl; print(archdsl.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed[1])


def test_commands_work(installed):
    script = str(installed[1] / "bin" / "archdsl")
    checked = run(installed, script, "check", "specs/resnet50.arch")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "25,557,032 parameters" in checked.stdout
    explained = run(installed, script, "explain", "shape-mismatch")
    assert explained.stdout.startswith("# shape-mismatch")
    compiled = run(installed, script, "compile", "specs/unet.arch", "--to", "torch")
    assert "class Unet(nn.Module):" in compiled.stdout
    drawn = run(installed, script, "draw", "specs/unet.arch", "-o", "unet.svg")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert (installed[2] / "unet.svg").read_text().startswith("<?xml")


def test_the_wheel_holds_the_package_and_nothing_else(installed):
    names = zipfile.ZipFile(installed[0]).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"archdsl", next(top for top in tops if top.endswith(".dist-info"))}
    assert "archdsl/_data/grammar/arch.lark" in names
    assert "archdsl/prelude.arch" in names
    assert "archdsl/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
