"""Giving a thing of the spec another name, in every file that names it.

What a name means is known from the text, but what a parameter holds is not: the renamed files are
therefore expanded, and a rename that breaks one of them is refused with what would be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from archdsl.diagnostics import Diagnostic, Edit
from archdsl.graph.elaborate import Request, elaborate_all
from archdsl.graph.functions import BUILTINS
from archdsl.graph.requirements import TOTALS
from archdsl.graph.reserved import is_reserved
from archdsl.lsp.project import Project, prelude_path
from archdsl.lsp.symbols import FileIndex, Kind, Reference, Symbol
from archdsl.lsp.walk import walk
from archdsl.ops import OPS
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.words import KEYWORDS, is_name

__all__ = ["Refused", "apply", "renamable", "rename"]


class Refused(Exception):
    """A rename that cannot be done; the message is for the user."""


def renamable(reference: Reference | None) -> Symbol:
    """What a place names, if it can be given another name. Raises :class:`Refused`."""
    if reference is None:
        raise Refused("nothing here has a name that the spec gave it")
    symbol = reference.symbol
    if symbol.path == prelude_path():
        raise Refused(f"`{symbol.name}` is part of the prelude, which ships with archdsl")
    if symbol.is_computed:
        raise Refused(f"`{symbol.name}` is a computed label: rename it by hand where it is read")
    if symbol.name.isdigit():
        raise Refused(f"`{symbol.name}` is a position, not a name")
    return symbol


def rename(project: Project, symbol: Symbol, name: str) -> list[Edit]:
    """The edits that give a symbol a name, in all files. Raises :class:`Refused`."""
    _check_name(symbol, name)
    places = list(project.references(symbol))
    _check_free(symbol, name, places)
    if name in TOTALS:
        _check_totals(project, symbol, name)
    edits = list({(r.span.source.name, r.span.start): Edit(r.span, name) for r in places}.values())
    _check_outcome(project, symbol, edits)
    return edits


def _check_name(symbol: Symbol, name: str) -> None:
    if name == symbol.name:
        raise Refused(f"it is called `{name}` already")
    if name in KEYWORDS:
        raise Refused(f"`{name}` is a word of the language")
    if not is_name(name):
        raise Refused(f"`{name}` is not a name: write a letter, then letters, digits and `_`")
    if name in OPS or name in BUILTINS:
        raise Refused(f"`{name}` is an operator or function of the language")
    if symbol.kind in (Kind.LABEL, Kind.MODULE) and is_reserved(name):
        raise Refused(f"PyTorch modules have a `{name}` of their own")


def _check_free(symbol: Symbol, name: str, places: Iterable[Reference]) -> None:
    """Nothing else may be called so where the symbol is made or read, nor be hidden by it."""
    scopes = {symbol.scope, *(r.scope for r in places if r.scope is not None)}
    for scope in scopes:
        taken = next((r for r in scope.chain() if name in r.bindings), None)
        if taken is not None:
            other = taken.bindings[name][0].symbol
            where = "" if other.path == symbol.path else f" of {_called(other.path)}"
            raise Refused(f"`{name}` is a {other.kind}{where} already")


def _check_totals(project: Project, symbol: Symbol, name: str) -> None:
    """A `require` that reads a total would read the symbol instead, and nobody would be told."""
    home = [symbol.path] if symbol.path else []
    for path in dict.fromkeys([*home, *project.files()]):
        index = project.index(path)
        for place in _totals_read(index, name) if index else ():
            if index and index.reaches(symbol, place.start):
                line = place.position[0]
                raise Refused(f"`require` reads the total `{name}` on line {line} of {path.name}")


def _totals_read(index: FileIndex, name: str) -> Iterator[Span]:
    """Where a requirement of a file reads a total, and not what the spec calls so."""
    required = (node.condition for node in walk(index.file) if isinstance(node, tree.Require))
    for node in (part for condition in required for part in walk(condition)):
        if isinstance(node, tree.Name) and node.id == name and not index.at(node.span.start):
            yield node.span


def _check_outcome(project: Project, symbol: Symbol, edits: Iterable[Edit]) -> None:
    """Every file that is changed, or that uses one of those, has no more mistakes than before."""
    changed: dict[Path, list[Edit]] = {}
    for edit in edits:
        changed.setdefault(Path(edit.span.source.name), []).append(edit)
    texts = {path: apply(changes[0].span.source.text, changes) for path, changes in changed.items()}
    users = [path for path in project.files() if any(project.needs(path, c) for c in changed)]
    for path in dict.fromkeys([*changed, *users]):
        parsed = project.parsed(path)
        if parsed.source is None:
            continue
        if path in changed and not parsed.is_clean:
            raise Refused(f"mend the syntax errors of {path.name} first")
        before = _errors(parsed.source, path, project.texts)
        after = _errors(
            Source(parsed.source.name, texts.get(path, parsed.source.text)),
            path,
            {**project.texts, **texts},
        )
        if len(after) > len(before):
            known = [d.message for d in before]
            new = next((d for d in after if d.message not in known), after[-1])
            raise Refused(f"this would break {path.name}: {new.message}")


def _errors(source: Source, path: Path, texts: Mapping[Path, str]) -> list[Diagnostic]:
    results = elaborate_all(Request(source, path.parent, path, texts=texts))
    found = {
        (diagnostic.code, diagnostic.message, str(diagnostic.primary.span)): diagnostic
        for result in results.values()
        for diagnostic in result.diagnostics
    }
    return list(found.values())


def apply(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits made, none of which overlap.

    >>> from archdsl.source import Span
    >>> source = Source("a.arch", "cnv(8) -> cnv(4)")
    >>> spans = (Span(source, 0, 3), Span(source, 10, 13))
    >>> apply(source.text, [Edit(span, "conv") for span in spans])
    'conv(8) -> conv(4)'
    """
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _called(path: Path | None) -> str:
    return path.name if path else "this file"
