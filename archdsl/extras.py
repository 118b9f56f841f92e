"""What the base installation leaves out, and the one line that says how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["EXTRAS", "MissingExtra", "needs"]

EXTRAS: Final = {
    "draw": ("pygraphviz",),
    "sizes": ("numpy",),
    "torch": ("torch", "safetensors", "numpy"),
    "lsp": ("pygls", "lsprotocol"),
}
"""The libraries of each extra, as ``pyproject.toml`` lists them. The first that brings a library is
the one to install for it."""

_MOST_REASON = 160


class MissingExtra(ImportError):
    """A library outside of the base is missing; the message is one line that says what to install.

    ``extra`` is the extra that brings it, ``name`` the library, ``install`` the command.

    >>> print(MissingExtra("sizes", "numpy"))
    sizes needs numpy: pip install 'archdsl[sizes]'
    """

    def __init__(self, what: str, library: str, *, instead: str = "", reason: str = "") -> None:
        self.extra = _extra(library)
        self.install = f"pip install 'archdsl[{self.extra}]'"
        broken = f" ({reason})" if reason else ""
        way = f", or {instead}" if instead else ""
        super().__init__(f"{what} needs {library}{broken}: {self.install}{way}", name=library)


@contextmanager
def needs(what: str, library: str, *, instead: str = "") -> Iterator[None]:
    """Around the imports that ``what`` cannot do without: whoever lacks them is told.

    ``library`` is one of those in :data:`EXTRAS`; ``instead`` is what can be done without it.
    Raises :class:`MissingExtra`; a mistake in an import of our own is not taken for one.

    >>> with needs("drawing svg", "pygraphviz", instead="draw to .dot"):
    ...     raise ModuleNotFoundError(name="pygraphviz")  # stands for: import pygraphviz
    Traceback (most recent call last):
    ...
    archdsl.extras.MissingExtra: drawing svg needs pygraphviz: pip install 'archdsl[draw]', \
or draw to .dot
    """
    try:
        yield
    except MissingExtra:
        raise
    except ImportError as error:
        root = (error.name or "").partition(".")[0]
        if root == "archdsl":
            raise
        if isinstance(error, ModuleNotFoundError) and root in EXTRAS[_extra(library)]:
            raise MissingExtra(what, library, instead=instead) from None
        # It is there and does not load: a library of its own is missing, or does not fit.
        reason = " ".join(str(error).split())[:_MOST_REASON]
        raise MissingExtra(what, library, instead=instead, reason=reason) from error


def _extra(library: str) -> str:
    return next(extra for extra, libraries in EXTRAS.items() if library in libraries)
