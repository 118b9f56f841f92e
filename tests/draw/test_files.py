"""Files: formats, errors, silence, labels of nasty text, and all or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl.draw.render as rendering
from archdsl.draw import DrawError, draw, to_dot
from archdsl.draw.render import render
from archdsl.extras import MissingExtra
from archdsl.graph.graph import Graph, Scope

from .drawing import SPECS, SVG, TITLE, Drawing, parsed, spec

HEADS = {
    ".svg": b"<?xml",
    ".pdf": b"%PDF",
    ".png": b"\x89PNG",
    ".dot": b"digraph",
    ".gv": b"digraph",
}


@pytest.mark.parametrize("suffix", [*HEADS, ".SVG", ".Png"])
def test_the_suffix_decides_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{suffix}"
    assert draw(spec("lenet5"), path) == path
    assert path.read_bytes().startswith(HEADS[suffix.lower()])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["net.jpeg", "net", "net.svg.txt", ".svg"])
def test_an_unknown_suffix_is_one_clear_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(DrawError) as caught:
        draw(spec("lenet5"), tmp_path / name)
    message = str(caught.value)
    assert "\n" not in message and name in message
    assert all(suffix in message for suffix in HEADS)
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(
        DrawError, match=r"nowhere/net.svg: cannot be written: there is no folder .*nowhere$"
    ):
        draw(spec("lenet5"), tmp_path / "nowhere" / "net.svg")


def test_a_folder_in_the_way_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "net.svg").mkdir()
    with pytest.raises(DrawError, match="it is a directory"):
        draw(spec("lenet5"), tmp_path / "net.svg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DrawError, match="permission denied"):
            draw(spec("lenet5"), tmp_path / "net.svg")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("step", ["replace", "chmod"])
def test_a_failure_on_the_way_leaves_the_old_file(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.svg"
    path.write_text("the old picture")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, full)
    with pytest.raises(DrawError, match="no space left on device"):
        draw(spec("lenet5"), path)
    assert path.read_text() == "the old picture"
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.svg"]


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draw(spec("lenet5"), tmp_path / "net.svg")
    assert not list(tmp_path.iterdir())


def test_graphviz_refusing_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DrawError) as caught:
        render("digraph {\n a -> \n", tmp_path / "net.svg")
    message = str(caught.value)
    assert "net.svg: Graphviz refuses: " in message and "\n" not in message
    assert not list(tmp_path.iterdir())


ENDS = {
    "os.kill(os.getpid(), signal.SIGSEGV)": r"net.svg: Graphviz crashed \(SIGSEGV\)$",
    "os.kill(os.getpid(), signal.SIGKILL)": r"net.svg: Graphviz crashed \(SIGKILL\)$",
    "os.abort()": r"net.svg: Graphviz crashed \(SIGABRT\)$",
    "sys.exit('no\\nmemory')": r"net.svg: Graphviz refuses: no memory$",
    "os._exit(9)": r"net.svg: Graphviz ended with status 9$",
}


@pytest.mark.parametrize("end", ENDS)
def test_graphviz_ending_is_one_clear_line(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it does to its own process, ours lives and says which picture failed."""
    code = f"import os, signal, sys; {end}"
    monkeypatch.setattr(rendering, "command", lambda: [sys.executable, "-c", code])
    with pytest.raises(DrawError, match=ENDS[end]) as caught:
        draw(spec("lenet5"), tmp_path / "net.svg")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_crash_of_graphviz_is_one_line_of_the_command(tmp_path: Path) -> None:
    code = (
        "import os, sys, archdsl.draw.render as r, archdsl.cli as c;"
        "r.command = lambda: [sys.executable, '-c', 'import os; os.abort()'];"
        f"sys.argv = ['archdsl', 'draw', 'zoo:lenet5', '-o', {str(tmp_path / 'x.png')!r}]; c.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.endswith("x.png: Graphviz crashed (SIGABRT)\n")


def test_dot_needs_no_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    assert draw(spec("lenet5"), tmp_path / "net.dot").read_text().startswith("digraph")
    with pytest.raises(MissingExtra, match=r"pip install 'archdsl\[draw\]', or draw to \.dot"):
        draw(spec("lenet5"), tmp_path / "net.svg")


def test_a_broken_graphviz_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pygraphviz.py").write_text("raise ImportError('libcairo.so.2: not found')")
    monkeypatch.syspath_prepend(broken)
    with pytest.raises(MissingExtra, match=r"pygraphviz \(libcairo.so.2: not found\)"):
        draw(spec("lenet5"), tmp_path / "net.svg")


def test_importing_the_package_loads_no_graphviz() -> None:
    code = (
        "import sys, archdsl.draw;"
        "print([m for m in ('graphviz', 'pygraphviz', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_drawing_is_silent(suffix: str, tmp_path: Path) -> None:
    """Also where fontconfig has something to complain about, which it does from C code."""
    broken = tmp_path / "fonts.conf"
    broken.write_text("<?xml version='1.0'?><fontconfig><nonsense/></fontconfig>")
    code = (
        "import archdsl, pathlib, archdsl.draw as d, os;"
        f"d.draw(archdsl.load({str(SPECS / 'lenet5.arch')!r}).graph,"
        f" pathlib.Path({str(tmp_path / ('net' + suffix))!r}));"
        "os.write(2, b'still open')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env=os.environ | {"FONTCONFIG_FILE": str(broken)},
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"still open")


# -- nasty text --------------------------------------------------------------------------------

NASTY = [
    '"',
    "\\",
    "\\N",
    "\\l",
    "<b>x</b>",
    "<",
    ">",
    "&",
    "&amp;",
    "{a|b}",
    "a:b",
    "é²",
    "\x01",
    "\n",
]


def named(graph: Graph, name: str) -> Graph:
    """The graph with this text for every name in it."""
    nodes = tuple(replace(node, name=f"{node.name}{name}") for node in graph.nodes)
    return replace(
        graph,
        name=name,
        nodes=nodes,
        root=renamed(graph.root, name),
        outputs={name: graph.outputs["out"]},
    )


def renamed(scope: Scope, name: str) -> Scope:
    children = tuple(
        child if isinstance(child, int) else renamed(child, name) for child in scope.children
    )
    return replace(
        scope,
        name=scope.name + name,
        block=scope.block and scope.block + name,
        doc=name,
        children=children,
        span=None,
    )


BRANCHES = """
block b { c: conv(4, 3x3, padding=1)
    add(in, c) }
model m { input x: 4x8x8
    one: b -> two: { b -> relu -> b } }
"""


def visible(name: str) -> str:
    """The text as a picture can show it: one line, no control characters."""
    return " ".join(name.replace("\x01", "\ufffd").split())


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("depth", [0, 1, 9])
def test_labels_show_any_text_as_it_is(name: str, depth: int, tmp_path: Path) -> None:
    graph = named(parsed(BRANCHES), name)
    path = draw(graph, tmp_path / "net.svg", depth=depth)
    root = ElementTree.parse(path).getroot()
    shown = [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]
    assert any(visible(name) == text for text in shown)
    tips = [" ".join(part.attrib[TITLE].split()) for part in root.iter() if TITLE in part.attrib]
    assert any(visible(f"output {name}: 4 x 8²") == tip for tip in tips)
    assert len(Drawing(to_dot(graph, depth=depth)).boxes) == len(
        Drawing(to_dot(parsed(BRANCHES), depth=depth)).boxes
    )


@given(st.text(max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_dot_that_graphviz_reads(name: str) -> None:
    graph = named(parsed(BRANCHES), name)
    boxes = Drawing(to_dot(graph, depth=1)).boxes
    assert len(boxes) == len(Drawing(to_dot(parsed(BRANCHES), depth=1)).boxes)
