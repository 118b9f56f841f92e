"""Runs what an operator's ``torch()`` describes: a few lines instead of the compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn as nn
import torch.nn.functional as F

from archdsl.ops import Function, Module


class Expression(nn.Module):
    """A :class:`Function` as a module without parameters."""

    def __init__(self, function: Function, space: dict[str, Any]) -> None:
        super().__init__()
        self.function = function
        self.space = space

    def forward(self, *xs: torch.Tensor, **refs: torch.Tensor) -> Any:
        names = [f"x{index}" for index in range(len(xs))]
        if self.function.infix:
            code = self.function.infix.join(names)
        else:
            values = {name: repr(value) for name, value in self.function.values.items()}
            fields = {"x": names[0], "xs": ", ".join(names), **{name: name for name in refs}}
            code = self.function.template.format(**fields, **values)
        return eval(code, self.space, {**dict(zip(names, xs, strict=True)), **refs})


def spelled(description: Module | Function, device: str) -> nn.Module:
    """The module that the description constructs, its text read back as in a generated file."""
    space: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    exec("\n".join((*description.imports, description.support)), space)
    if isinstance(description, Function):
        return Expression(description, space)
    arguments = [repr(value) for value in description.args]
    arguments += [f"{name}={value!r}" for name, value in description.kwargs.items()]
    with torch.device(device):
        return eval(f"{description.callee}({', '.join(arguments)})", space)


def as_tuple(result: Any) -> Sequence[torch.Tensor]:
    return (result,) if isinstance(result, torch.Tensor) else tuple(result)


def forward(module: Callable[..., Any], xs: Sequence[Any], refs: dict[str, Any]) -> Sequence[Any]:
    return as_tuple(module(*xs, **refs))
