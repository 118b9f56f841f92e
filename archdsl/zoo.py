"""The networks that ship with the package: finding one by its name, and counting all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from archdsl.diagnostics import ArchError
from archdsl.graph.elaborate import Request, Result, elaborate, elaborate_all
from archdsl.graph.library import ReadError, read_source
from archdsl.graph.report import ZOO, closest
from archdsl.resources import resource
from archdsl.source import Source
from archdsl.syntax import parse, tree

__all__ = [
    "PREFIX",
    "PUBLISHED",
    "Entry",
    "Found",
    "Published",
    "catalogue",
    "find",
    "is_zoo",
    "names",
    "selected",
]

PREFIX: Final = ZOO
"""``zoo:resnet50`` is the model ``resnet50`` of the zoo; ``./zoo:resnet50`` is a file."""


class Published(NamedTuple):
    """The multiply-accumulates that a paper prints, and the model whose form it counts."""

    macs: int
    source: str
    model: str


_HE: Final = "He et al. 2015, table 1"
PUBLISHED: Final = {
    "resnet18": Published(1_800_000_000, _HE, "resnet18"),
    "resnet34": Published(3_600_000_000, _HE, "resnet34"),
    "resnet50": Published(3_800_000_000, _HE, "resnet50_v1"),
    "resnet101": Published(7_600_000_000, _HE, "resnet101_v1"),
    "resnet152": Published(11_300_000_000, _HE, "resnet152_v1"),
    "resnet50_v1": Published(3_800_000_000, _HE, "resnet50_v1"),
    "resnet101_v1": Published(7_600_000_000, _HE, "resnet101_v1"),
    "resnet152_v1": Published(11_300_000_000, _HE, "resnet152_v1"),
    "resnext50_32x4d": Published(4_200_000_000, "Xie et al. 2017, table 1", "resnext50_32x4d"),
    "mobilenet_v2": Published(300_000_000, "Sandler et al. 2018, table 4", "mobilenet_v2"),
}
"""What papers print of models of the zoo, by the name of the model."""


@dataclass(frozen=True)
class Found:
    """A model of the zoo: its text, where that stands, and which of the models there it is."""

    source: Source
    file: Path
    model: str


@dataclass(frozen=True)
class Entry:
    """A model of the zoo, checked; ``file`` is seen from the folder of the zoo."""

    name: str
    file: str
    result: Result


def is_zoo(spec: str) -> bool:
    """Whether a spec is named by its place in the zoo.

    >>> is_zoo("zoo:resnet50"), is_zoo("specs/resnet50.arch")
    (True, False)
    """
    return spec.startswith(PREFIX)


def find(spec: str) -> Found:
    """The model that ``zoo:NAME`` means, with nothing expanded yet.

    The file of that name is looked into first, then the others in the order of their names.
    Raises :class:`ReadError` where no file defines it.

    >>> find("zoo:resnet50").file.name
    'resnet50.arch'
    >>> find("zoo:resnet5")
    Traceback (most recent call last):
    archdsl.graph.library.ReadError: zoo:resnet5: no such model; did you mean `resnet50`?
    """
    name = spec.removeprefix(PREFIX)
    for file in sorted(_files(), key=lambda file: file.stem != name):
        source = read_source(file, f"{PREFIX}{name}")
        # Only a text that holds the name is worth parsing.
        if (name in source.text or name == file.stem) and name in _models(source, file):
            return Found(source, file, name)
    meant = closest(name, names())
    hint = f"did you mean `{meant}`?" if meant else "`archdsl zoo` lists all there are"
    raise ReadError(f"{PREFIX}{name}: no such model; {hint}")


def names() -> list[str]:
    """All models of the zoo, file by file, as they stand there.

    >>> "resnet50" in names()
    True
    """
    return [name for file in _files() for name in _models(_read(file), file)]


def catalogue() -> Iterator[Entry]:
    """All models of the zoo, file by file, each checked.

    >>> next(entry for entry in catalogue() if entry.name == "lenet5").file
    'lenet5.arch'
    """
    for file in _files():
        source = _read(file)
        if not _models(source, file):  # blocks for other files
            continue
        results = elaborate_all(Request(source, file.parent, file.resolve()))
        for name, result in results.items():
            yield Entry(name or file.stem, _shown(file), result)


def selected(wanted: Iterable[str]) -> Iterator[Entry]:
    """Some models of the zoo in the order asked for; ``zoo:`` may stand before a name.

    Raises :class:`ReadError` for a name that is not there.

    >>> [entry.name for entry in selected(["unet", "zoo:lenet5"])]
    ['unet', 'lenet5']
    """
    for found in [find(name) for name in wanted]:  # a wrong name is told before anything is checked
        request = Request(found.source, found.file.parent, found.file.resolve(), found.model)
        yield Entry(found.model, _shown(found.file), elaborate(request))


# ---- files


def _files() -> list[Path]:
    folder = resource("specs")
    return sorted(folder.rglob("*.arch"), key=lambda file: file.relative_to(folder).as_posix())


def _shown(file: Path) -> str:
    return file.relative_to(resource("specs")).as_posix()


def _read(file: Path) -> Source:
    return read_source(file, f"{PREFIX}{_shown(file)}")


def _models(source: Source, file: Path) -> tuple[str, ...]:
    """The models a file defines. One that cannot be parsed counts as the model it is named after:
    who opens that is told what is wrong with it."""
    try:
        items = parse(source).items
    except ArchError:
        return (file.stem,)
    return tuple(item.name for item in items if isinstance(item, tree.Model | tree.Variant))
