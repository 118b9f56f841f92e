"""User text in DOT: shown as it is, whatever is in it."""

from __future__ import annotations

from html import escape

__all__ = ["hover", "plain", "text"]


def text(words: str) -> str:
    """User text for an HTML-like label.

    >>> text('a<b & "c"\\\\N')
    'a&lt;b &amp; &quot;c&quot;&#92;N'
    """
    return escape(clean(words)).replace("\\", "&#92;")


def plain(words: str) -> str:
    """User text for an ordinary attribute: nothing in it is an escape sequence of DOT, or one of
    the entities that Graphviz replaces everywhere."""
    import graphviz

    # Its class tells the package to quote it, even if it looks like an HTML-like label.
    escaped: str = graphviz.escape(clean(words).replace("&", "&amp;"))
    return escaped


def hover(words: str) -> str:
    """User text for a tooltip, in which Graphviz replaces escape sequences twice."""
    return plain(words.replace("\\", "\\\\"))


def clean(words: str) -> str:
    """Without what no XML file may hold."""
    return "".join(
        c if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
        else "\ufffd"
        for c in words
    )  # fmt: skip
