"""How wide words are in the font that comes along, read from the font itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Final

__all__ = ["FONTS", "width"]

FONTS: Final = Path(__file__).with_name("fonts")

HINTING: Final = 0.15
"""Graphviz measures letters on whole pixels: each may be this much wider, by points."""

_UNICODE: Final = (3, 1)
"""The platform and the encoding of a table of 16-bit characters."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in points, a little too much rather than too little.

    >>> 25 < width("layer1", 10) < 30, width("layer1", 10) < width("layer1", 10, bold=True)
    (True, True)
    """
    face = faces()[bold]
    return sum(face.advance(ord(letter)) for letter in text) * size + HINTING * len(text)


@cache
def faces() -> tuple[Face, Face]:
    """The regular and the bold one."""
    return read("LiberationSans-Regular.ttf"), read("LiberationSans-Bold.ttf")


@dataclass(frozen=True, slots=True)
class Face:
    """Widths of glyphs by the size of the text, and the glyph of each character."""

    widths: tuple[float, ...]
    glyphs: dict[int, int]

    def advance(self, character: int) -> float:
        """What the font lacks is as wide as its sign for that, or as a CJK character."""
        if character in self.glyphs:
            return self.widths[min(self.glyphs[character], len(self.widths) - 1)]
        return max(1.0, self.widths[0])


def read(name: str) -> Face:
    """A TrueType font; see the OpenType specification for the tables head, hhea, hmtx, cmap."""
    data = (FONTS / name).read_bytes()
    start = {
        data[at : at + 4]: unpack_from(">I", data, at + 8)[0]
        for at in range(12, 12 + 16 * unpack_from(">H", data, 4)[0], 16)
    }
    (units,) = unpack_from(">H", data, start[b"head"] + 18)
    (count,) = unpack_from(">H", data, start[b"hhea"] + 34)
    metrics = data[start[b"hmtx"] : start[b"hmtx"] + 4 * count]
    widths = tuple(wide / units for wide, _ in iter_unpack(">Hh", metrics))
    return Face(widths, characters(data, start[b"cmap"]))


def characters(data: bytes, cmap: int) -> dict[int, int]:
    """The glyph of each character, by the first table of stretches (format 4)."""
    (tables,) = unpack_from(">H", data, cmap + 2)
    for index in range(tables):
        *encoding, offset = unpack_from(">HHI", data, cmap + 4 + 8 * index)
        if tuple(encoding) == _UNICODE:
            return stretches(data, cmap + offset)
    return {}


def stretches(data: bytes, table: int) -> dict[int, int]:
    twice = unpack_from(">H", data, table + 6)[0]
    count = twice // 2
    columns = [
        unpack_from(f">{count}{kind}", data, table + place)
        for kind, place in (
            ("H", 14),
            ("H", 16 + twice),
            ("h", 16 + 2 * twice),
            ("H", 16 + 3 * twice),
        )
    ]
    found: dict[int, int] = {}
    for index, (last, first, delta, skip) in enumerate(zip(*columns, strict=True)):
        for character in range(first, last + 1):
            glyph = character
            if skip:
                here = table + 16 + 3 * twice + 2 * index + skip + 2 * (character - first)
                (glyph,) = unpack_from(">H", data, here)
            if glyph:
                found[character] = (glyph + delta) & 0xFFFF
    return found
