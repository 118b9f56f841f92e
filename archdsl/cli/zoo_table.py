"""``archdsl zoo table``: networks of one family side by side, as the table of a paper has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdsl.analysis.profile import profile
from archdsl.analysis.stages import stages
from archdsl.analysis.table import Column, Count, Table, tabulate
from archdsl.analysis.typeset import RENDERERS, plain
from archdsl.cli.output import Failure, out
from archdsl.cli.spec import show
from archdsl.zoo import PUBLISHED, Entry, selected

__all__ = ["FORMATS", "print_table"]

FORMATS = tuple(RENDERERS)


def print_table(names: Sequence[str], format: str) -> None:
    """The networks in the order they are named. Ends with status 1 if one of them is broken."""
    if not names:
        raise Failure("zoo table: name the networks, as in archdsl zoo table resnet18 resnet34")
    entries = [*selected(names)]
    for entry in entries:
        show(entry.result.diagnostics)
    if any(entry.result.graph is None for entry in entries):
        raise SystemExit(1)
    table = tabulate([*map(_column, entries)])
    if table.strangers:
        raise Failure(
            f"zoo table: {table.strangers[0]} has no stage in common with {entries[0].name}; "
            "name networks of one family, as in archdsl zoo table resnet18 resnet34"
        )
    out(RENDERERS[format](table, [*_notes(table)]))


def _column(entry: Entry) -> Column:
    graph = entry.result.graph
    assert graph is not None
    printed = PUBLISHED.get(entry.name)
    macs = profile(graph).macs
    return Column(entry.name, stages(graph), macs, printed.macs if printed else None)


def _notes(table: Table) -> Iterator[str]:
    """What the figures in the last rows are."""
    yield "FLOPs are multiply-accumulates, as papers count them; the loss applies the softmax."
    printed = {c.name: PUBLISHED[c.name] for c in table.columns if c.name in PUBLISHED}
    if not printed:
        return
    yield "published: " + "; ".join(dict.fromkeys(entry.source for entry in printed.values())) + "."
    others = [entry.model for name, entry in printed.items() if entry.model != name]
    if not others:
        return
    counts = {entry.name: _column(entry).macs for entry in selected(others)}
    told = [f"{name} {plain(Count.of(count))}" for name, count in counts.items()]
    yield f"Where the paper's own form is another model, counted here: {', '.join(told)}."
