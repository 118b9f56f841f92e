"""Labels: the names of what is made, as they are written, computed and bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Fix
from archdsl.diagnostics.edits import replaced
from archdsl.graph.report import fail
from archdsl.graph.reserved import is_reserved
from archdsl.graph.values import Container, Env, kind_of
from archdsl.source import Span
from archdsl.syntax import tree

if TYPE_CHECKING:
    from archdsl.graph.machine import Machine

__all__ = ["Labels", "bind_label"]

_MOST_PARTS = 32  # of a label: every part is a container


class Labels:
    """The labels of one expansion."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def key(self, label: tree.Label, env: Env) -> str:
        """What a new child of the open container is called; the name must be free."""
        key = self.text(label, env)
        assembly = self.machine.assembly
        self.refuse_reserved(key, label.span)
        taken = assembly.taken(key)
        if taken or (assembly.scope is assembly.root and key in assembly.inputs):
            raise fail(
                "duplicate-name",
                f"two children of one container are named `{taken}`"
                if taken
                else f"an input is named `{key}` already",
                label.span,
                help="give one of them another name; in a loop compute it: `name{i}: step`",
                fixes=self._renamed(key, label.span),
            )
        return key

    def _renamed(self, key: str, label: Span) -> list[Fix]:
        """A name that is free, made of the one that is taken."""
        if label.text != key or "." in key:
            return []
        stem = key.rstrip("0123456789") or key
        free = next(n for n in count(2) if not self.machine.assembly.taken(f"{stem}{n}"))
        return [replace(replaced(label, f"{stem}{free}"), decides=True)]

    def text(self, label: tree.Label, env: Env) -> str:
        """A label with its computed pieces filled in."""
        if label.is_plain:
            text = label.span.text
        else:
            parts = ["".join(self._piece(p, env) for p in part) for part in label.parts]
            text = ".".join(parts)
        if "." in text and text.count(".") >= _MOST_PARTS:
            raise fail(
                "bad-label",
                f"this label has more than {_MOST_PARTS} parts",
                label.span,
                help="use containers: `name: { ... }`",
            )
        if not all(text.split(".")):
            raise fail(
                "bad-label",
                f"`{label.span.text}` has an empty part",
                label.span,
                help="something must stand between two dots, and at both ends",
            )
        return text

    def name(self, node: tree.Computed, env: Env) -> tree.Name:
        """A computed name as it would be written out."""
        return tree.Name(node.span, self.text(node.name, env))

    def _piece(self, piece: str | tree.Expression, env: Env) -> str:
        if isinstance(piece, str):
            return piece
        value = self.machine.expressions.known(piece, env)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise fail(
                "bad-label",
                f"a label is made of whole numbers and strings, not {kind_of(value)}",
                piece.span,
                help="count with `for i in 0..n` and write `name{i}`",
            )
        if self.machine.tracing:
            self.machine.assembly.decided.by(value)
        text = str(int(value)) if isinstance(value, int) else value
        if not all(char.isascii() and (char.isalnum() or char == "_") for char in text):
            raise fail(
                "bad-label",
                f"`{text}` cannot be part of a name",
                piece.span,
                help="names are made of letters, digits and `_`",
            )
        return text

    def refuse_reserved(self, key: str, span: Span) -> None:
        """Labels are the names of submodules, and some names every module has already."""
        part = next((part for part in key.split(".") if is_reserved(part)), None)
        if part is not None:
            raise fail(
                "bad-label",
                f"PyTorch modules have a `{part}` of their own, so nothing in one can be named so",
                span,
                help=f"name it `{part}_`",
                fixes=[replaced(span, f"{part}_")] if span.text == part else [],
            )


def bind_label(env: Env, key: str, result: Any) -> None:
    """``a.b`` makes a container ``a`` with ``b`` in it."""
    *path, last = key.split(".")
    names = env.names
    for part in path:
        inner = names.get(part)
        if not isinstance(inner, Container):
            inner = Container(result)
            names[part] = inner
        names = inner.names
    names[last] = result
