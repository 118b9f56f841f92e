"""``archdsl ops``: the operators of the language, and the whole declaration of each."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Final

import typer

from archdsl.cli.options import OpsOption
from archdsl.cli.output import Failure, out
from archdsl.cli.plugins import import_operators
from archdsl.graph.library import prelude
from archdsl.graph.report import closest
from archdsl.ops import OPS, Op
from archdsl.ops.describe import arguments, documentation, signature, values
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
    """List the operators. With a NAME tell all about one."""
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
    description, example = documentation(op)
    parts = [signature(op), description, _arguments(op), _columns("Values:", values(op))]
    if example:
        parts.append(f"Example, in Python:\n{_indented(example)}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _arguments(op: type[Op]) -> str:
    rows = []
    for argument in arguments(op):
        default = f", by default {argument.default}" if argument.default else ""
        rows += [(argument.name, argument.about), ("", argument.kind + default)]
    return _columns("Arguments:", rows)


def _columns(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return "\n".join([title, *(f"  {name:<{width}}  {text}".rstrip() for name, text in rows)])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


# ---- one block of the prelude


def _definition(item: Definition) -> str:
    parameters = ", ".join(
        parameter.name + (f" = {parameter.default.span.text}" if parameter.default else "")
        for parameter in item.parameters
    )
    written = f"In prelude.arch:\n{_indented(item.span.text)}"
    return f"{item.name}({parameters})\n\n{item.doc}\n\n{written}\n"
