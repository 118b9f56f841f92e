"""Text to tree and back."""

from archdsl.syntax.parse import parse, read

__all__ = ["parse", "read"]
