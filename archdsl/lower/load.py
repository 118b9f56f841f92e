"""The generated source as a live module: the only place that imports torch."""

from __future__ import annotations

import linecache
import sys
from itertools import count
from types import ModuleType
from typing import TYPE_CHECKING

from archdsl.extras import needs

if TYPE_CHECKING:
    import torch

__all__ = ["load_module"]

_numbers = count(1)


def load_module(source: str) -> torch.nn.Module:
    """Run generated source and construct its model with the defaults.

    The source can be seen in tracebacks and by ``inspect``, as that of a file can.
    Raises :class:`MissingExtra` where PyTorch is not installed.
    """
    with needs("running a network", "torch"):
        import torch
    name = f"archdsl_generated_{next(_numbers)}"
    file = f"<archdsl {name}>"
    module = ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.modules[name] = module
    exec(compile(source, file, "exec"), module.__dict__)
    made = getattr(module, module.__all__[0])()
    assert isinstance(made, torch.nn.Module)
    return made
