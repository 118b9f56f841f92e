"""A profile as text: a table for people, json, csv and markdown for everything else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from archdsl.analysis.profile import DEFINITION, Block, Layer, Profile
from archdsl.ops import Shape

__all__ = ["RENDERERS", "flow", "human", "render", "to_dict"]

_UNITS: Final = (
    (10**18, "E"),
    (10**15, "P"),
    (10**12, "T"),
    (10**9, "G"),
    (10**6, "M"),
    (10**3, "k"),
)


def render(profile: Profile, format: str = "table", *, depth: int | None = None) -> str:
    """A profile as ``table``, ``json``, ``csv`` or ``markdown``; ends with a line end.

    ``depth`` folds containers nested deeper than that into one row of the table; the other
    formats always have one row for each operator.

    >>> import archdsl
    >>> arch = archdsl.parse("model m { input x: 3x8x8\\n conv1: conv(4, 3x3) }")
    >>> print(render(arch.profile(), "csv"))
    name,op,output,params,macs,flops
    conv1,conv,4x6x6,112,3888,7776
    <BLANKLINE>
    """
    if format == "table":
        return _table(profile, depth)
    return RENDERERS[format](profile)


def human(count: int) -> str:
    """A count in the unit that leaves three digits.

    >>> human(999), human(9408), human(4089184256), human(999999)
    ('999', '9.41 k', '4.09 G', '1.00 M')
    """
    for size, unit in _UNITS:
        if count >= size * 0.9995:
            value = count / size
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f} {unit}"
    return str(count)


def flow(profile: Profile) -> str:
    """What flows in and out: names only where there are several.

    >>> import archdsl
    >>> flow(archdsl.parse("model m { input x: 3x8x8\\n conv(4, 3x3) }").profile())
    '3x8x8 -> 4x6x6'
    """
    return f"{_values(profile.inputs)} -> {_values(profile.outputs)}"


def _values(shapes: Mapping[str, Shape]) -> str:
    if len(shapes) == 1:
        return str(next(iter(shapes.values())))
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


# ---- table ---------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A line of the table: how far it is indented, and what stands in its cells."""

    level: int
    name: str
    counted: Layer | Block
    note: str = ""


def _table(profile: Profile, depth: int | None) -> str:
    cells: list[tuple[str, ...]] = [("name", "op", "output", "params", "MACs", "FLOPs")]
    cells += [_cells(row) for row in _rows(profile.root, depth)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head, *body = (_aligned(row, widths) for row in cells)
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    title = f"{profile.model}: {flow(profile)}"
    lines = [title, "", head, rule, *body, rule, *_totals(profile), "", DEFINITION]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rows(root: Block, depth: int | None) -> Iterator[_Row]:
    """Depth first; a container deeper than ``depth`` keeps its row and hides what it holds."""
    waiting: list[_Row] = [_Row(-1, "", root)]
    while waiting:
        row = waiting.pop()
        if row.level >= 0:
            yield row
        block = row.counted
        if isinstance(block, Block) and (depth is None or row.level < max(depth, 1) - 1):
            waiting.extend(
                _Row(row.level + 1, _key(block, child), child, _note(block, child))
                for child in reversed(block.children)
            )


def _key(block: Block, child: Layer | Block) -> str:
    """The name inside the container; a module that is applied again elsewhere keeps all of it."""
    return child.name.removeprefix(f"{block.name}.") if block.name else child.name


def _note(block: Block, child: Layer | Block) -> str:
    """Said once: at the outermost container of what only training computes."""
    return " (training only)" if child.train_only and not block.train_only else ""


def _cells(row: _Row) -> tuple[str, ...]:
    counted = row.counted
    return (
        "  " * row.level + row.name,
        (counted.op + row.note).lstrip(),
        str(counted.output) if counted.output else "",
        *(
            human(count) if count else "-"
            for count in (counted.params, counted.macs, counted.flops)
        ),
    )


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """Text to the left, counts to the right."""
    placed = (
        cell.ljust(width) if column < 3 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(placed)


def _totals(profile: Profile) -> list[str]:
    """Exact numbers, then the same in units, then the operators that have most of them."""
    counts = {
        "parameters": profile.params,
        "buffers": profile.buffers,
        "MACs": profile.macs,
        "FLOPs": profile.flops,
    }
    width = max(len(f"{count:,}") for count in counts.values())
    lines = [
        f"{name:<10}  {count:>{width},}" + (f"  ({human(count)})" if count >= 1000 else "")
        for name, count in counts.items()
    ]
    kinds = profile.by_kind
    if len(kinds) > 1:
        lines.append("")
    name_width = max(map(len, kinds), default=0)
    for name, kind in kinds.items() if len(kinds) > 1 else ():
        params, macs = _share(kind.params, profile.params), _share(kind.macs, profile.macs)
        lines.append(f"{name:<{name_width}}  {params:>6} of the parameters  {macs:>6} of the MACs")
    return lines


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if part else "0%"


# ---- for programs --------------------------------------------------------------------------------


def to_dict(profile: Profile) -> dict[str, Any]:
    """The documented form of ``profile --format json``."""
    return {
        "model": profile.model,
        "inputs": {name: list(shape) for name, shape in profile.inputs.items()},
        "outputs": {name: list(shape) for name, shape in profile.outputs.items()},
        "params": profile.params,
        "buffers": profile.buffers,
        "macs": profile.macs,
        "flops": profile.flops,
        "layers": [
            {
                "name": layer.name,
                "op": layer.op,
                "output": list(layer.output),
                "params": layer.params,
                "macs": layer.macs,
                "flops": layer.flops,
            }
            for layer in profile.layers
        ],
    }


def _json(profile: Profile) -> str:
    return json.dumps(to_dict(profile), indent=2) + "\n"


_COLUMNS: Final = ("name", "op", "output", "params", "macs", "flops")


def _records(profile: Profile) -> Iterator[tuple[str | int, ...]]:
    for layer in profile.layers:
        yield (layer.name, layer.op, str(layer.output), layer.params, layer.macs, layer.flops)


def _csv(profile: Profile) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_records(profile))
    return text.getvalue()


def _markdown(profile: Profile) -> str:
    lines = [f"# {profile.model}", "", f"`{flow(profile)}`", ""]
    lines += ["| name | op | output | params | MACs | FLOPs |", "|:--|:--|:--|--:|--:|--:|"]
    for name, op, output, *counts in _records(profile):
        numbers = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| `{name}` | {op} | {output} | {numbers} |")
    totals = " | ".join(f"**{count:,}**" for count in (profile.params, profile.macs, profile.flops))
    lines += [f"| **total** | | | {totals} |", "", DEFINITION]
    return "\n".join(lines) + "\n"


RENDERERS: Final[Mapping[str, Callable[[Profile], str]]] = {
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
