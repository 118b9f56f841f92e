"""An operator's declaration in the words of the language, for people who use it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from archdsl.ops.base import Op

__all__ = ["Described", "arguments", "choices", "documentation", "literal", "signature", "values"]


@dataclass(frozen=True, slots=True)
class Described:
    """An argument: what it is for, and what it may be; without a default it must be given."""

    name: str
    about: str
    kind: str
    default: str


def documentation(op: type[Op]) -> tuple[str, str]:
    """The docstring, and the example at its end."""
    doc = inspect.getdoc(op) or ""
    at = doc.find(">>>")
    return (doc, "") if at < 0 else (doc[:at].rstrip(), doc[at:])


def signature(op: type[Op]) -> str:
    """How it is called.

    >>> from archdsl.ops import OPS
    >>> signature(OPS["dropout"])
    'dropout(p = 0.5)'
    """
    given = [
        name if field.is_required() else f"{name} = {literal(field.default)}"
        for name, field in op.model_fields.items()
    ]
    given += op.refs
    return f"{op.name}({', '.join(given)})" if given else op.name


def arguments(op: type[Op]) -> list[Described]:
    """Its arguments in the order they may be given by position.

    >>> from archdsl.ops import OPS
    >>> [(a.name, a.kind, a.default) for a in arguments(OPS["flatten"])][:1]
    [('start_dim', 'int >= 0', '0')]
    """
    return [
        Described(
            name,
            field.description or "",
            _kind(field.annotation, field.metadata),
            "" if field.is_required() else literal(field.default),
        )
        for name, field in op.model_fields.items()
    ]


def values(op: type[Op]) -> list[tuple[str, str]]:
    """The values it takes and makes: each with what is to be said of it."""
    least, most = op.operands
    takes = "the value that flows in"
    if (least, most) != (1, 1):
        takes = f"{least} values" if most == least else f"{least} or more values"
    rows = [("takes", takes)]
    for index, name in enumerate(op.refs):
        needed = op.needs_refs and index == 0
        rows.append((name, "a value of the network" + ("" if needed else "; may be left out")))
    if op.results:
        rows.append(("makes", "also " + ", ".join(f"`.{name}`" for name in op.results)))
    return rows


def choices(op: type[Op], name: str) -> list[str]:
    """The words an argument may be, as the language writes them; none where it is anything else.

    >>> from archdsl.ops import OPS
    >>> choices(OPS["conv"], "bias")
    ['true', 'false']
    """
    field = op.model_fields.get(name)
    return [] if field is None else list(dict.fromkeys(_choices(field.annotation)))


def _choices(annotation: Any) -> list[str]:
    if annotation is bool:
        return ["true", "false"]
    if annotation is NoneType:
        return ["none"]
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return list(map(literal, inner))
    if get_origin(annotation) is Annotated:
        return _choices(inner[0])
    if get_origin(annotation) in (Union, UnionType):
        return [choice for member in inner for choice in _choices(member)]
    return []


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """What an argument may be: ``int >= 1``, ``size >= 0 or "same"``, ``bool``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _kind(inner, [*more, *metadata])
    if origin is Literal:
        return " or ".join(map(literal, get_args(annotation)))
    if origin in (Union, UnionType):
        return _union(get_args(annotation))
    if origin is tuple:
        return "list"
    names = {bool: "bool", int: "int", float: "number", str: "string", NoneType: "none"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation))) + _bounds(
        metadata
    )


def _union(members: tuple[Any, ...]) -> str:
    """One extent for all axes or a tuple with one for each is what the language calls a size."""
    kinds = [_kind(member, []) for member in members]
    if "list" in kinds:
        return " or ".join(kind.replace("int", "size", 1) for kind in kinds if kind != "list")
    return " or ".join(kinds)


def _bounds(metadata: list[Any]) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    flat: list[Any] = []
    for item in metadata:
        flat += item.metadata if isinstance(item, FieldInfo) else [item]
    bounds = {name: getattr(item, name) for item in flat for name in signs if hasattr(item, name)}
    shown = [f" {sign} {bounds[name]:g}" for name, sign in signs.items() if name in bounds]
    return " and".join(shown)


def literal(value: Any) -> str:
    """A value as the language writes it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
