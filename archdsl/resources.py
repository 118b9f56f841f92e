"""Files that ship with the package and stand outside it in a checkout."""

from pathlib import Path

__all__ = ["resource"]

_PACKAGE = Path(__file__).parent


def resource(*parts: str) -> Path:
    """The grammar, an error page or the specs: from the installed wheel, else from the checkout.

    >>> resource("grammar", "arch.lark").name
    'arch.lark'
    """
    installed = _PACKAGE / "_data" / Path(*parts)
    if installed.exists():
        return installed
    at_home = {"errors": _PACKAGE.parent / "docs" / "errors"}
    return at_home.get(parts[0], _PACKAGE.parent / parts[0]).joinpath(*parts[1:])
