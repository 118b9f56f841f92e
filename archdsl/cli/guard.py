"""How a command ends when something goes wrong: a line and a status, never a surprise."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from archdsl.cli.output import Failure, drop_output, note, report
from archdsl.extras import MissingExtra
from archdsl.files import WriteError
from archdsl.graph.library import ReadError
from archdsl.ops import OPS
from archdsl.ops.base import OperatorError
from archdsl.stack import deep_stack

__all__ = ["guarded"]

_BUG = """\
This is a bug in archdsl, not in your spec. Please report it on the project's issue tracker, with
the command line, the spec if you can share it, and the lines above."""


_FOREIGN = """\
This happened in {}: an operator of your own, not archdsl."""


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what a command may raise into an exit status; usable as a decorator."""
    try:
        with deep_stack():
            yield
    except (Failure, ReadError, WriteError, OperatorError, MissingExtra) as failure:
        note(str(failure))
        raise SystemExit(2) from None
    except BrokenPipeError:  # the reader has seen enough
        drop_output()
        raise SystemExit(141) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        foreign = _foreign(error)
        report(f"{traceback.format_exc()}\n{_FOREIGN.format(foreign) if foreign else _BUG}\n")
        raise SystemExit(2 if foreign else 70) from None


def _foreign(error: Exception) -> str:
    """The place of the user's own code that failed, if it did: an operator from ``--ops``."""
    modules = {op.__module__ for op in OPS.values()}
    theirs = {
        getattr(sys.modules.get(name), "__file__", None)
        for name in modules
        if not name.startswith("archdsl.")
    }
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in theirs:
            return f"{frame.filename}, line {frame.lineno}"
    return ""
