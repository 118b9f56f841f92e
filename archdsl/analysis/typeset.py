"""A table of networks for a terminal, in Markdown and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from archdsl.analysis.stages import Entry
from archdsl.analysis.table import Count, Table

__all__ = ["RENDERERS", "plain"]

HEAD: Final = ("stage", "output size")

Notes = Sequence[str]
"""Lines that stand below a table."""


def plain(count: Count | None) -> str:
    """
    >>> plain(Count("3.9", 9))
    '3.9 x 10^9'
    """
    return f"{count.digits} x 10^{count.exponent}" if count else ""


# ---- for a terminal


class _Line(NamedTuple):
    """The name, the size, and a cell of several lines for each network, or one over all."""

    head: tuple[str, str]
    cells: list[list[str]]
    alike: list[str]


def _text(table: Table, notes: Notes) -> str:
    """Brackets over several lines; what all networks have alike once, in the middle."""
    groups = [*_groups(table)]
    every = [line for group in groups for line in group]
    heads = [max(len(line.head[column]) for line in every) for column in range(len(HEAD))]
    widths = [
        max((len(word) for line in every for word in line.cells[column]), default=0)
        for column in range(len(table.columns))
    ]
    alike = max((len(word) for line in every for word in line.alike), default=0)
    widths[-1] += max(0, alike - _total(widths))
    rule = "-" * _total([*heads, *widths])
    lines: list[str] = []
    for group in groups:
        lines += [rule] if lines else []
        lines += [text for line in group for text in _set(line, heads, widths)]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def _groups(table: Table) -> Iterator[list[_Line]]:
    """The lines between two rules."""
    yield [_Line(HEAD, [[column.name] for column in table.columns], [])]
    for row in table.rows:
        lines: list[_Line] = []
        for part in row.parts:
            head = ("", "") if lines else (row.name, row.size)
            cells = [_stacked(cell) for cell in part.cells] or [[] for _ in table.columns]
            lines.append(_Line(head, cells, _stacked(part.alike)))
        yield lines
    yield [_Line((title, ""), [[plain(count)] for count in sums], []) for title, sums in table.sums]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _set(line: _Line, heads: list[int], widths: list[int]) -> Iterator[str]:
    wide = _total(widths)
    block = max(map(len, line.alike), default=0)
    rows = [[word.ljust(block).center(wide)] for word in line.alike] or [
        [word.ljust(width) for word, width in zip(words, widths, strict=True)]
        for words in zip_longest(*line.cells, fillvalue="")
    ]
    for number, words in enumerate(rows):
        head = ("", "") if number else line.head
        told = [name.ljust(width) for name, width in zip(head, heads, strict=True)]
        yield "  ".join([*told, *words]).rstrip()


def _stacked(entries: Sequence[Entry]) -> list[str]:
    return [line for entry in entries for line in _bracket(entry)]


def _bracket(entry: Entry) -> list[str]:
    """
    >>> print("\\n".join(_bracket(Entry(("1x1, 64", "3x3, 64", "1x1, 256"), 3))))
    [1x1, 64 ]
    [3x3, 64 ] x 3
    [1x1, 256]
    """
    if not entry.bracketed:
        return [*entry.layers]
    width = max(map(len, entry.layers))
    lines = [f"[{layer.ljust(width)}]" for layer in entry.layers]
    lines[(len(lines) - 1) // 2] += f" x {entry.repeats}"
    return lines


# ---- Markdown


def _markdown(table: Table, notes: Notes) -> str:
    names = [f"`{column.name}`" for column in table.columns]
    rows = [[*HEAD, *names], [":--"] * (len(HEAD) + len(names))]
    for row in table.rows:
        cells = [[e for part in row.parts for e in part.of(number)] for number in range(len(names))]
        rows.append([row.name, row.size, *("<br>".join(map(_inline, cell)) for cell in cells)])
    rows += [[title, "", *map(plain, sums)] for title, sums in table.sums]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    for note in notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def _inline(entry: Entry) -> str:
    """
    >>> _inline(Entry(("3x3, 64", "3x3, 64"), 2)), _inline(Entry(("7x7, 64, stride 2",)))
    ('[3x3, 64; 3x3, 64] x 2', '7x7, 64, stride 2')
    """
    told = "; ".join(entry.layers)
    return f"[{told}] x {entry.repeats}" if entry.bracketed else told


# ---- LaTeX

_TIMES: Final = re.compile(r"(?<=\d)x(?=\d)")


def _latex(table: Table, notes: Notes) -> str:
    """A ``tabular`` that needs no package."""
    count = len(table.columns)
    names = [_escaped(column.name) for column in table.columns]
    lines = [f"\\begin{{tabular}}{{{'|'.join('c' * (len(HEAD) + count))}}}", "\\hline"]
    lines += [_latex_row([*HEAD, *names]), "\\hline"]
    for row in table.rows:
        for number, part in enumerate(row.parts):
            # A line under the cells only, where name and size hold for what comes next, too.
            lines += [f"\\cline{{{len(HEAD) + 1}-{len(HEAD) + count}}}"] if number else []
            head = ["", ""] if number else [_escaped(row.name), _math(row.size)]
            span = f"\\multicolumn{{{count}}}{{c}}{{{_latex_cell(part.alike)}}}"
            cells = [_latex_cell(cell) for cell in part.cells] or [span]
            lines.append(_latex_row([*head, *cells]))
        lines.append("\\hline")
    lines += [_latex_row([title, "", *map(_power, sums)]) for title, sums in table.sums]
    lines += ["\\hline", "\\end{tabular}", *(f"% {note}" for note in notes)]
    return "\n".join(lines) + "\n"


def _latex_row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _latex_cell(entries: Sequence[Entry]) -> str:
    told = [_latex_entry(entry) for entry in entries]
    if len(told) < 2:
        return "".join(told)
    stacked = r" \\[2pt] ".join(told)  # room between brackets that stand on one another
    return f"\\begin{{tabular}}{{@{{}}c@{{}}}}{stacked}\\end{{tabular}}"


def _latex_entry(entry: Entry) -> str:
    r"""
    >>> print(_latex_entry(Entry(("3x3, 64", "3x3, 64"), 2)))
    $\left[\begin{array}{c}\mbox{3$\times$3, 64}\\\mbox{3$\times$3, 64}\end{array}\right]\times2$
    """
    if not entry.bracketed:
        return _math(entry.layers[0])
    layers = r"\\".join(f"\\mbox{{{_math(layer)}}}" for layer in entry.layers)
    return f"$\\left[\\begin{{array}}{{c}}{layers}\\end{{array}}\\right]\\times{entry.repeats}$"


def _power(count: Count | None) -> str:
    return f"${count.digits}\\times10^{{{count.exponent}}}$" if count else ""


def _math(words: str) -> str:
    """Words with the signs between numbers as LaTeX has them.

    >>> print(_math("7x7, 64, stride 2"))
    7$\\times$7, 64, stride 2
    """
    return _TIMES.sub(r"$\\times$", _escaped(words))


def _escaped(words: str) -> str:
    """Names of the language have letters, digits and underscores only."""
    return words.replace("_", r"\_")


RENDERERS: Final[Mapping[str, Callable[[Table, Notes], str]]] = {
    "table": _text,
    "markdown": _markdown,
    "latex": _latex,
}
