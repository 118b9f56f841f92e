"""Conditions of the language as conditions of Python, over the parameters of a class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archdsl.syntax import tree

__all__ = ["Untranslatable", "negated", "python"]

Spell = Callable[[tree.Expression], str | None]
_BINDING = {"or": 1, "and": 2, "not": 3, "==": 4, "+": 5, "*": 6, "**": 8}
_LIKE = {"-": "+", "/": "*", "//": "*", "%": "*"}
_OPPOSITE = {"==": "!=", "<": ">=", ">": "<=", "in": "not in"}
_OPPOSITE |= {opposite: sign for sign, opposite in _OPPOSITE.items()}


class Untranslatable(Exception):
    """The condition speaks of something that the class does not know."""


def python(node: tree.Expression, spell: Spell) -> str:
    """Python for a condition. ``spell`` gives the text of a name or an attribute, if it has one.

    Raises :class:`Untranslatable`.
    """
    return _text(node, spell)[0]


def negated(node: tree.Expression, spell: Spell) -> str:
    """Python for the opposite of a condition: ``stride != 1``, not ``not (stride == 1)``."""
    if isinstance(node, tree.Unary) and node.operator == "not":
        return python(node.operand, spell)
    opposite = _opposite(node)
    if opposite is not None:
        return python(opposite, spell)
    return f"not {_within(node, spell, _BINDING['not'])}"


def _opposite(node: tree.Expression) -> tree.Binary | None:
    """The comparison that holds where this one does not."""
    if isinstance(node, tree.Binary) and node.operator in _OPPOSITE:
        return replace(node, operator=_OPPOSITE[node.operator])
    return None


def _text(node: tree.Expression, spell: Spell) -> tuple[str, int]:
    """The text, and how tightly its outermost operator binds."""
    if isinstance(node, tree.Constant):
        return _constant(node), 9
    if isinstance(node, tree.Name | tree.Attribute):
        text = spell(node)
        if text is None:
            raise Untranslatable(node.span.text)
        return text, 9 if text.isidentifier() else 5
    if isinstance(node, tree.Unary):
        opposite = _opposite(node.operand) if node.operator == "not" else None
        if opposite is not None:
            return _text(opposite, spell)
        binding = _BINDING["not"] if node.operator == "not" else 7
        sign = "not " if node.operator == "not" else "-"
        return sign + _within(node.operand, spell, binding), binding
    if isinstance(node, tree.ListOf):
        items = [_text(item, spell)[0] for item in node.items]
        return f"({', '.join(items)}{',' * (len(items) == 1)})", 9
    if isinstance(node, tree.Binary) and node.operator not in ("..", "..="):
        return _binary(node, spell)
    raise Untranslatable(node.span.text)


def _binary(node: tree.Binary, spell: Spell) -> tuple[str, int]:
    sign = node.operator
    binding = _BINDING.get(_LIKE.get(sign, sign), _BINDING["=="])
    if sign in ("==", "!=") and _is_none(node.right):
        sign = "is" if sign == "==" else "is not"
    left = _within(node.left, spell, binding)
    right = _within(node.right, spell, binding + 1)
    return f"{left} {sign} {right}", binding


def _within(node: tree.Expression, spell: Spell, least: int) -> str:
    text, binding = _text(node, spell)
    return text if binding >= least else f"({text})"


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value is None


def _constant(node: tree.Constant) -> str:
    value = node.value
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple) and len(set(value)) == 1:
        return repr(value[0])  # sizes with equal axes are written as one number
    return repr(value)
