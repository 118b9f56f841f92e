"""Laying out Python: a call on one line where it fits, else one argument a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["WIDTH", "Doc", "layout", "statement", "wrap"]

WIDTH = 100


@dataclass(frozen=True)
class Doc:
    """``open``, items between commas, ``close``; without items just ``open``.

    With ``spread`` it always takes a line for each item; without ``commas`` (a comprehension)
    only white space stands between items.
    """

    open: str
    items: tuple[Doc, ...] = ()
    close: str = ""
    spread: bool = False
    commas: bool = True


def wrap(before: str, doc: Doc, after: str = "") -> Doc:
    """Text directly before and after a piece."""
    if not doc.items:
        return replace(doc, open=f"{before}{doc.open}{doc.close}{after}", close="")
    return replace(doc, open=before + doc.open, close=doc.close + after)


def layout(doc: Doc, indent: int = 0, *, room: int = 0) -> str:
    """The text of a piece whose first line begins at ``indent``; ``room`` is kept free behind.

    >>> layout(Doc("f(", (Doc("1"), Doc("2")), ")"))
    'f(1, 2)'
    >>> print(layout(Doc("f(", (Doc("1"), Doc("2")), ")", spread=True)))
    f(
        1,
        2,
    )
    """
    flat = _flat(doc)
    if flat is not None and indent + len(flat) + room <= WIDTH:
        return flat
    if not doc.items:
        return _at_signs(doc.open, indent) if room else doc.open
    pad = " " * (indent + 4)
    comma = "," if doc.commas else ""
    lines = "".join(f"{pad}{layout(item, indent + 4, room=1)}{comma}\n" for item in doc.items)
    return f"{doc.open}\n{lines}{' ' * indent}{doc.close}"


def statement(text: str, indent: int = 0) -> str:
    """A statement, on several lines if it is too long for one.

    >>> print(statement("return " + " + ".join(["a" * 40] * 3)).replace("a" * 40, "a"))
    return (
        a
        + a
        + a
    )
    """
    if indent + len(text) <= WIDTH:
        return text
    doc = _broken(text)
    if not doc.items:
        head = "return " if text.startswith("return ") else f"{text.partition(' = ')[0]} = "
        doc = Doc(f"{head}(", (Doc(text.removeprefix(head)),), ")", commas=False)
    return layout(doc, indent)


def _broken(text: str) -> Doc:
    """Python as pieces that can be laid out: what stands in its last brackets, at the commas."""
    start = _last_bracket(text)
    inside = list(_split(text[start + 1 : -1])) if start >= 0 else []
    if not any(inside):
        return Doc(text)
    return Doc(text[: start + 1], tuple(_broken(part) for part in inside if part), text[-1])


def _last_bracket(text: str) -> int:
    """Where the bracket opens that the last character closes; -1 if it closes none."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] in ")]}") - (text[at] in "([{")
        if not depth:
            return at if text[at] in "([{" else -1
    return -1


def _split(text: str, at_sign: str = ",") -> Iterator[str]:
    """The parts of a list, at the commas that stand in no brackets."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if not depth and text.startswith(at_sign, at):
            yield text[start:at].strip()
            start = at + len(at_sign)
    yield text[start:].strip()


def _at_signs(text: str, indent: int) -> str:
    """A long sum within brackets, a line for each operand."""
    pad = "\n" + " " * indent
    sums = (f"{pad}- ".join(_split(part, " - ")) for part in _split(text, " + "))
    return f"{pad}+ ".join(sums)


def _flat(doc: Doc) -> str | None:
    """On one line; ``None`` if some part of it takes several."""
    if doc.spread:
        return None
    parts = [_flat(item) for item in doc.items]
    if any(part is None for part in parts):
        return None
    between = ", " if doc.commas else " "
    return doc.open + between.join(part or "" for part in parts) + doc.close
