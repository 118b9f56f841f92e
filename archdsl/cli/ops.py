"""``archdsl ops``: the operators of the language, and the whole declaration of each."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from textwrap import shorten
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from archdsl.cli.options import OpsOption
from archdsl.cli.output import Failure, out
from archdsl.cli.plugins import import_operators
from archdsl.graph.library import prelude
from archdsl.graph.report import closest
from archdsl.ops import OPS, Op
from archdsl.syntax import tree

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl ops conv"

_SUMMARY_WIDTH: Final = 90

Definition = tree.Block | tree.Fn


def run(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An operator, or a block of the prelude.")
    ] = None,
    ops: OpsOption = None,
) -> None:
    """List the operators by family; with a NAME show its whole declaration."""
    import_operators(ops or (), Path())
    if name is None:
        out(_listing())
    elif name in OPS:
        out(_operator(OPS[name]))
    elif name in _definitions():
        out(_definition(_definitions()[name]))
    else:
        meant = closest(name, [*OPS, *_definitions()])
        hint = f"did you mean `{meant}`?" if meant else "`archdsl ops` lists all there are"
        raise Failure(f"no operator is named `{name}`; {hint}")


def _definitions() -> dict[str, Definition]:
    """The blocks and functions that are written in the language itself."""
    items = {name: definition.item for name, definition in prelude().names.items()}
    return {name: item for name, item in items.items() if isinstance(item, tree.Block | tree.Fn)}


# ---- the list


def _listing() -> str:
    families: dict[str, dict[str, str]] = {}
    for name, op in OPS.items():
        families.setdefault(op.family, {})[name] = _summary(inspect.getdoc(op) or "")
    families["prelude"] = {name: _summary(d.doc) for name, d in _definitions().items()}
    width = max(len(name) for family in families.values() for name in family)
    return "\n".join(
        f"{family}\n" + "".join(f"  {name:<{width}}  {line}\n" for name, line in members.items())
        for family, members in families.items()
    )


def _summary(doc: str) -> str:
    """The first sentence, as far as it fits a line."""
    paragraph = " ".join(doc.partition("\n\n")[0].replace("``", "`").split())
    sentence = re.split(r"\.(?= [A-Z])", paragraph)[0].rstrip(".")
    return shorten(sentence, _SUMMARY_WIDTH, placeholder=" ...")


# ---- one operator


def _operator(op: type[Op]) -> str:
    description, example = _documentation(op)
    parts = [_signature(op), description, _arguments(op), _tensors(op)]
    if example:
        parts.append(f"Example, in Python:\n{_indented(example)}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _documentation(op: type[Op]) -> tuple[str, str]:
    """The docstring, and the example at its end."""
    doc = inspect.getdoc(op) or ""
    at = doc.find(">>>")
    return (doc, "") if at < 0 else (doc[:at].rstrip(), doc[at:])


def _signature(op: type[Op]) -> str:
    given = [
        name if field.is_required() else f"{name} = {_literal(field.default)}"
        for name, field in op.model_fields.items()
    ]
    given += op.refs
    return f"{op.name}({', '.join(given)})" if given else op.name


def _arguments(op: type[Op]) -> str:
    rows = []
    for name, field in op.model_fields.items():
        default = "" if field.is_required() else f", by default {_literal(field.default)}"
        rows.append((name, field.description or ""))
        rows.append(("", _kind(field.annotation, field.metadata) + default))
    return _columns("Arguments:", rows)


def _tensors(op: type[Op]) -> str:
    """The values it takes and makes."""
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
    return _columns("Values:", rows)


def _columns(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return "\n".join([title, *(f"  {name:<{width}}  {text}".rstrip() for name, text in rows)])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


# ---- the types of arguments, in the words of the language


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """What an argument may be: ``int >= 1``, ``size >= 0 or "same"``, ``bool``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _kind(inner, [*more, *metadata])
    if origin is Literal:
        return " or ".join(map(_literal, get_args(annotation)))
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


def _literal(value: Any) -> str:
    """A value as the language writes it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---- one block of the prelude


def _definition(item: Definition) -> str:
    parameters = ", ".join(
        parameter.name + (f" = {parameter.default.span.text}" if parameter.default else "")
        for parameter in item.parameters
    )
    written = f"In prelude.arch:\n{_indented(item.span.text)}"
    return f"{item.name}({parameters})\n\n{item.doc}\n\n{written}\n"
