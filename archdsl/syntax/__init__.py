"""Text to tree and back."""

from archdsl.syntax.parse import parse

__all__ = ["parse"]
