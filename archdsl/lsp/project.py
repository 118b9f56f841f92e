"""The files of a workspace: open in the editor or on disk, and what their names mean together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from archdsl.graph.library import ReadError, prelude, read_source
from archdsl.lsp.definitions import index_file
from archdsl.lsp.symbols import FileIndex, Reference, Symbol
from archdsl.source import Source
from archdsl.syntax import tree
from archdsl.syntax.parse import read

__all__ = ["Parsed", "Project", "prelude_index", "prelude_path"]

_MOST_FILES: Final = 5_000
_MOST_FOLDERS: Final = 20_000  # somebody may open the whole disk
_NOT_OURS: Final = {"node_modules", "__pycache__", "site-packages", "build", "dist"}


def prelude_path() -> Path:
    """The file of the blocks that need no `use`."""
    import archdsl

    return Path(archdsl.__file__).with_name("prelude.arch").resolve()


@cache
def prelude_index() -> FileIndex:
    definitions = prelude().names.values()
    items = tuple(definition.item for definition in definitions)
    span = items[0].span
    return index_file(tree.File(span, items), prelude_path(), None, {})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read. ``stamp`` changes when the file does; without a tree it cannot be
    read at all, and a tree with mistakes has holes."""

    stamp: object
    source: Source | None = None
    file: tree.File | None = None
    is_clean: bool = False


class Project:
    """Reads files and keeps what it made of them until they change.

    ``texts`` are those of the files that are open in the editor; ``folders`` are those in which
    other files are looked for that may use them.
    """

    def __init__(self) -> None:
        self.texts: dict[Path, str] = {}
        self.folders: tuple[Path, ...] = ()
        self._parsed: dict[Path, Parsed] = {}
        self._indices: dict[Path, tuple[tree.File, FileIndex]] = {}

    # ---- texts

    def source(self, path: Path) -> Source | None:
        """The text of a file as the editor has it; None for one that cannot be read."""
        if path in self.texts:
            return Source(path.as_posix(), self.texts[path])
        try:
            return read_source(path, path.as_posix())
        except ReadError:
            return None

    def is_saved(self, path: Path) -> bool:
        """Whether the text of an open file is the one on disk."""
        try:
            return read_source(path, path.as_posix()).text == self.texts.get(path)
        except ReadError:
            return False

    def parsed(self, path: Path) -> Parsed:
        """The syntax tree of a file, read again only when the file has changed."""
        stamp = self._stamp(path)
        known = self._parsed.get(path)
        if known is None or known.stamp != stamp:
            known = self._parsed[path] = self._read(path, stamp)
        return known

    def _stamp(self, path: Path) -> object:
        if path in self.texts:
            return self.texts[path]
        try:
            status = path.stat()
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size

    def _read(self, path: Path, stamp: object) -> Parsed:
        source = self.source(path)
        if source is None:
            return Parsed(stamp)
        file, found = read(source)
        return Parsed(stamp, source, file, not found)

    # ---- names

    def index(self, path: Path) -> FileIndex | None:
        """What the names of a file mean; None for one that cannot be read.

        The index of a file stays the same object until the file, or one that it uses, changes.
        """
        return self._index(path, ())

    def _index(self, path: Path, within: tuple[Path, ...]) -> FileIndex | None:
        if path == prelude_path():
            return prelude_index()
        file = self.parsed(path).file
        if file is None or path in within:
            return None
        used = self._used(file, path, (*within, path))
        known = self._indices.get(path)
        if known and known[0] is file and [*known[1].used] == [*used.values()]:
            return known[1]
        made = index_file(file, path, prelude_index().scope, used)
        self._indices[path] = (file, made)
        return made

    def _used(
        self, file: tree.File, path: Path | None, within: tuple[Path, ...]
    ) -> Mapping[Path, FileIndex]:
        found: dict[Path, FileIndex] = {}
        for used in uses(file, path):
            index = self._index(used, within)
            if index is not None:
                found[used] = index
        return found

    # ---- all files

    def needs(self, path: Path, other: Path) -> bool:
        """Whether a file uses another, be it through a third."""
        seen: set[Path] = set()
        waiting = [path]
        while waiting:
            file = self.parsed(waiting.pop()).file
            fresh = set(uses(file, path) if file else ()) - seen
            if other in fresh:
                return True
            seen |= fresh
            waiting.extend(fresh)
        return False

    def files(self) -> list[Path]:
        """Every spec of the workspace, and every one that is open."""
        found = dict.fromkeys(self.texts)
        for folder in self.folders:
            for path in _specs(folder):
                found[path] = None
                if len(found) >= _MOST_FILES:
                    return [*found]
        return [*found]

    def references(self, symbol: Symbol) -> Iterator[Reference]:
        """Every place that names a symbol, in all files."""
        home = [symbol.path] if symbol.path else []
        for path in dict.fromkeys([*home, *self.files()]):
            index = self.index(path)
            for reference in index.references if index else ():
                if reference.symbol is symbol:
                    yield reference


def uses(file: tree.File, path: Path | None) -> list[Path]:
    """The files that a file uses, as they are found on disk."""
    folder = path.parent if path else Path.cwd()
    found = []
    for item in file.items:
        if isinstance(item, tree.Use):
            try:
                found.append((folder / item.path).resolve())
            except (OSError, ValueError):
                continue
    return found


def _specs(folder: Path) -> Iterator[Path]:
    for place, folders, names in islice(os.walk(folder), _MOST_FOLDERS):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _NOT_OURS)
        for name in sorted(names):
            if name.endswith(".arch"):
                yield (Path(place) / name).resolve()
