"""The same bytes on every machine: one font, whatever is installed and set; nothing of the time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archdsl.draw import draw
from archdsl.draw.metrics import FONTS

from .drawing import SPECS, SVG, spec, svg

SUFFIXES = (".svg", ".png", ".pdf", ".dot")

CODE = """
import sys, archdsl
for suffix in {suffixes!r}:
    archdsl.load({spec!r}).draw({folder!r} + "/net" + suffix)
"""


def drawn(folder: Path, environment: dict[str, str]) -> dict[str, bytes]:
    """The pictures of a spec, made by a program with this environment and no other."""
    folder.mkdir()
    code = CODE.format(
        suffixes=SUFFIXES, spec=str(SPECS / "squeezenet1_0.arch"), folder=str(folder)
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return {suffix: (folder / f"net{suffix}").read_bytes() for suffix in SUFFIXES}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return drawn(tmp_path_factory.mktemp("bare") / "out", {"PATH": os.defpath})


def only_bold(folder: Path) -> Path:
    """A configuration of a machine that has one font, and another one than ours."""
    shutil.copy(FONTS / "LiberationSans-Bold.ttf", folder / "Other.ttf")
    settings = folder / "fonts.conf"
    settings.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'>"
        f"<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"
    )
    return settings


def test_other_fonts_change_nothing(bare: dict[str, bytes], tmp_path: Path) -> None:
    settings = only_bold(tmp_path)
    there = drawn(tmp_path / "out", {"PATH": os.defpath, "FONTCONFIG_FILE": str(settings)})
    assert there == bare


@pytest.mark.parametrize(
    "environment",
    [
        {"FONTCONFIG_FILE": "/dev/null", "FONTCONFIG_PATH": "/dev/null", "HOME": "/nowhere"},
        {"TZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8", "LANG": "ja_JP", "LANGUAGE": "ja"},
        {"SOURCE_DATE_EPOCH": "1700000000", "FREETYPE_PROPERTIES": "cff:no-stem-darkening=0"},
        {"PANGOCAIRO_BACKEND": "none", "GVBINDIR": "/nowhere", "DOTFONTPATH": "/nowhere"},
        {"PYTHONHASHSEED": "1", "PYTHONOPTIMIZE": "1", "PYTHONSTARTUP": "/nowhere"},
    ],
    ids=lambda environment: next(iter(environment)),
)  # fmt: skip
def test_nothing_of_the_environment_changes_a_picture(
    environment: dict[str, str], bare: dict[str, bytes], tmp_path: Path
) -> None:
    assert drawn(tmp_path / "out", {"PATH": os.defpath, **environment}) == bare


def test_the_environment_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(os.environ)
    draw(spec("lenet5"), tmp_path / "net.png")
    assert dict(os.environ) == before


# -- words that fit their boxes in any viewer --------------------------------------------------


def test_each_text_of_an_svg_says_how_wide_it_is(tmp_path: Path) -> None:
    texts = list(svg(spec("googlenet"), tmp_path).iter(f"{SVG}text"))
    worded = [text for text in texts if (text.text or "").strip()]
    assert len(worded) > 50
    assert all(float(text.attrib["textLength"]) > 0 for text in worded)
    assert {text.attrib["lengthAdjust"] for text in worded} == {"spacingAndGlyphs"}


def test_the_widths_are_those_of_the_font(tmp_path: Path) -> None:
    """Held against another reader of the font: Pillow, by way of FreeType. Graphviz rounds each
    glyph to a pixel of 96 to the inch."""
    from PIL import ImageFont

    for text in svg(spec("googlenet"), tmp_path).iter(f"{SVG}text"):
        words = text.text or ""
        if not words.strip():
            continue
        face = "Bold" if text.attrib.get("font-weight") == "bold" else "Regular"
        font = ImageFont.truetype(FONTS / f"LiberationSans-{face}.ttf", 1000)
        true = font.getlength(words) / 1000 * float(text.attrib["font-size"])
        assert float(text.attrib["textLength"]) == pytest.approx(true, abs=0.4 * len(words)), words


def test_no_word_is_wider_than_its_box(tmp_path: Path) -> None:
    for node in svg(spec("googlenet"), tmp_path).iter(f"{SVG}g"):
        outline = node.find(f".//{SVG}path")
        if node.attrib.get("class") != "node" or outline is None:
            continue
        across = [float(x) for x in re.findall(r"(-?[\d.]+),", outline.attrib["d"])]
        for text in node.iter(f"{SVG}text"):
            if "textLength" in text.attrib:
                start = float(text.attrib["x"])
                assert min(across) <= start
                assert start + float(text.attrib["textLength"]) <= max(across)


# -- the font ----------------------------------------------------------------------------------


def test_the_font_comes_with_its_licence_and_has_what_pictures_need() -> None:
    from PIL import ImageFont

    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()
    for file in FONTS.glob("*.ttf"):
        font = ImageFont.truetype(file, 100)
        unknown = font.getmask("\ufffe").getbbox(), bytes(font.getmask("\ufffe"))
        for sign in "²³·→…×éß":
            assert (font.getmask(sign).getbbox(), bytes(font.getmask(sign))) != unknown, sign


def test_markup_in_names_keeps_the_svg_well_formed(tmp_path: Path) -> None:
    import archdsl

    graph = archdsl.parse("model m { input x: 3x8x8\n conv(4, 3x3) -> relu }").graph
    ElementTree.parse(draw(graph, tmp_path / "net.svg"))
