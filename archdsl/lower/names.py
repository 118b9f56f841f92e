"""Names from a spec as Python names: never code, never a word that means something else."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Container

__all__ = ["class_name", "fresh", "identifier", "is_attribute"]

_TAKEN = frozenset(
    {"self", "nn", "torch", "F", "Tensor", "OrderedDict", "functools", "fnmatch"}
    | {"center_crop", "center_pad", *dir(builtins)}
)


def identifier(name: str) -> str:
    """A spec's name as a variable: ``class`` becomes ``class_``, ``2`` becomes ``x2``. What
    numbers the second application of a shared module is no part of its name.

    >>> identifier("skip"), identifier("lambda"), identifier("0")
    ('skip', 'lambda_', 'x0')
    """
    name = name.partition("@")[0].replace(".", "_")
    if not name[:1].isidentifier():
        name = f"x{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def is_attribute(key: str) -> bool:
    """Whether ``self.key`` can be written."""
    return key.isidentifier() and not keyword.iskeyword(key)


def class_name(name: str) -> str:
    """``dense_block`` as ``DenseBlock``, ``resnet50`` as ``Resnet50``.

    >>> class_name("dense_block"), class_name("unet")
    ('DenseBlock', 'Unet')
    """
    made = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    if not made[:1].isidentifier():
        made = f"X{made}"
    return f"{made}_" if keyword.iskeyword(made) or made in _TAKEN else made


def fresh(name: str, taken: Container[str]) -> str:
    """The name, or the name with the smallest number that makes it new."""
    if name not in taken:
        return name
    count = 2
    while f"{name}{count}" in taken:
        count += 1
    return f"{name}{count}"
