"""How a picture looks: one place for colours, fonts and line styles.

The hues are told apart by readers with any kind of colour vision, and each kind has another
lightness or outline as well, so a black and white print loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.draw.picture import Kind

__all__ = [
    "COUNT",
    "EDGE",
    "FONT",
    "FRAME",
    "INK",
    "MUTED",
    "REFERENCE",
    "SKIP",
    "STYLES",
    "TRAIN",
    "Style",
]

FONT = "Helvetica,Arial,Liberation Sans,sans-serif"
"""Fonts of the same widths. We draw with the last one, which comes along; a viewer of an SVG, or
another Graphviz, takes the first that it has."""

INK = "#1F2933"
MUTED = "#5B6770"
TRAIN = "#8A939B"
SKIP = "#B5431A"
COUNT = "#1D4E79"
REFERENCE = "#7A4E9C"
EDGE = "#3E4C59"
FRAME = "#9AA5B1"


@dataclass(frozen=True, slots=True)
class Style:
    """Colours and outline of one kind of box."""

    fill: str
    line: str
    style: str = "filled,rounded"
    width: float = 1.0


STYLES = {
    Kind.INPUT: Style("#FFFFFF", "#1F2933", width=1.6),
    Kind.OUTPUT: Style("#FFFFFF", "#1F2933", width=1.6),
    Kind.CONVOLUTION: Style("#D6E6F4", "#2B6CA3"),
    Kind.LINEAR: Style("#D3EBDD", "#1B7F5C"),
    Kind.NORMALISATION: Style("#EEF0F2", "#6B7780"),
    Kind.ACTIVATION: Style("#F7F7F2", "#8C8C7A"),
    Kind.POOLING: Style("#FBE7C0", "#B07A15", style="filled"),
    Kind.RESAMPLING: Style("#E7DCF1", "#7A4E9C", style="filled"),
    Kind.MERGE: Style("#F8DCCF", "#B5431A"),
    Kind.BLOCK: Style("#EDF3F9", "#1D4E79", width=1.6),
    Kind.OTHER: Style("#F3F4F6", "#6B7780"),
}
