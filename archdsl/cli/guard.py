"""How a command ends when something goes wrong: a line and a status, never a surprise."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from archdsl.cli.output import Failure, drop_output, note, report
from archdsl.files import WriteError
from archdsl.graph.library import ReadError
from archdsl.stack import deep_stack

__all__ = ["guarded"]

_BUG = """\
This is a bug in archdsl, not in your spec. Please report it on the project's issue tracker, with
the command line, the spec if you can share it, and the lines above."""


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what a command may raise into an exit status; usable as a decorator."""
    try:
        with deep_stack():
            yield
    except (Failure, ReadError, WriteError) as failure:
        note(str(failure))
        raise SystemExit(2) from None
    except BrokenPipeError:  # the reader has seen enough
        drop_output()
        raise SystemExit(141) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception:
        report(f"{traceback.format_exc()}\n{_BUG}\n")
        raise SystemExit(70) from None
