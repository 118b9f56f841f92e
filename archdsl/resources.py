"""Files that ship with the package and stand outside it in a checkout."""

from pathlib import Path

__all__ = ["resource"]

_PACKAGE = Path(__file__).parent
_PAGES = ("errors", "lints")


def resource(*parts: str) -> Path:
    """The grammar, the pages of errors and lints, or the specs: from the installed wheel, else
    from the checkout.

    >>> resource("grammar", "arch.lark").name
    'arch.lark'
    """
    installed = _PACKAGE / "_data" / Path(*parts)
    if installed.exists():
        return installed
    home = _PACKAGE.parent / "docs" if parts[0] in _PAGES else _PACKAGE.parent
    return home.joinpath(*parts)
