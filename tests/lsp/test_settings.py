"""What docs/editors.md tells editors, as far as it can be read here, and the extension's files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from archdsl import __version__
from archdsl.lsp.features import SHOW_MODEL
from tests.patience import PATIENCE

PAGE = Path("docs/editors.md").read_text()
EXTENSION = Path("editors/vscode")
PACKAGE = json.loads((EXTENSION / "package.json").read_text())


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_helix_starts_the_server():
    [text] = fences("toml")
    settings = tomllib.loads(text)
    server = settings["language-server"]["archdsl"]
    assert [server["command"], *server["args"]] == ["archdsl", "lsp"]
    [language] = settings["language"]
    assert language["language-servers"] == [*settings["language-server"]]


def test_the_page_installs_what_is_packaged():
    [commands] = fences("sh")
    name = f"{PACKAGE['name']}-{PACKAGE['version']}.vsix"
    assert name in commands and PACKAGE["version"] == __version__
    called = re.findall(r"npm run (\w+)", commands)
    assert set(called) <= set(PACKAGE["scripts"])
    assert SHOW_MODEL in PAGE


def test_files_of_the_extension_are_there():
    [language] = PACKAGE["contributes"]["languages"]
    [grammar] = PACKAGE["contributes"]["grammars"]
    assert language["extensions"] == [".arch"]
    for path in (language["configuration"], grammar["path"], "LICENSE", "README.md"):
        assert (EXTENSION / path).is_file(), path
    assert (EXTENSION / "LICENSE").read_bytes() == Path("LICENSE").read_bytes()
    assert f'"{SHOW_MODEL}"' in (EXTENSION / "src" / "extension.js").read_text()


def test_every_setting_and_command_is_one_that_the_extension_knows():
    client = (EXTENSION / "src" / "extension.js").read_text()
    for command in PACKAGE["contributes"]["commands"]:
        assert f'registerCommand("{command["command"]}"' in client
    asked = re.findall(r'settings\.get\("(\w+)"\)', client)
    declared = PACKAGE["contributes"]["configuration"]["properties"]
    assert {f"archdsl.{name}" for name in asked} == {*declared} - {"archdsl.trace.server"}


def test_words_and_brackets_of_the_extension():
    """Patterns of editors are JavaScript's; these are the same in Python."""
    settings = json.loads((EXTENSION / "language-configuration.json").read_text())
    words = re.findall(settings["wordPattern"], "layer1: conv(64, 3x3)")
    assert words == ["layer1", "conv", "64", "3x3"]
    rules = settings["indentationRules"]
    for line in ("model m {", "conv(8,", "layer1: {  ", "for i in [1,"):
        assert re.search(rules["increaseIndentPattern"], line), line
    for line in ("conv(8, 3x3)", "layer1: { relu }", "}", "x = [1, 2]"):
        assert not re.search(rules["increaseIndentPattern"], line), line
    assert re.search(rules["decreaseIndentPattern"], "    }")


def test_the_lock_names_no_registry():
    lock = (EXTENSION / "package-lock.json").read_text()
    hosts = set(re.findall(r'"resolved": "https?://([^/"]+)', lock))
    assert hosts <= {"registry.npmjs.org"}


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_client_is_javascript():
    done = subprocess.run(
        ["node", "--check", str(EXTENSION / "src" / "extension.js")], timeout=PATIENCE
    )
    assert done.returncode == 0
