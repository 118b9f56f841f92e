"""What may be written at a place: operators, arguments, blocks, values and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archdsl.graph.functions import BUILTINS
from archdsl.graph.initialisers import INITIALISERS
from archdsl.graph.requirements import TOTALS
from archdsl.lsp.cursor import Cursor, Where, cursor_at
from archdsl.lsp.hover import argument_text, heading, symbol_text
from archdsl.lsp.symbols import Kind, Scope, Symbol
from archdsl.lsp.uses import shapes_text
from archdsl.lsp.view import View
from archdsl.ops import OPS
from archdsl.ops.describe import choices, signature
from archdsl.syntax import tree

__all__ = ["Item", "complete"]

_TOP: Final = ("block", "fn", "model", "use")
_STATEMENT: Final = ("for", "if", "init", "input", "module", "output", "require", "return", "train")
_WORDS: Final = ("false", "in", "none", "not", "true")
_OF_A_VALUE: Final = ("channels", "rank", "shape", "size")
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Item:
    """A word that may be written from ``start`` up to the cursor; ``kind`` says what it is.

    ``rank`` sorts: what is nearest to the place first.
    """

    label: str
    kind: str
    start: int
    detail: str = ""
    markdown: str = ""
    insert: str = ""
    rank: int = 5


def complete(view: View, offset: int) -> list[Item]:
    """Everything that may be written at an offset of the text."""
    cursor = cursor_at(view.text, offset)
    older = view.older(cursor.start)
    at = view.drift.front if older is None else older
    scope = view.index.scope_at(at)
    names = _names(view, scope, at, cursor)
    found = [*_by_place(view, cursor, scope, at, names)]
    unique = {(item.label, item.kind == "argument"): item for item in reversed(found)}
    return list(unique.values())[::-1]


def _by_place(
    view: View, cursor: Cursor, scope: Scope, at: int, names: list[Item]
) -> Iterator[Item]:
    start, where = cursor.start, cursor.where
    if where is Where.TOP:
        yield from (Item(word, "keyword", start) for word in _TOP)
    elif where is Where.FILE:
        yield from _files(view, start)
    elif where is Where.MEMBER:
        yield from _members(cursor, scope, at)
    elif where is Where.INITIALISER:
        for name, known in INITIALISERS.items():
            yield Item(name, "function", start, f"{name}({', '.join(known.arguments)})")
    elif where is Where.CHOICE:
        yield from _choices(cursor, quoted=True)
    elif where is not Where.NOTHING:
        yield from _in_a_body(cursor, scope, at, names)


def _in_a_body(cursor: Cursor, scope: Scope, at: int, names: list[Item]) -> Iterator[Item]:
    start, where = cursor.start, cursor.where
    if where is Where.ARGUMENT:
        yield from _arguments(cursor, scope, at)
    if cursor.argument and where is Where.VALUE:
        yield from _choices(cursor, quoted=False)
    if cursor.within == "require":
        yield from (Item(word, "property", start, rank=1) for word in TOTALS)
    yield from names
    yield from _operators(start)
    if where is not Where.STEP:
        yield from (Item(word, "keyword", start, rank=8) for word in _WORDS)
        yield from (Item(name, "function", start, "function", rank=8) for name in BUILTINS)
    if where is Where.STATEMENT and cursor.within != "init":
        yield from (Item(word, "keyword", start, rank=7) for word in _STATEMENT)


# ---- names


def _names(view: View, scope: Scope, at: int, cursor: Cursor) -> list[Item]:
    """What is known at the place, the nearest scope first."""
    found = []
    steps = cursor.where is Where.STEP
    for distance, reach in enumerate(scope.chain()):
        for symbol in reach.symbols():
            if symbol.is_computed or (steps and symbol.is_value):
                continue
            if not symbol.is_defined and _since(symbol) > at:
                continue
            if symbol.kind is Kind.MODEL and cursor.where is not Where.VALUE:
                continue
            found.append(_item(view, symbol, cursor.start, min(distance, 3)))
    return found


def _since(symbol: Symbol) -> int:
    known = symbol.scope.bindings.get(symbol.name, ())
    return min((b.since for b in known if b.symbol is symbol), default=0)


def _item(view: View, symbol: Symbol, start: int, distance: int) -> Item:
    ran = next((r for step in symbol.steps if (r := view.ran(step))), ())
    detail = shapes_text(ran) or heading(symbol)
    kind = "block" if symbol.kind in (Kind.BLOCK, Kind.MODEL) else str(symbol.kind)
    text = symbol_text(view, symbol)
    return Item(symbol.name, kind, start, detail, text, rank=1 + distance)


def _operators(start: int) -> Iterator[Item]:
    for name, op in OPS.items():
        yield Item(name, "operator", start, signature(op), rank=6)


# ---- arguments


def _arguments(cursor: Cursor, scope: Scope, at: int) -> Iterator[Item]:
    symbol = scope.find(cursor.callee, at, step=True)
    op = OPS.get(cursor.callee)
    if symbol is not None and isinstance(symbol.node, tree.Block | tree.Fn | tree.Model):
        for parameter in symbol.node.parameters:
            default = parameter.default.span.text if parameter.default else ""
            yield _argument(parameter.name, cursor, f"= {default}" if default else "", "")
    elif op is not None:
        for name in (*op.model_fields, *op.refs):
            yield _argument(name, cursor, "", argument_text(op, name))


def _argument(name: str, cursor: Cursor, detail: str, text: str) -> Item:
    rank = 9 if name in cursor.given else 0
    return Item(name, "argument", cursor.start, detail, text, insert=f"{name}=", rank=rank)


def _choices(cursor: Cursor, *, quoted: bool) -> Iterator[Item]:
    """The words that an argument of an operator may be."""
    op = OPS.get(cursor.callee)
    for word in choices(op, cursor.argument) if op else ():
        if not quoted or word.startswith('"'):
            yield Item(word, "choice", cursor.start, rank=0)


# ---- parts of values, and files


def _members(cursor: Cursor, scope: Scope, at: int) -> Iterator[Item]:
    """What is inside of a container, and what every value of the network has."""
    inner = _inside(cursor.base, scope, at)
    for symbol in inner.symbols() if inner else ():
        if symbol.kind is not Kind.PARAMETER:
            yield Item(symbol.name, str(symbol.kind), cursor.start, heading(symbol), rank=1)
    for name in _OF_A_VALUE:
        yield Item(name, "property", cursor.start, "of a value of the network", rank=2)


def _inside(base: tuple[str, ...], scope: Scope, at: int) -> Scope | None:
    first, *rest = base or ("",)
    symbol = scope.find(first, at)
    for name in rest:
        symbol = symbol.inner.member(name) if symbol and symbol.inner else None
    return symbol.inner if symbol else None


def _files(view: View, start: int) -> Iterator[Item]:
    """Specs below the folder of the file, as `use` names them."""
    folder = view.path.parent
    near = (path for depth in ("*.arch", "*/*.arch", "*/*/*.arch") for path in folder.glob(depth))
    for _, path in zip(range(_MOST_FILES), near, strict=False):
        if path != view.path:
            yield Item(path.relative_to(folder).as_posix(), "file", start)
