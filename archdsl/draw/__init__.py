"""Drawings of a network that fit a page."""

from archdsl.draw.compose import draw, to_dot
from archdsl.draw.render import DrawError

__all__ = ["DrawError", "draw", "to_dot"]
