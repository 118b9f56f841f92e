"""``archdsl check --fix``: writing what was mended, and showing it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from archdsl.analysis.fixes import path_of
from archdsl.analysis.mending import Mended, mended
from archdsl.cli.options import STDIN
from archdsl.cli.output import Failure, out, report
from archdsl.files import write_whole
from archdsl.graph.elaborate import Request, Result
from archdsl.graph.library import decode, read_bytes
from archdsl.source import Source
from archdsl.zoo import is_zoo

__all__ = ["fix"]

_BOM = b"\xef\xbb\xbf"


def fix(spec: str, request: Request, *, strict: bool, diff: bool) -> Mapping[str, Result]:
    """Mend a spec and the files it uses, and print the difference; what is found afterwards.

    Standard input is printed as it is then. Raises :class:`Failure` for a spec of the zoo, and
    :class:`WriteError`.
    """
    if is_zoo(spec):
        raise Failure(f"{spec}: the zoo is not for mending; copy the file and mend the copy")
    result = mended(request, strict=strict)
    if spec == STDIN:
        out(result.request.source.text)
    changes = list(_changes(spec, request, result))
    for path, source, text in changes:
        write_whole(path, _as_it_was(read_bytes(path, source.name), text))
    say = out if diff else report
    for _, source, text in changes:
        say(_difference(source, text))
    count = len(result.fixes)
    if count:
        report(f"{request.source.name}: {count} fix{'es' * (count != 1)} applied\n")
    return result.results


def _changes(spec: str, request: Request, result: Mended) -> Iterator[tuple[Path, Source, str]]:
    """Each file whose text is another now: where it is, what it was, and the text."""
    sources = {
        edit.span.source.name: edit.span.source for fix in result.fixes for edit in fix.edits
    }
    for name, edited in sources.items():
        if name == request.source.name:
            if spec != STDIN:
                yield Path(spec), request.source, result.request.source.text
            continue
        path = path_of(request, edited)
        assert path is not None, "only files of the project are edited"
        before = request.texts.get(path)
        text = result.request.texts[path]
        yield path, Source(name, _read(path, name) if before is None else before), text


def _read(path: Path, name: str) -> str:
    return decode(read_bytes(path, name), name)


# ---- the form of a file -------------------------------------------------------------------------


def _as_it_was(before: bytes, text: str) -> bytes:
    """The new text with the line ends of the file: a line that was not edited keeps its own."""
    mark, data = (_BOM, before[3:]) if before.startswith(_BOM) else (b"", before)
    old, new = _lines(data.decode("utf-8")), _lines(text)
    if all(line.endswith("\n") and not line.endswith("\r\n") for line in old[:-1]):
        return mark + text.encode()
    plain = [line.rstrip("\r\n") for line in old]
    usual = old[0][len(plain[0]) :] if old else "\n"
    ends = ["\n" if line.endswith("\n") else "" for line in new]
    matcher = SequenceMatcher(None, plain, [line.rstrip("\n") for line in new], autojunk=False)
    for tag, first, last, at, end in matcher.get_opcodes():
        for index in range(at, end):
            same = tag == "equal" or last - first == end - at
            own = old[first + index - at][len(plain[first + index - at]) :] if same else usual
            ends[index] = own if ends[index] and own else ends[index]
    return mark + "".join(
        line.rstrip("\n") + end for line, end in zip(new, ends, strict=True)
    ).encode("utf-8")


def _lines(text: str) -> list[str]:
    """With their ends; ``splitlines`` would also part them at signs that end no line here."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def _difference(source: Source, text: str) -> str:
    """A unified diff, as ``patch -p0`` reads it."""
    lines = unified_diff(_lines(source.text), _lines(text), source.name, source.name)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
