"""A block that no model of its file uses is dead text."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.analysis.lints.rule import FileRule, Hit
from archdsl.diagnostics import Severity
from archdsl.graph.library import LoadedFile
from archdsl.graph.scan import names_read
from archdsl.syntax import tree


def _find(file: LoadedFile) -> Iterator[Hit]:
    items = [item for item in file.file.items if not isinstance(item, tree.Use | tree.Hole)]
    models = [item for item in items if isinstance(item, tree.Model | tree.Variant)]
    if not models:  # a file of blocks for others
        return
    read = {item.name: names_read(item) for item in items}
    used: set[str] = set()
    waiting = [model.name for model in models]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting.extend(read.get(name, ()))
    for item in items:
        if item.name not in used:
            kind = "function" if isinstance(item, tree.Fn) else "block"
            yield Hit(
                item.name_span,
                f"no model of this file uses the {kind} `{item.name}`",
                "use it, remove it, or move it to a file of blocks that others `use`",
            )


RULE = FileRule("unused-block", Severity.WARNING, _find)
