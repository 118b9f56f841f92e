"""Plain values as Python: how they are written, compared and annotated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["annotation", "literal", "plain", "same_values", "tuple_text"]


def plain(value: Any) -> Any:
    """A value without its history; a size with equal extents as one number."""
    if isinstance(value, tuple | list):
        items = tuple(map(plain, value))
        numbers = all(isinstance(item, int) for item in items)
        return items[0] if items and numbers and len(set(items)) == 1 else items
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return int(value)


def literal(value: Any) -> str:
    """Python for a plain value."""
    if isinstance(value, tuple | list):
        return tuple_text([literal(item) for item in value])
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value) if isinstance(value, bool) or not isinstance(value, int) else str(int(value))


def tuple_text(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def same_values(given: Iterable[Any], values: Iterable[Any]) -> bool:
    pairs = [(plain(a), plain(b)) for a, b in zip(given, values, strict=True)]
    return all(type(a) is type(b) and a == b for a, b in pairs)


def annotation(values: Sequence[Any]) -> str:
    return " | ".join(sorted({_kind(value) for value in values}))


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        inner = sorted({_kind(item) for item in value}) or ["int"]
        return f"tuple[{' | '.join(inner)}, ...]"
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else type(value).__name__
