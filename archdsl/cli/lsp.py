"""``archdsl lsp``: the language server that an editor starts."""

from __future__ import annotations

import sys
from pathlib import Path

from archdsl.cli.options import OpsOption
from archdsl.cli.output import Failure, note
from archdsl.cli.plugins import import_operators
from archdsl.extras import needs

__all__ = ["EXAMPLE", "run"]

EXAMPLE = "archdsl lsp --ops mymodule"


def run(ops: OpsOption = None) -> None:
    """Serve an editor by the language server protocol.

    It speaks over standard input and output."""
    with needs("the language server", "pygls"):
        from archdsl.lsp.server import serve
    if sys.stdin is None or sys.stdout is None:
        raise Failure("the language server speaks over standard input and output; one is closed")
    import_operators(ops or (), None)
    if sys.stdin.isatty():
        note("waiting for an editor to speak the language server protocol; Ctrl-C ends")
    serve(_of_project)


def _of_project(folder: Path) -> None:
    """The operators that the pyproject.toml above a spec names."""
    import_operators((), folder)
