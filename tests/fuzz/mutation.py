"""Specs mutilated the way people, editors and broken disks do it, from a source of chance.

``Random`` is either the standard one with a seed, or hypothesis', which can make a failing input
smaller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

__all__ = ["SPECS", "mutated"]

ROOT = Path(__file__).parents[2]
_FOLDERS = ("specs", "tests/diagnostics", "tests/syntax", "examples")
SPECS = [
    path.read_text(encoding="utf-8")
    for folder in _FOLDERS
    for path in sorted((ROOT / folder).rglob("*.arch"))
]
"""The zoo, the specs that other tests expect diagnostics of, and the examples."""
_SMALL = [text for text in SPECS if len(text) < 1_200]

_TOKEN = re.compile(
    r"\s+|[A-Za-z_]\w*|\d+(?:x\d+)+|\d+(?:\.\d+)?|->|\.\.=?|\*\*|[=<>!]=|//|.", re.S
)
_NUMBERS = ["0", "1", "-1", "7", "-3", "2.5", "1000000", "10**14", "1" * 30, "1e999", "9G", "0x0"]
_WORDS = [
    *"{}()[]:,.=+-*/%<>\n#",
    *("->", "..", "..=", "**", "//", "==", "///", '"', "in", "if", "else", "for", "return"),
    *("block", "fn", "model", "module", "input", "output", "train", "init", "use", "require"),
    *("true", "none", "not", "3x3", "3x3x3x3", '"same"', "x", "params", "out", "i", "[[]]"),
    *("conv", "add", "concat", "relu", "chunk(2)", "len", "max", "project(like=in)"),
    *_NUMBERS,
]
_CHARACTERS = [*"×→;'&|!@^~$?\\\t\r\v\f", "\0", "é", "日", "\u202e", "\ufeff", "\U0001f600", "\x7f"]


def mutated(random: Random) -> bytes:
    """An input: nearly a spec, or nothing like one."""
    kinds: Sequence[Callable[[Random], str]] = (_tokens, _tokens, _lines, _spliced, _nested, _soup)
    kind = random.randrange(len(kinds) + 2)
    if kind < len(kinds):
        return kinds[kind](random).encode("utf-8", "surrogatepass")
    return _signs(random).encode() if kind == len(kinds) else _bytes(random)


def _spec(random: Random) -> str:
    """Mostly a small one: it is read sooner, and a change of it matters more."""
    return random.choice(_SMALL if random.randrange(8) else SPECS)


def _tokens(random: Random) -> str:
    """A few tokens deleted, swapped, inserted, doubled or changed."""
    tokens = _TOKEN.findall(_spec(random))
    for _ in range(random.randint(1, 4)):
        if not tokens:
            break
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        match random.choice(("delete", "swap", "insert", "double", "number", "replace")):
            case "delete":
                del tokens[at : at + random.randint(1, 3)]
            case "swap":
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "insert":
                tokens.insert(at, random.choice(_WORDS))
            case "double":
                tokens[at:at] = tokens[min(at, other) : max(at, other)][:40]
            case "replace":
                tokens[at] = random.choice(_WORDS)
            case "number":
                places = [i for i, token in enumerate(tokens) if token[:1].isdigit()]
                if places:
                    tokens[random.choice(places)] = random.choice(_NUMBERS)
    return "".join(tokens)


def _lines(random: Random) -> str:
    """Some lines in another order, missing, twice, or from another spec."""
    lines = _spec(random).splitlines(keepends=True) or ["\n"]
    others = _spec(random).splitlines(keepends=True) or ["\n"]
    for _ in range(random.randint(1, 5)):
        at = random.randrange(len(lines) + 1)
        match random.choice(("move", "drop", "take", "repeat")):
            case "move" if lines:
                lines.insert(at, lines.pop(random.randrange(len(lines))))
            case "drop":
                del lines[at : at + 1]
            case "take":
                lines.insert(at, random.choice(others))
            case "repeat":
                lines[at:at] = lines[at : at + 1] * random.choice((1, 2, 200))
    return "".join(lines)


def _spliced(random: Random) -> str:
    """The beginning of one spec and the end of another, cut anywhere."""
    first, second = _spec(random), _spec(random)
    cut, other = random.randrange(len(first) + 1), random.randrange(len(second) + 1)
    return first[:cut] + second[other:]


def _nested(random: Random) -> str:
    """A spec with something in it that is nested far too deeply, or almost."""
    text = _spec(random)
    depth = random.choice((10, 90, 99, 101, 400, 3_000))
    left, right = random.choice(
        (
            *(("(", ")"), ("[", "]"), ("{", "}"), ("a: {", "}"), ("relu -> (", ")"), ("f(", ")")),
            *(
                ("not ", ""),
                ("-", ""),
                ("if true {", "}"),
                ("for i in 0..2 {", "}"),
                ("2 * {", "}"),
            ),
            *(("concat {", "}"), ("1 + ", ""), ("x.", ""), ("[x for x in ", "]"), ("a{", "}")),
        )
    )
    inside = random.choice(("", "relu", "1", "x", "\n"))
    kept = random.choice((depth, depth, depth - 1, 0))
    at = random.choice([i for i, char in enumerate(text) if char in "\n{(["] or [0])
    return text[: at + 1] + left * depth + inside + right * kept + text[at + 1 :]


def _soup(random: Random) -> str:
    """Words of the language, in a model or not."""
    words = " ".join(random.choice(_WORDS) for _ in range(random.randint(0, 40)))
    return words if random.randrange(2) else f"model m {{ input x: 4x8x8\n{words}\n}}"


def _signs(random: Random) -> str:
    """A spec with characters in it that are not of the language."""
    text = _spec(random)
    for _ in range(random.randint(1, 5)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(_CHARACTERS) * random.randint(1, 3) + text[at:]
    return text


def _bytes(random: Random) -> bytes:
    """A spec with bytes changed, put in or cut off, or bytes that never were a spec."""
    data = bytearray(_spec(random).encode() if random.randrange(4) else b"")
    for _ in range(random.randint(1, 8)):
        at = random.randrange(len(data) + 1)
        match random.choice(("change", "insert", "cut", "many")):
            case "change" if data:
                data[at % len(data)] = random.randrange(256)
            case "insert":
                data[at:at] = bytes([random.choice((0, 0x80, 0xC3, 0xFF, 0xFE, 0xED))])
            case "cut":
                del data[at:]
            case "many":
                data[at:at] = bytes(random.randrange(256) for _ in range(random.randint(1, 60)))
    return bytes(data)
