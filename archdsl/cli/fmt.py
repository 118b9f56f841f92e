"""``archdsl fmt``: specs in the one style there is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.options import STDIN, read_raw
from archdsl.cli.output import Failure, note, out, report
from archdsl.cli.spec import show, tally
from archdsl.diagnostics import ArchError
from archdsl.files import WriteError, write_whole
from archdsl.graph.library import ReadError, decode
from archdsl.source import Source
from archdsl.syntax import parse
from archdsl.syntax.format import format_source

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl fmt specs/*.arch"


def run(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Specs; - formats standard input to the output."),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list the files that would change.")
    ] = False,
) -> None:
    """Format specs in place. There is one style, and nothing to configure."""
    status = 0
    for file in files:
        try:
            status = max(status, _one(file, check))
        except (
            Failure,
            ReadError,
            WriteError,
        ) as failure:  # the other files are still worth formatting
            note(str(failure))
            status = 2
    raise SystemExit(status)


def _one(file: str, check: bool) -> int:
    data = read_raw(file)
    name = "<stdin>" if file == STDIN else file
    formatted = _formatted(Source(name, decode(data, name)))
    if formatted is None:
        return 1
    changed = formatted.encode() != data  # the line ends and the encoding are style, too
    if check:
        if changed:
            out(f"{name}\n")
        return int(changed)
    if file == STDIN:
        out(formatted)
    elif changed:
        write_whole(Path(file), formatted)
    return 0


def _formatted(source: Source) -> str | None:
    """The text in the one style, or None where it is no spec: then it is left as it is."""
    try:
        parse(source)
    except ArchError as error:
        show(error.diagnostics)
        report(f"\n{source.name}: not formatted, {tally(error.diagnostics)}\n")
        return None
    return format_source(source.text)
