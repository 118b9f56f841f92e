"""The process in which Graphviz runs: DOT on standard input, a picture on standard output.

It is started by :mod:`archdsl.draw.render` and imports nothing of archdsl, so that it starts
quickly. Whatever Graphviz does to it, a crash included, the program that draws lives on.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html import unescape
from typing import Any

FAILED, MISSING = 1, 3
"""Exit statuses: Graphviz refused, and there is no Graphviz. The reason is on standard error."""

_TEXT = re.compile(rb"<text (?P<rest>[^>]*)>(?P<words>[^<]*)</text>")
_SIZE = re.compile(rb' font-size="([\d.]+)"')
_DATE = re.compile(rb"/CreationDate \(D:\d{14}")
_BOLD = 1


def main(form: str, resolution: str, path: list[str]) -> int:
    """Lays out and renders; ``path`` is where the parent process finds its libraries."""
    sys.path[:] = path
    try:
        import pygraphviz
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return MISSING
    try:
        graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
        if form == "png":
            graph.graph_attr["dpi"] = resolution
        picture = drawn(graph, form)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.buffer.write(picture)
    sys.stdout.buffer.flush()
    return 0


def drawn(graph: Any, form: str) -> bytes:
    """The picture as the bytes of a file, the same ones for the same graph."""
    from pygraphviz import graphviz

    context = graphviz.gvContextWithBuiltins()
    if graphviz.gvLayout(context, graph.handle, b"dot"):
        raise ValueError("Graphviz raised a layout error")
    picture = rendered(context, graph, form)
    if form == "svg":
        return measured(picture, dict(widths(json.loads(rendered(context, graph, "json")))))
    return _DATE.sub(rb"/CreationDate (D:19700101000000", picture) if form == "pdf" else picture


def rendered(context: Any, graph: Any, form: str) -> bytes:
    from pygraphviz import graphviz

    error, content = graphviz.gvRenderData(context, graph.handle, form.encode())
    if error:
        raise ValueError(f"Graphviz cannot render {form}: {error}")
    return bytes(content)


# -- words that fit their boxes in any viewer --------------------------------------------------


def widths(drawn: dict[str, Any]) -> Iterator[tuple[tuple[str, float, bool], float]]:
    """How wide Graphviz took each text to be, by its words, size and weight."""
    for thing in (drawn, *drawn.get("objects", ()), *drawn.get("edges", ())):
        for part in ("_ldraw_", "_hldraw_", "_tldraw_"):
            yield from texts(thing.get(part, ()))


def texts(operations: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, float, bool], float]]:
    """The texts among the drawing operations of https://graphviz.org/docs/outputs/json."""
    size, bold = 0.0, False
    for operation in operations:
        if operation["op"] == "F":
            size = operation["size"]
        elif operation["op"] == "t":
            bold = bool(operation["fontchar"] & _BOLD)
        elif operation["op"] == "T":
            yield (shown(operation["text"]), size, bold), operation["width"]


def shown(words: str) -> str:
    """Words as a key: Graphviz writes some spaces as others in one of its formats."""
    return unescape(words).replace("\u00a0", " ")


def measured(svg: bytes, width: dict[tuple[str, float, bool], float]) -> bytes:
    """The SVG with the width of each text, so that a viewer with another font keeps to it."""

    def with_length(found: re.Match[bytes]) -> bytes:
        rest, words = found["rest"], shown(found["words"].decode())
        size = _SIZE.search(rest)
        key = words, float(size[1]) if size else 0.0, b'font-weight="bold"' in rest
        if not words.strip() or key not in width:
            return found[0]
        length = f'textLength="{width[key]:.2f}" lengthAdjust="spacingAndGlyphs"'.encode()
        return b"<text " + length + b" " + rest + b">" + found["words"] + b"</text>"

    return _TEXT.sub(with_length, svg)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
