"""Files of specs: reading them, and the names each makes known to the others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from archdsl.diagnostics import ArchError, Diagnostic, Fix, Label
from archdsl.diagnostics.edits import replaced
from archdsl.graph.functions import BUILTINS
from archdsl.graph.report import PRELUDE, ZOO, nearest
from archdsl.graph.values import MISSING, UNKNOWN, Definition, Env
from archdsl.ops import OPS
from archdsl.source import Source, Span
from archdsl.syntax import parse, read, tree

__all__ = ["Library", "LoadedFile", "ReadError", "decode", "prelude", "read_bytes", "read_source"]

LARGEST_FILE = 4 * 1024 * 1024
_PRELUDE = Path(__file__).parent.parent / "prelude.arch"


class ReadError(Exception):
    """A file that cannot be read as a spec; the message is one line for the user."""


def read_source(path: Path, name: str | None = None) -> Source:
    """The text of a file.

    Raises :class:`ReadError` for what is not there, not a file, not text or far too long.
    """
    shown = name or str(path)
    return Source(shown, decode(read_bytes(path, shown), shown))


def read_bytes(path: Path, name: str) -> bytes:
    """The content of a file, or of a pipe that is open already: no more than a spec may have."""
    try:
        if path.is_dir():
            raise ReadError(f"{name}: this is a directory, not a spec")
        if path.is_fifo() and Path(os.path.realpath(path)).exists():  # it may never be written
            raise ReadError(f"{name}: this is a named pipe, not a spec")
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ReadError(f"{name}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ReadError(f"{name}: cannot be read: {reason}") from None


def decode(data: bytes, name: str) -> str:
    """Text from bytes; Raises :class:`ReadError` for anything but UTF-8 text."""
    if len(data) > LARGEST_FILE:
        raise ReadError(f"{name}: too large for a spec (over {LARGEST_FILE // 2**20} MiB)")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadError(f"{name}: this is UTF-16 text; save the file as UTF-8")
    if b"\0" in data:
        raise ReadError(f"{name}: this is a binary file, not a spec")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{name}: not UTF-8 text (byte {error.start}); save the file as UTF-8"
        ) from None


@lru_cache(maxsize=2)
def _read(source: Source) -> tuple[tree.File | None, tuple[Diagnostic, ...]]:
    """A text is looked at several times in a row, for one model and for all: it is read once."""
    file, found = read(source)
    return file, tuple(found)


class LoadedFile:
    """A parsed file and the environment its definitions live in."""

    def __init__(self, file: tree.File, folder: Path) -> None:
        self.source = file.span.source  # that of all its places, read now or before
        self.file = file
        self.folder = folder
        self.env = Env({}, prelude())
        self.own: dict[str, Definition] = {}
        self.models: dict[str, Definition] = {}
        self.misread = False
        """Whether there were syntax errors, so that something may be missing."""
        self.lost: set[str] = set()
        """Names of definitions that could not be read."""


class Library:
    """Loads files and what they use, each once.

    ``texts`` stand for what is on disk: an editor has files open that are not saved yet.
    """

    def __init__(self, texts: Mapping[Path, str] | None = None) -> None:
        self.found: list[Diagnostic] = []
        self._texts = texts or {}
        self._files: dict[Path, LoadedFile] = {}
        self.files: list[LoadedFile] = []
        self._loading: list[Path] = []

    def add(self, source: Source, folder: Path, path: Path | None = None) -> LoadedFile:
        """Read a text and load what it uses.

        Raises :class:`ArchError` for a text with more syntax errors than anybody reads.
        """
        file, found = _read(source)
        if file is None:
            raise ArchError(found)
        self.found.extend(found)
        loaded = LoadedFile(file, folder)
        loaded.misread = bool(found)
        self.files.append(loaded)
        if path is not None:
            self._files[path] = loaded
            self._loading.append(path)
        for item in loaded.file.items:
            if isinstance(item, tree.Use):
                self._use(item, loaded)
            elif isinstance(item, tree.Hole) and item.word == "use":
                self._try_to_use(item, loaded)
        if path is not None:
            self._loading.pop()
        for item in loaded.file.items:
            if not isinstance(item, tree.Use | tree.Hole):
                self._define(item, loaded)
        for item in loaded.file.items:
            if isinstance(item, tree.Hole):
                _lose(item, loaded)
        return loaded

    def _use(self, use: tree.Use, user: LoadedFile) -> None:
        try:
            path = (user.folder / use.path).resolve()
        except (OSError, ValueError):
            path = user.folder / "?"
        if path in self._loading:
            user.env.incomplete = True
            self._report(
                "circular-use",
                f'"{use.path}" uses this file in its turn',
                use.path_span,
                "move what both need into a third file",
            )
            return
        other = self._files.get(path)
        if other is None:
            try:
                source = self._read(path, _beside(user.source.name, use.path))
            except ReadError as error:
                user.env.incomplete = True
                near = _where_it_might_be(user.folder, use.path)
                self._report(
                    "file-not-found",
                    f'"{use.path}" cannot be used: {str(error).partition(": ")[2]}',
                    use.path_span,
                    f'did you mean "{near[0]}"?'
                    if near
                    else "paths are relative to the file that uses them",
                    [replaced(use.path_span, f'"{found}"') for found in near],
                )
                return
            try:
                other = self.add(source, path.parent, path)
            except ArchError as error:
                self.found.extend(error.diagnostics)
                user.env.incomplete = True
                return
        self._import(other, user, use)

    def _read(self, path: Path, name: str) -> Source:
        text = self._texts.get(path)
        return read_source(path, name) if text is None else Source(name, text)

    def _try_to_use(self, hole: tree.Hole, user: LoadedFile) -> None:
        """A `use` with a mistake in it: if it names a file, that is most likely the one."""
        line = hole.span.source.text[hole.span.start :].partition("\n")[0]
        named = re.search(r"""["'“]([^"'“”]+)""", line)
        if named:
            found = len(self.found)
            self._use(tree.Use(hole.span, named[1], hole.span), user)
            del self.found[found:]

    def _import(self, other: LoadedFile, user: LoadedFile, use: tree.Use) -> None:
        for name, definition in other.own.items():
            known = user.env.names.get(name)
            if known is not None and known is not definition:
                self._report(
                    "duplicate-name",
                    f"`{name}` comes from two files",
                    use.path_span,
                    "rename one of the two, or use only one of the files",
                )
            user.env.names[name] = definition
        user.models |= other.models
        _lose_names(other.lost, user)
        user.env.incomplete |= other.env.incomplete

    def _define(
        self, item: tree.Block | tree.Model | tree.Variant | tree.Fn, loaded: LoadedFile
    ) -> None:
        before = loaded.own.get(item.name)
        if before is not None:
            first = before.item.name_span
            self.found.append(
                Diagnostic(
                    "duplicate-name",
                    f"`{item.name}` is defined twice",
                    Label(item.name_span),
                    secondary=(Label(first, "first here"),),
                    help="give one of them another name",
                )
            )
            return
        self._check_parameters(item)
        definition = Definition(item, loaded.env)
        loaded.own[item.name] = definition
        loaded.env.names[item.name] = definition
        if isinstance(item, tree.Model | tree.Variant):
            loaded.models[item.name] = definition

    def _check_parameters(self, item: tree.Block | tree.Model | tree.Variant | tree.Fn) -> None:
        if isinstance(item, tree.Variant):
            return
        seen: set[str] = set()
        for parameter in item.parameters:
            if parameter.name in seen:
                self._report(
                    "duplicate-name",
                    f"`{item.name}` has two parameters named `{parameter.name}`",
                    parameter.span,
                    "give one of them another name",
                )
            seen.add(parameter.name)

    def _report(
        self, code: str, message: str, span: Span, help: str, fixes: Iterable[Fix] = ()
    ) -> None:
        self.found.append(Diagnostic(code, message, Label(span), help=help, fixes=tuple(fixes)))


def _lose(hole: tree.Hole, loaded: LoadedFile) -> None:
    """What a definition that could not be read would have made is unknown."""
    loaded.env.incomplete = True
    loaded.env.nameless |= re.match(r"(?:block|fn|model)\s*[({=]", hole.span.text) is not None
    _lose_names({name.id for name in hole.names}, loaded)


def _lose_names(names: set[str], loaded: LoadedFile) -> None:
    for name in names:
        if loaded.env.find(name) is MISSING and name not in OPS and name not in BUILTINS:
            loaded.env.names[name] = UNKNOWN
            loaded.lost.add(name)


@cache
def prelude() -> Env:
    """The blocks that every file can use: they ship with the package."""
    source = Source(PRELUDE, _PRELUDE.read_text(encoding="utf-8"))
    env = Env({})
    for item in parse(source).items:
        if not isinstance(item, tree.Use | tree.Hole):
            env.names[item.name] = Definition(item, env)
    return env


def _beside(name: str, path: str) -> str:
    """How a used file is called in messages: as seen from where the first one was named."""
    if path.startswith("/"):
        return path
    folder, slash, _ = name.rpartition("/")
    return f"{folder or (ZOO if name.startswith(ZOO) else '')}{slash}{path}"


def _where_it_might_be(folder: Path, path: str) -> list[str]:
    """Files of that name in other folders, else those of about that name in the same one."""
    wanted = Path(path)
    try:
        same = [*sorted(folder.glob(f"*/{wanted.name}")), *sorted(folder.glob(wanted.name))]
        if same:
            return [found.relative_to(folder).as_posix() for found in same]
        beside = [found.stem for found in (folder / wanted.parent).glob("*.arch")]
    except (OSError, ValueError, NotImplementedError):
        return []
    near = nearest(wanted.stem, beside)
    return [(wanted.parent / f"{stem}.arch").as_posix() for stem in near]
