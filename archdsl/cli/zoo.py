"""``archdsl zoo``: the networks that ship with archdsl, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Any, Final, NamedTuple

import typer

from archdsl.analysis.profile import Profile, profile
from archdsl.analysis.report import human
from archdsl.cli.output import Failure, out
from archdsl.cli.spec import show
from archdsl.ops import Shape
from archdsl.zoo import Entry, catalogue, selected

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl zoo table resnet18 resnet34 resnet50"

TABLE: Final = "table"
"""As the first name it asks for one table of the networks that follow."""

_HEAD: Final = ("model", "file", "input -> output", "parameters", "MACs")
_TEXTS: Final = 3  # so many columns are text, the others are counts
_NAMED: Final = 2  # of so many inputs or outputs the names are told


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    LATEX = "latex"


class Line(NamedTuple):
    """What is told of one model."""

    entry: Entry
    counts: Profile


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[table] NAME", help="Only these models.", show_default=False),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the list.")] = Format.TABLE,
) -> None:
    """List the models that ship with archdsl.

    With the word table: set some side by side, stage by stage, as a paper does. To check, profile,
    draw or compile one, call it zoo:NAME."""
    if names and names[0] == TABLE:
        _print_table(names[1:], format)
        return
    if format is Format.LATEX:
        raise Failure("--format latex: only `archdsl zoo table` writes LaTeX")
    entries = [*(selected(names) if names else catalogue())]
    out(_RENDERERS[format]([*_counted(entries)]))
    broken = [entry for entry in entries if entry.result.graph is None]
    for entry in broken:
        show(entry.result.diagnostics)
    raise SystemExit(1 if broken else 0)


def _print_table(names: Sequence[str], format: Format) -> None:
    from archdsl.cli.zoo_table import FORMATS, print_table

    if format not in FORMATS:
        raise Failure(f"--format {format}: `archdsl zoo table` writes {', '.join(FORMATS)}")
    print_table(names, format)


def _counted(entries: Sequence[Entry]) -> Iterator[Line]:
    for entry in entries:
        if entry.result.graph is not None:
            yield Line(entry, profile(entry.result.graph))


# ---- for people


def _table(lines: Sequence[Line]) -> str:
    rows = [_HEAD, *map(_cells, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = ("  ".join(_aligned(row, widths)).rstrip() for row in rows)
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([head, rule, *body]) + "\n"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        yield cell.ljust(width) if column < _TEXTS else cell.rjust(width)


def _markdown(lines: Sequence[Line]) -> str:
    rows = [f"| {' | '.join(_HEAD)} |", "|:--|:--|:--|--:|--:|"]
    for name, file, *others in map(_cells, lines):
        rows.append(f"| {' | '.join([f'`{name}`', f'`{file}`', *others])} |")
    return "\n".join(rows) + "\n"


def _cells(line: Line) -> tuple[str, ...]:
    counts = line.counts
    flow = f"{_values(counts.inputs)} -> {_values(counts.outputs)}"
    return (line.entry.name, line.entry.file, flow, f"{counts.params:,}", human(counts.macs))


def _values(shapes: Mapping[str, Shape]) -> str:
    """One shape by itself, two with their names; of more than two the equal ones are counted.

    >>> _values({"out": Shape((10,))})
    '10'
    >>> _values({"left": Shape((3, 8, 8)), "right": Shape((3, 8, 8))})
    'left 3x8x8, right 3x8x8'
    >>> _values({"a": Shape((5,)), "b": Shape((5,)), "c": Shape((7,))})
    '2 of 5, 7'
    """
    if len(shapes) == 1:
        return str(next(iter(shapes.values())))
    if len(shapes) <= _NAMED:
        return ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    runs = [(shape, len([*run])) for shape, run in groupby(shapes.values())]
    return ", ".join(f"{n} of {shape}" if n > 1 else str(shape) for shape, n in runs)


# ---- for programs


def _json(lines: Sequence[Line]) -> str:
    return "".join(json.dumps(_object(line)) + "\n" for line in lines)


def _object(line: Line) -> dict[str, Any]:
    """The documented form of ``zoo --format json``: one object for each model, on one line."""
    counts = line.counts
    return {
        "model": line.entry.name,
        "file": line.entry.file,
        "inputs": {name: list(shape) for name, shape in counts.inputs.items()},
        "outputs": {name: list(shape) for name, shape in counts.outputs.items()},
        "params": counts.params,
        "macs": counts.macs,
    }


_RENDERERS: Final = {Format.TABLE: _table, Format.JSON: _json, Format.MARKDOWN: _markdown}
