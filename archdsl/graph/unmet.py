"""What is said of a requirement that does not hold, and where it would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archdsl.graph.functions import BUILTINS
from archdsl.graph.scan import names_read, parts
from archdsl.graph.values import Tensor, kind_of, unwrap
from archdsl.syntax import tree

__all__ = [
    "CHANGE",
    "COSTS",
    "Side",
    "distance",
    "is_number",
    "leaves",
    "nearest",
    "shown",
    "stated",
    "written",
]

Side = tuple[tree.Expression, Any]
"""One side of a comparison, and its value."""
CHANGE = "change the network, or the requirement"
COSTS = ("params", "macs", "flops")


def stated(part: tree.Expression, sides: list[Side]) -> str:
    """``this needs params <= 26,000,000, and there are 25,557,032``"""
    if not sides:
        return f"`{written(part)}` does not hold"
    assert isinstance(part, tree.Binary)
    wanted = [shown(v) if isinstance(s, tree.Constant) else written(s) for s, v in sides]
    facts = [
        f"there are {shown(value)}"
        if isinstance(side, tree.Name) and side.id in COSTS
        else f"{written(side)} is {shown(value)}"
        for side, value in sides
        if not isinstance(side, tree.Constant)
    ]
    needs = f"this needs {wanted[0]} {part.operator} {wanted[1]}"
    return f"{needs}, and {' and '.join(facts)}" if facts else needs


def written(node: tree.Expression) -> str:
    text = " ".join(node.span.text.split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def shown(value: Any) -> str:
    value = unwrap(value)
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    if isinstance(value, int):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, tuple):
        return "x".join(str(int(n) if isinstance(n, int) else n) for n in value)
    if isinstance(value, list):
        items = [shown(item) for item in value[:8]]
        return f"[{', '.join(items)}{', ...' if len(value) > 8 else ''}]"
    if isinstance(value, Tensor):
        return f"a value of shape {value.shape}"
    return f'"{value}"' if isinstance(value, str) else kind_of(value)


def leaves(node: Any) -> list[tree.Name | tree.Attribute]:
    """Names and attributes of names: what a condition speaks of."""
    if isinstance(node, tree.Unary):
        return leaves(node.operand)
    if isinstance(node, tree.Binary):
        return leaves(node.left) + leaves(node.right)
    named = isinstance(node, tree.Attribute) and isinstance(node.value, tree.Name | tree.FlowIn)
    return [node] if named or isinstance(node, tree.Name) else []


# ---- where it would hold


def nearest(value: Any, divisor: Any, wanted: Any) -> list[Any]:
    """The nearest numbers or sizes below and above that leave a remainder: 300 of 32 has 288, 320.

    >>> nearest((300, 320), 32, 0)
    [(288, 320), (320, 320)]
    """
    if isinstance(value, tuple):
        divisors = divisor if isinstance(divisor, tuple) else (divisor,) * len(value)
        remainders = wanted if isinstance(wanted, tuple) else (wanted,) * len(value)
        axes = [nearest(*axis) for axis in zip(value, divisors, remainders, strict=True)]
        if not all(axes):
            return []
        return list(dict.fromkeys([tuple(a[0] for a in axes), tuple(a[-1] for a in axes)]))
    if not all(type(n) is int for n in (value, divisor, wanted)) or not 0 <= wanted < divisor:
        return []
    below = value - (value - wanted) % divisor
    return [n for n in (below, below if below == value else below + divisor) if n > 0]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def distance(operator: str, sides: Sequence[Side]) -> str:
    """How far a number is from where a comparison would hold.

    >>> from archdsl.source import Source
    >>> from archdsl.syntax.parse import parse_value
    >>> sides = [(parse_value(Source("", text), 0), 84) for text in ("84", "params")]
    >>> distance("<", sides)
    'they are equal, which `<` leaves out; change the network, or the requirement'
    """
    (left, value), (right, wanted) = sides
    if _told_of(right) > _told_of(left):  # `100 < params`: what is measured stands behind
        value, wanted = wanted, value
    if value == wanted:
        return f"they are equal, which `{operator}` leaves out; {CHANGE}"
    apart = abs(value - wanted)
    share = f" ({apart / abs(wanted):.1%})" if wanted else ""
    way = "over" if value > wanted else "under"
    return f"it is {shown(apart)}{share} {way}; {CHANGE}"


def _told_of(side: tree.Expression) -> int:
    """How much a side of a comparison tells of the network, and not of what is wanted of it."""
    names = names_read(side) - set(BUILTINS)
    if names & set(COSTS) or _reads_a_part(side):
        return 2
    return 1 if names else 0


def _reads_a_part(node: Any) -> bool:
    """Whether it looks at a value of the network: at its channels, say."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, tree.Attribute):
            return True
        if isinstance(current, tuple):
            waiting.extend(current)
        elif isinstance(current, tree.Node):
            waiting.extend(parts(current))
    return False
