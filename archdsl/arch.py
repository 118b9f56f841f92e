"""One architecture: a graph without errors, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.analysis.fixes import examined
from archdsl.diagnostics import ArchError, Diagnostic, Label
from archdsl.graph.builder import GraphBuilder
from archdsl.graph.elaborate import Request, Result, elaborate
from archdsl.graph.graph import Graph
from archdsl.graph.library import read_source
from archdsl.graph.limits import Limits
from archdsl.ops import Shape
from archdsl.source import Source
from archdsl.stack import deep_stack
from archdsl.zoo import find, is_zoo

if TYPE_CHECKING:
    import torch

    from archdsl.analysis.profile import Profile

ShapeLike = str | Sequence[int]
"""``"3x224x224"`` or ``(3, 224, 224)``: channels and sizes of one sample."""

__all__ = ["Arch", "Builder", "load", "parse", "parse_shape"]


@dataclass(frozen=True, repr=False)
class Arch:
    """A checked network.

    >>> import archdsl
    >>> arch = archdsl.parse("model tiny { input x: 3x8x8\\n conv(4, 3x3) -> relu }")
    >>> arch.outputs["out"], arch.profile().params
    ((4, 6, 6), 112)
    """

    graph: Graph
    diagnostics: tuple[Diagnostic, ...] = ()
    request: Request | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        inputs = ", ".join(map(str, self.inputs.values()))
        outputs = ", ".join(map(str, self.outputs.values()))
        return f"<Arch {self.name}: {inputs} -> {outputs}>"

    @property
    def name(self) -> str:
        return self.graph.name

    @property
    def inputs(self) -> dict[str, Shape]:
        """The shape of each input, ``(C, *size)``, without the batch."""
        return {name: self.graph.shape(value) for name, value in self.graph.inputs.items()}

    @property
    def outputs(self) -> dict[str, Shape]:
        """The shape of each output of the inference graph."""
        return {name: self.graph.shape(value) for name, value in self.graph.outputs.items()}

    def profile(self, mode: str = "eval") -> Profile:
        """Parameters, MACs and FLOPs; ``mode="train"`` adds what only training computes."""
        from archdsl.analysis.profile import profile

        with deep_stack():
            return profile(self.graph, mode)

    def draw(self, path: str | Path, *, depth: int | None = None) -> Path:
        """Draw to ``.svg``, ``.pdf``, ``.png`` or ``.dot``; the suffix decides.

        ``depth`` is how many levels of blocks are opened; by default what fits one page.
        The file is written whole or not at all. All but ``.dot`` need pygraphviz: raises
        :class:`MissingExtra` where it is not installed.
        """
        from archdsl.draw import draw

        with deep_stack():
            return draw(self.graph, Path(path), depth=depth)

    def to_source(self) -> str:
        """A self-contained Python module that defines this network for PyTorch."""
        from archdsl.lower import emit

        with deep_stack():
            return emit(self._traced())

    def to_torch(self, weights: str | Path | None = None) -> torch.nn.Module:
        """A live module, made from :meth:`to_source`. Needs torch.

        ``weights`` is a checkpoint, ``.safetensors`` or what ``torch.save`` writes of a
        ``state_dict``; it is loaded strictly. Raises :class:`WeightsError` if it does not fit,
        and :class:`MissingExtra` where torch is not installed.
        """
        from archdsl.lower.load import load_module

        module = load_module(self.to_source())
        if weights is not None:
            from archdsl.lower.weights import load_weights

            load_weights(module, Path(weights), self.graph)
        return module

    def to_text(self) -> str:
        """The expanded network as a spec: parsing it gives an equal graph."""
        from archdsl.graph.text import to_text

        return to_text(self.graph)

    def _traced(self) -> Graph:
        """The graph with the origin of every number, where there is a spec to read it from."""
        if self.request is None:
            return self.graph
        result = elaborate(self.request, tracing=True)
        assert result.graph is not None
        return result.graph


class Builder(GraphBuilder):
    """Builds a network from Python, with the operators, checks and errors of the language.

    >>> import archdsl
    >>> b = archdsl.Builder("tiny")
    >>> x = b.input("image", "3x32x32")
    >>> y = b.conv(x, 64, kernel=3, padding=1, name="conv1")
    >>> y = b.add(y, b.conv(x, 64, kernel=1))
    >>> arch = b.build(outputs=y)
    >>> arch.outputs, arch.profile().params
    ({'out': (64, 32, 32)}, 2048)
    """

    def build(self, outputs: Any) -> Arch:
        """The finished network. ``outputs``: a value, a list of values, or a dictionary."""
        return Arch(self.graph(outputs), tuple(self.reporter.found))


def load(
    path: str | Path,
    *,
    model: str | None = None,
    input: ShapeLike | Mapping[str, ShapeLike] | None = None,
    max_nodes: int = 100_000,
    max_depth: int = 100,
    **settings: Any,
) -> Arch:
    """Read and check a spec: a file, or ``zoo:NAME`` for a model that ships with the package.

    ``model`` chooses one of several models of the file (by default the one named like the file,
    else the first); ``input`` gives the shape of the input, ``"3x256x256"``, or of each input by
    name; ``settings`` are the model's parameters.

    Raises :class:`ArchError` with all diagnostics, and :class:`ReadError` for a file that cannot
    be read and a name that is not in the zoo.

    >>> import archdsl
    >>> archdsl.load("specs/resnet50.arch", classes=10, input="3x256x256").outputs["out"]
    (10,)
    >>> archdsl.load("zoo:lenet5").profile().params
    61706
    """
    source, file, named = _located(path)
    return checked(
        Request(
            source,
            file.parent,
            file.resolve(),
            model or named,
            settings,
            input_shapes(input),
            Limits(max_nodes, max_depth),
        )
    )


def _located(path: str | Path) -> tuple[Source, Path, str | None]:
    """The text of a spec, its file, and which model of the file its name asks for."""
    if isinstance(path, str) and is_zoo(path):
        found = find(path)
        return found.source, found.file, found.model
    return read_source(Path(path)), Path(path), None


def parse(
    text: str,
    *,
    name: str = "<text>",
    folder: str | Path = ".",
    model: str | None = None,
    input: ShapeLike | Mapping[str, ShapeLike] | None = None,
    max_nodes: int = 100_000,
    max_depth: int = 100,
    **settings: Any,
) -> Arch:
    """The same as :func:`load` from a text; ``use`` looks beside ``folder``."""
    return checked(
        Request(
            Source(name, text),
            Path(folder),
            None,
            model,
            settings,
            input_shapes(input),
            Limits(max_nodes, max_depth),
        )
    )


def checked(request: Request) -> Arch:
    """Raises :class:`ArchError` if the spec has errors."""
    return settle(examined(request), request)


def settle(result: Result, request: Request) -> Arch:
    if result.graph is None:
        raise ArchError(result.diagnostics)
    return Arch(result.graph, result.diagnostics, request)


def input_shapes(given: ShapeLike | Mapping[str, ShapeLike] | None) -> dict[str, Shape]:
    """Shapes by the name of their input; the name "" stands for the only one."""
    if given is None:
        return {}
    named = given if isinstance(given, Mapping) else {"": given}
    return {name: parse_shape(text, name) for name, text in named.items()}


def parse_shape(given: ShapeLike, name: str = "") -> Shape:
    """``3x224x224``, or ``(3, 224, 224)``, as a shape. Raises :class:`ArchError` for anything else.

    >>> parse_shape("3x224x224")
    (3, 224, 224)
    """
    text = given if isinstance(given, str) else "x".join(map(str, given))
    parts = text.lower().split("x")
    if 1 <= len(parts) <= 4 and all(p.isascii() and p.isdigit() and len(p) < 10 for p in parts):
        shape = Shape(map(int, parts))
        if all(shape):
            return shape
    raise ArchError(
        [
            Diagnostic(
                "bad-input",
                f"`{text}` is not the shape of an input",
                Label(None),
                help="write channels and sizes, as in 3x224x224",
            )
        ]
    )
