"""archdsl: write a convolutional network as it stands in the paper; check, profile, draw and
compile it."""

from archdsl.arch import Arch, Builder, load, parse
from archdsl.diagnostics import ArchError, Diagnostic
from archdsl.graph.library import ReadError
from archdsl.ops import Op

__all__ = ["Arch", "ArchError", "Builder", "Diagnostic", "Op", "ReadError", "load", "parse"]
__version__ = "0.1.0"
