"""From graphs to PyTorch: a plan of classes, the source it is written as, the module it makes."""

from archdsl.lower.emit import emit

__all__ = ["emit"]
