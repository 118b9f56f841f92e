"""Signs as other languages and papers write them, and what is written here instead.

None of them means anything in this language, so all those of a statement are mended together.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from archdsl.diagnostics import Edit, Fix
from archdsl.source import Span
from archdsl.syntax.lines import Line, first_step, line_at, lines_from

__all__ = ["Slip", "all_edits", "mended", "slips"]

_MOST_LINES = 30  # of a statement that somebody wrote by hand
_ENDS_OPEN = re.compile(r"(?:[,(\[|→⇒⟶]|[-=>~]>)[ \t]*$")
_BEGINS_OPEN = re.compile(r"[ \t]*(?:[-=>~]+>|[|→⇒⟶)\]])")

_ARROW = re.compile(r"-{2,}>+|=+>+|->{2,}|>{2,}|-[ \t]+>|\|>|[~–—]>|[→⇒⟶]|(?<!\|)\|(?![|>])")
_CONDITION = re.compile(r"\b(?:if|elif|while|require)\b.*?(?=\{|\belse\b|->|$)")
_IN_CONDITIONS = {"=>": ">=", "|": "or"}
_THINKS = re.compile(r"[ \t]*(?:\w+[ \t]*=|.*?\b(?:fn|if|elif|while|require|return)\b)")
_LOGIC = re.compile(r"&&?|\|\||!(?!=)|\^")
_WORDS = {"&": "and", "&&": "and", "||": "or", "!": "not", "^": "**"}

_NOT_A_LABEL = r"(?![\w.]|[ \t]*:)"
_SIZE = re.compile(rf"(?<![\w.])\d+(?:[ \t]*[xX×][ \t]*\d+)++{_NOT_A_LABEL}")
_NUMBERS = r"\(\s*\d+(?:\s*,\s*\d+)+\s*,?\s*\)"
_TUPLE = re.compile(rf"(?:(?<=[,(=\[:])|(?<=[,(=\[:] )){_NUMBERS}")
_LOOPED = re.compile(rf"(?<=\bin ){_NUMBERS}")
_NAMES = re.compile(r"[ \t]*(?:\w+[ \t]*=|(?:block|model|fn)\b)")
_WIDTH = 16  # what is named and as large as this, or longer than a size, are channels
_MOST_AXES = 3
_LISTED = re.compile(r"(?:(?<=:)|(?<=:[ \t]))\d+(?:[ \t]*,[ \t]*\d+)+(?=[ \t]*$)")
_REPEAT = re.compile(r"(?<![\w.])(\d+)[ \t]*[xX×](?:(?=[({])|(?=[ \t]+[A-Za-z_({]))")
_THOUSANDS = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)K(?![({{]){_NOT_A_LABEL}")
_UNIT = re.compile(rf"(?<![\w.])(\d+(?:\.\d+)?)[ \t]*([kKmMgGtTbB]){_NOT_A_LABEL}")
_UNITS = {"K": "k", "m": "M", "g": "G", "t": "T", "b": "G", "B": "G"}

_PARTS = re.compile(r"(?<![\w.}])[A-Za-z_]\w*+(?:\.\w++)++(?![ \t]*:)")
_NUMBERED = re.compile(r"\.(\d+)(?=\.|$)")
_QUOTED = re.compile(r"'([^'\"\n]*)'|“([^”\"\n]*)”")
_SEMICOLON = re.compile(r"[ \t]*;[; \t]*")
_REMARK = re.compile(r"(?<!/)//(?!/)|--(?=[ \t])")
_PROSE = re.compile(r"[ \t]*[^\W\d_][\w'’-]*[,.:;]?[ \t]+[^\W\d_]")
_COMPUTES = re.compile(r"[ \t]*(?:\w+[ \t]*=|(?:fn|for|if|require|return)\b)")
_BLOCK_COMMENT = re.compile(r"/\*(.*?)[ \t]*(?:\*/)?[ \t]*$")


@dataclass(frozen=True, slots=True)
class Slip:
    """What was written, what is written instead, and how far it is what a mistake is about."""

    span: Span
    text: str
    help: str
    reach: int

    @property
    def title(self) -> str:
        if not self.text.strip():
            return "begin a new line" if self.text else "remove it"
        return f"write `{self.text.strip()}`"


@lru_cache(maxsize=1024)  # each mistake of a statement asks for all of its lines
def slips(line: Line) -> tuple[Slip, ...]:
    """Those of a line, in its order."""
    kept: list[Slip] = []
    if line.is_long:
        return ()
    found = chain.from_iterable(rule(line) for rule in _RULES)
    for slip in sorted(found, key=lambda one: (one.span.start, -one.span.end)):
        if not kept or slip.span.start >= kept[-1].reach:
            kept.append(slip)
    return tuple(kept)


def mended(slip: Slip, line: Line) -> Fix:
    """The fix for a slip, with all others of its statement."""
    return Fix(slip.title, all_edits(line))


def all_edits(line: Line) -> tuple[Edit, ...]:
    """What mends all slips of the lines that go on in this one and that this one goes on in."""
    lines = deque([line])
    while lines[0].start and len(lines) < _MOST_LINES:
        above = line_at(line.source, lines[0].start - 1)
        if not _goes_on(above, lines[0]):
            break
        lines.appendleft(above)
    for below in islice(lines_from(line.source, line.end + 1), _MOST_LINES):
        if not _goes_on(lines[-1], below):
            break
        lines.append(below)
    return tuple(Edit(slip.span, slip.text) for each in lines for slip in slips(each))


def _goes_on(line: Line, below: Line) -> bool:
    ends = _ENDS_OPEN.search(line.code)
    return ends is not None or _BEGINS_OPEN.match(below.code) is not None


def _slip(line: Line, found: re.Match[str], text: str, help: str = "") -> Slip:
    span = line.span(found)
    return Slip(span, text, help or f"write `{text}`", span.end)


# ---- between steps and conditions ----------------------------------------------------------------


def _arrows(line: Line) -> Iterator[Slip]:
    conditions = [found.span() for found in _CONDITION.finditer(line.code)]
    for found in _ARROW.finditer(line.code):
        meant = _IN_CONDITIONS.get(found[0])
        if meant and any(start < found.start() < end for start, end in conditions):
            yield _slip(line, found, _apart(line, found, meant), f"write `{meant}`")
        else:
            yield _slip(line, found, "->", "write the arrow as `->`")


def _logic(line: Line) -> Iterator[Slip]:
    if not _THINKS.match(line.code):  # between steps they may mean anything
        return
    for found in _LOGIC.finditer(line.code):
        meant = _WORDS[found[0]]
        help = "write a power as `**`" if meant == "**" else f"write `{meant}`"
        yield _slip(line, found, _apart(line, found, meant), help)


def _apart(line: Line, found: re.Match[str], word: str) -> str:
    """A word in the place of a sign does not touch its neighbours."""
    if not word.isalpha():
        return word
    before, after = line.code[: found.start()][-1:], line.code[found.end() :][:1]
    return f"{' ' * (before not in ' ([{')}{word}{' ' * bool(after.strip())}"


def _semicolons(line: Line) -> Iterator[Slip]:
    help = "statements end with their line"
    for found in _SEMICOLON.finditer(line.code):
        behind = line.code[found.end() :]
        if line.depth(found.start()) > 0:
            yield _slip(line, found, ", ", "separate arguments and items with commas")
        elif behind and behind[0] != "}" and line.code[: found.start()].strip():
            yield _slip(line, found, f"\n{line.indent}", help)
        else:
            written = found[0].rstrip()
            start = line.start + found.start()
            span = Span(line.source, start, start + len(written))
            yield Slip(span, "", help, span.end)


# ---- numbers -------------------------------------------------------------------------------------


def _sizes(line: Line) -> Iterator[Slip]:
    patterns = [_SIZE, _TUPLE, _LOOPED]
    if line.code.lstrip().startswith("input"):
        patterns.append(_LISTED)
    for pattern in patterns:
        for found in pattern.finditer(line.code):
            numbers = re.findall(r"\d+", found[0])
            size = "x".join(numbers)
            if pattern is _LOOPED or (pattern is _TUPLE and _are_widths(numbers, line)):
                written = f"[{', '.join(numbers)}]"
                yield _slip(line, found, written, f"a list is written `{written}`")
            elif size != found[0]:
                yield _slip(line, found, size, f"a size is written `{size}`")


def _are_widths(numbers: list[str], line: Line) -> bool:
    """Whether numbers that are given a name are a list and no size."""
    large = max(map(len, numbers)) > len(str(_WIDTH)) or max(map(int, numbers)) >= _WIDTH
    return bool(_NAMES.match(line.code)) and (large or len(numbers) > _MOST_AXES)


def _repeats(line: Line) -> Iterator[Slip]:
    for found in _REPEAT.finditer(line.code):
        behind = line.code[found.end() :]
        blank = "" if behind[0].isspace() else " "
        step = first_step(_ARROW.split(behind)[0])
        help = f"write `{found[1]} * {step}`"
        yield _slip(line, found, f"{found[1]} *{blank}", help)


def _units(line: Line) -> Iterator[Slip]:
    """A large K is never the name of a step right behind a number; the others may be one, but not
    in a requirement."""
    pattern = _UNIT if line.code.lstrip().startswith("require") else _THOUSANDS
    for found in pattern.finditer(line.code):
        unit = found[0][-1]
        written = found[1] + _UNITS.get(unit, unit)
        if written != found[0]:
            help = f"write `{written}`: a number in thousands, millions, ... ends in k, M, G or T"
            yield _slip(line, found, written, help)


# ---- words ---------------------------------------------------------------------------------------


def _parts(line: Line) -> Iterator[Slip]:
    """``residual.1``: with an index, and only in a label with a dot."""
    for found in _PARTS.finditer(line.code):
        written = _NUMBERED.sub(r"[\1]", found[0])
        if written != found[0]:
            yield _slip(line, found, written, f"a part is taken by its index: `{written}`")


def _quotes(line: Line) -> Iterator[Slip]:
    for found in _QUOTED.finditer(line.code):
        yield _slip(line, found, f'"{found[1] or found[2] or ""}"', _DOUBLE_QUOTES)


_DOUBLE_QUOTES = 'strings stand between double quotes: "..."'


def _remarks(line: Line) -> Iterator[Slip]:
    """Words behind code, where `//` divides nothing."""
    help = "a comment begins with `#`"
    if found := _BLOCK_COMMENT.search(line.code):
        yield Slip(line.span(found), f"#{found[1]}", help, line.end)
    for found in _REMARK.finditer(line.code):
        before = line.code[: found.start()].rstrip()
        behind = _PROSE.match(line.code, found.end())
        begins = not before or before[-1] in "{}" or (behind and not _COMPUTES.match(before))
        if begins and line.depth(found.start()) == 0:
            yield Slip(line.span(found), "#", help, line.end)
            return


_RULES: tuple[Callable[[Line], Iterator[Slip]], ...] = (
    *(_remarks, _quotes, _sizes, _repeats, _units, _parts, _arrows, _logic, _semicolons),
)
