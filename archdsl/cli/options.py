"""The options that check, profile, draw and compile share, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from archdsl.cli.output import Failure, read_input
from archdsl.cli.plugins import import_operators
from archdsl.diagnostics import ArchError
from archdsl.graph.elaborate import Request
from archdsl.graph.library import LARGEST_FILE, decode, read_bytes
from archdsl.graph.limits import Limits
from archdsl.ops import Shape
from archdsl.source import Source
from archdsl.zoo import find, is_zoo

__all__ = [
    "STDIN",
    "Choices",
    "InputOption",
    "MaxDepthOption",
    "MaxNodesOption",
    "ModelOption",
    "OpsOption",
    "OutputOption",
    "SetOption",
    "SpecArgument",
    "read_raw",
    "read_spec",
]

STDIN: Final = "-"

SpecArgument = Annotated[
    str,
    typer.Argument(
        metavar="SPEC", help="A spec, or zoo:NAME; - reads standard input.", show_default=False
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter of the model."),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="[NAME=]CxHxW", help="The shape of an input."),
]
ModelOption = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Which model of the file.")
]
MaxNodesOption = Annotated[
    int, typer.Option("--max-nodes", metavar="N", min=1, help="Limit on applied operators.")
]
MaxDepthOption = Annotated[
    int, typer.Option("--max-depth", metavar="N", min=1, help="Limit on nested blocks.")
]
OpsOption = Annotated[
    list[str] | None,
    typer.Option("--ops", metavar="MODULE", help="Import a Python module with operators."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Where to write.", show_default=False),
]


@dataclass(frozen=True)
class Choices:
    """What the common options say."""

    settings: Mapping[str, str]
    inputs: Mapping[str, Shape]
    model: str | None
    limits: Limits
    ops: tuple[str, ...]

    @classmethod
    def of(
        cls,
        settings: Iterable[str] | None,
        inputs: Iterable[str] | None,
        model: str | None,
        max_nodes: int,
        max_depth: int,
        ops: Iterable[str] | None,
    ) -> Choices:
        """Raises :class:`Failure` for what cannot be read.

        >>> Choices.of(["classes=10"], ["3x64x64"], None, 100, 10, None).settings
        {'classes': '10'}
        """
        return cls(
            dict(map(_setting, settings or ())),
            _shapes(inputs or ()),
            model,
            Limits(max_nodes, max_depth),
            tuple(ops or ()),
        )

    def request(self, spec: str) -> Request:
        """What to expand for one spec. Imports the operators that it may use."""
        if is_zoo(spec):
            return self._of_the_zoo(spec)
        source, folder, path = read_spec(spec)
        import_operators(self.ops, folder)
        return Request(source, folder, path, self.model, self.settings, self.inputs, self.limits)

    def _of_the_zoo(self, spec: str) -> Request:
        """No project is above the zoo: only the operators named on the command line count."""
        found = find(spec)
        import_operators(self.ops, None)
        folder, path, model = found.file.parent, found.file.resolve(), self.model or found.model
        return Request(found.source, folder, path, model, self.settings, self.inputs, self.limits)


def read_spec(spec: str) -> tuple[Source, Path, Path | None]:
    """The text of a spec, the folder its ``use`` starts from, and its path if it has one.

    Raises :class:`Failure` or :class:`ReadError`.
    """
    if spec == STDIN:
        return Source("<stdin>", decode(read_raw(spec), "<stdin>")), Path(), None
    path = Path(spec)
    return Source(spec, decode(read_raw(spec), spec)), path.parent, path.resolve()


def read_raw(spec: str) -> bytes:
    """The bytes of a file, or of standard input."""
    if spec == STDIN:
        return read_input(LARGEST_FILE + 1)
    return read_bytes(Path(spec), spec)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise Failure(f"--set {text}: write --set NAME=VALUE, as in --set classes=10")
    return name.strip(), value.strip()


def _shapes(given: Iterable[str]) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for text in given:
        from archdsl.arch import parse_shape  # not needed by most commands

        name, _, shape = text.rpartition("=")
        if name in shapes:
            raise Failure(
                f"--input {text}: there are two shapes for "
                + (f"`{name}`" if name else "one input; with several inputs write NAME=CxHxW")
            )
        try:
            shapes[name] = parse_shape(shape, name)
        except ArchError:
            raise Failure(
                f"--input {text}: write channels and sizes, as in --input 3x224x224"
            ) from None
    return shapes
