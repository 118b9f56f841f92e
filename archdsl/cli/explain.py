"""``archdsl explain``: what an error means, with an example and its cure."""

from __future__ import annotations

from typing import Annotated

import typer

from archdsl.cli.output import Failure, out
from archdsl.diagnostics import CODES
from archdsl.graph.report import closest
from archdsl.resources import resource

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl explain shape-mismatch"


def run(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="The code in the brackets of an error.")
    ] = None,
) -> None:
    """Explain an error code; list all of them without one."""
    if code is None:
        width = max(map(len, CODES))
        out("".join(f"{name:<{width}}  {title}\n" for name, title in CODES.items()))
        return
    if code not in CODES:
        meant = closest(code, CODES)
        hint = f"did you mean `{meant}`?" if meant else "`archdsl explain` lists all codes"
        raise Failure(f"no error has the code `{code}`; {hint}")
    page = resource("errors", f"{code}.md")
    try:
        out(page.read_text(encoding="utf-8").rstrip("\n") + "\n")
    except FileNotFoundError:
        out(f"{code}: {CODES[code]}\n")
