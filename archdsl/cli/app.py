"""The commands put together, and everything around them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from archdsl import __version__
from archdsl.cli.guard import guarded
from archdsl.cli.output import out, tolerate_any_text

__all__ = ["COMMANDS", "run"]

COMMANDS: Final = (
    "check",
    "sizes",
    "profile",
    "draw",
    "compile",
    "fmt",
    "explain",
    "ops",
    "zoo",
    "lsp",
)


def run(arguments: Sequence[str]) -> None:
    """Run one command line; always ends with :class:`SystemExit`."""
    tolerate_any_text()
    with guarded():
        typer.main.get_command(_app(arguments))(list(arguments), prog_name="archdsl")


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The commands: only the one that was asked for is imported, all of them for the help."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    asked = arguments[0] if arguments else ""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        module = import_module(f"archdsl.cli.{name}")
        # Guarded inside Typer, too, which has its own idea of what Ctrl-C and a closed pipe mean.
        app.command(name, epilog=f"Example: {module.EXAMPLE}")(guarded()(module.run))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        out(f"archdsl {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Write a convolutional network as it stands in the paper; check, profile, draw and
    compile it."""
