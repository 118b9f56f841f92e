"""Making an operator of its arguments, for one network or for many sizes at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from archdsl.graph.varying import Varying, varies
from archdsl.ops import Op

__all__ = ["make"]


@lru_cache(maxsize=4096)
def _make(op: type[Op], arguments: tuple[tuple[str, Any, Any], ...]) -> Op:
    """Operators are frozen, so equal calls share one."""
    return op(**{name: value for name, value, _ in arguments})


def make(op: type[Op], arguments: Mapping[str, Any]) -> Op:
    """The operator with these arguments, lists as tuples. Raises what pydantic finds."""
    if not varies((*arguments.values(),)):
        return _make(op, tuple((name, v, _types(v)) for name, v in arguments.items()))
    settled = {name: _settled(op, arguments, name) for name in arguments}
    plain = {name: _representative(value) for name, value in settled.items()}
    varying = {name: value for name, value in settled.items() if varies(value)}
    return make(op, plain).model_copy(update=varying)


def _settled(op: type[Op], arguments: Mapping[str, Any], name: str) -> Any:
    """An argument that stands for many numbers, reduced to those that the operator can take."""
    value = arguments[name]
    if not varies(value):
        return value
    parts = value if isinstance(value, tuple) else (value,)
    settled = []
    for part in parts:
        numbers = part.distinct() if isinstance(part, Varying) else []
        if len(numbers) > 1:
            part.keep([n for n in numbers if _takes(op, arguments, name, n)])
        settled.append(int(part) if len(numbers) == 1 else part)
    return tuple(settled) if isinstance(value, tuple) else settled[0]


def _takes(op: type[Op], arguments: Mapping[str, Any], name: str, number: int) -> bool:
    """Whether a number is right for an argument, or for a part of it, whatever the others are."""
    given = {one: _representative(value) for one, value in arguments.items()}
    try:
        make(op, {**given, name: _representative(arguments[name], number)})
    except ValidationError as error:
        return all(found["loc"][:1] not in ((), (name,)) for found in error.errors())
    return True


def _representative(value: Any, number: int | None = None) -> Any:
    """The number of the representative, or the one that is given, for what varies."""
    if isinstance(value, tuple):
        return tuple(_representative(part, number) for part in value)
    if not isinstance(value, Varying):
        return value
    return int.__index__(value) if number is None else number


def _types(value: Any) -> Any:
    """What tells 1 from 1.0 and true, which are equal to each other."""
    return tuple(map(_types, value)) if isinstance(value, tuple) else type(value)
