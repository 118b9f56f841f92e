"""``archdsl explain``: what an error or a lint means, with an example and its cure."""

from __future__ import annotations

from typing import Annotated

import typer

from archdsl.cli.output import Failure, out
from archdsl.diagnostics import CODES, LINTS
from archdsl.graph.report import closest
from archdsl.resources import resource

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl explain shape-mismatch"


def run(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="The code in the brackets of an error.")
    ] = None,
) -> None:
    """Explain an error or a lint by its code. Without one list all."""
    titles = {**CODES, **LINTS}
    if code is None:
        width = max(map(len, titles))
        out("".join(f"{name:<{width}}  {title}\n" for name, title in titles.items()))
        return
    if code not in titles:
        meant = closest(code, titles)
        hint = f"did you mean `{meant}`?" if meant else "`archdsl explain` lists all codes"
        raise Failure(f"no error or lint has the code `{code}`; {hint}")
    page = resource("errors" if code in CODES else "lints", f"{code}.md")
    out(page.read_text(encoding="utf-8").rstrip("\n") + "\n")
