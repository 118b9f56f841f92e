"""Drawings of a network that fit a page."""

from archdsl.draw.compose import draw, drawn_coarser, to_dot
from archdsl.draw.render import DrawError

__all__ = ["DrawError", "draw", "drawn_coarser", "to_dot"]
