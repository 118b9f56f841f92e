"""`archdsl lsp` as a command: what it needs, and what it imports."""

from __future__ import annotations

import subprocess
import sys

from lsprotocol import types

from tests.lsp.editor import Editor
from tests.patience import PATIENCE

OPERATOR = """\
from archdsl.ops import Module, Op, Shape

print("this is no message of the protocol")

class Swish(Op, name="swish"):
    def shape(self, x: Shape) -> Shape:
        return x
    def torch(self, x: Shape) -> Module:
        return Module.of("nn.SiLU")
"""
SPEC = "model m {\n    input x: 3x8x8\n    conv(4, 3x3) -> swish\n}\n"


def project(tmp_path, module: str, text: str):
    root = tmp_path.resolve()
    (root / "pyproject.toml").write_text(f'[tool.archdsl]\nops = ["{module}"]\n')
    (root / f"{module}.py").write_text(text)
    (root / "net.arch").write_text(SPEC)
    return Editor(root)


def test_operators_of_a_project(tmp_path):
    editor = project(tmp_path, "swish_for_lsp", OPERATOR)
    assert editor.open("net.arch") == []
    found = editor.ask("text_document_hover", types.HoverParams(**editor.at("net.arch", "swish")))
    assert "4x6x6" in found.contents.value
    assert editor.stop() == 0 and editor.messages == []


def test_operators_that_cannot_be_imported(tmp_path):
    editor = project(tmp_path, "broken_for_lsp", "1 / 0\n")
    [wrong] = editor.open("net.arch")
    assert wrong.code == "unknown-operator"
    [said] = editor.messages
    assert "broken_for_lsp" in said and "ZeroDivisionError" in said
    assert editor.stop() == 0


def test_without_the_extra_it_is_told_what_to_install():
    code = "import sys; sys.modules['pygls'] = None; from archdsl.cli import main; main(['lsp'])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert done.stderr == ("archdsl: the language server needs pygls: pip install 'archdsl[lsp]'\n")


def test_other_commands_do_not_import_it():
    code = (
        "import sys; from archdsl.cli import main\n"
        "try: main(['check', 'specs/lenet5.arch'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('pygls', 'lsprotocol'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.endswith("[]\n")


def test_a_client_that_goes_away_ends_the_server(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "archdsl", "lsp"], input=b"", capture_output=True, timeout=PATIENCE
    )
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


def test_it_needs_both_of_its_pipes():
    command = f"{sys.executable} -m archdsl lsp <&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert done.stderr.startswith("archdsl: the language server speaks over standard input")
