"""Collecting diagnostics while a spec expands: each mistake once, with the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from archdsl.diagnostics import Diagnostic, Fix, Label, Severity
from archdsl.diagnostics.edits import replaced
from archdsl.graph.typos import is_typo
from archdsl.source import Span

__all__ = [
    "PRELUDE",
    "ZOO",
    "Reporter",
    "SpecError",
    "Stop",
    "Use",
    "closest",
    "fail",
    "nearest",
    "placed",
    "spelled",
]

_LONGEST_CHAIN = 4
_MOST_REPEATS = 500
_MOST_FOLLOWING = 2_000  # statements that fail because another did, and are silent about it
_AS_CLOSE = 0.05  # names whose likeness differs by less are equally likely meant
PRELUDE = "archdsl/prelude.arch"
"""How the file of blocks that ship with the package is called in messages."""
ZOO = "zoo:"
"""How the names of files begin that are in the zoo."""


class SpecError(Exception):
    """A mistake in the spec; the statement it stands in gives no result."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__(diagnostic.message if diagnostic else "already reported")
        self.diagnostic = diagnostic


class Stop(Exception):
    """A limit is reached: no point in going on."""


def fail(
    code: str,
    message: str,
    span: Span | None,
    *,
    label: str = "",
    help: str | None = None,
    notes: Iterable[str] = (),
    secondary: Iterable[Label] = (),
    fixes: Iterable[Fix] = (),
) -> SpecError:
    """The exception for an error at a place; ``fixes`` are candidates that will be tried."""
    return SpecError(
        Diagnostic(
            code,
            message,
            Label(span, label),
            tuple(secondary),
            tuple(notes),
            help,
            fixes=tuple(fixes),
        )
    )


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate somebody most likely meant."""
    return next(iter(nearest(name, candidates)), None)


def nearest(name: str, candidates: Iterable[str]) -> list[str]:
    """The candidate somebody most likely meant, and those that are as likely.

    >>> nearest("cnv", ["conv", "conv_transpose"]), nearest("conv3", ["conv1", "conv2", "bn"])
    (['conv'], ['conv2', 'conv1'])
    """
    from difflib import SequenceMatcher, get_close_matches

    names = sorted(set(candidates))
    exact = [known for known in names if known.lower() == name.lower()]
    close = exact or get_close_matches(name, names, n=3, cutoff=0.65)
    likeness = [SequenceMatcher(None, name.lower(), known.lower()).ratio() for known in close]
    return [
        known
        for known, ratio in zip(close, likeness, strict=True)
        if ratio > likeness[0] - _AS_CLOSE
    ]


def spelled(span: Span | None, name: str, candidates: Iterable[str]) -> list[Fix]:
    """Fixes of a misspelled name: writing what was most likely meant. Where it is another word, and
    no slip of the hand, its author decides."""
    if span is None:
        return []
    return [
        replace(replaced(span, meant), decides=not is_typo(name, meant))
        for meant in nearest(name, candidates)
    ]


@dataclass(frozen=True, slots=True)
class Use:
    """A block that the way to a mistake leads through, and where it was used."""

    block: str
    span: Span
    arguments: str

    @property
    def text(self) -> str:
        return f"`{self.block}({self.arguments})`" if self.arguments else f"`{self.block}`"

    @property
    def label(self) -> Label:
        return Label(self.span, f"in {self.text}, used here")


class Reporter:
    """Keeps what was found, and knows through which blocks the expansion is passing."""

    def __init__(self) -> None:
        self.brief = False  # whether to stop at the first error
        self.found: list[Diagnostic] = []
        self.uses: list[Use] = []
        self.unjudged: dict[Span, None] = {}
        self._told: set[tuple[str, Span | None]] = set()
        self._repeats = 0
        self._following = 0

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.found)

    @contextmanager
    def using(self, block: str, span: Span, arguments: str) -> Iterator[None]:
        """What goes wrong inside is told here, where the way to it is still known."""
        self.uses.append(Use(block, span, arguments))
        try:
            yield
        except SpecError as error:
            self.add(error.diagnostic)
            raise SpecError(None) from None
        finally:
            self.uses.pop()

    def pass_over(self, span: Span) -> None:
        """Note what could not be judged, because something before it went wrong."""
        self.unjudged[span] = None

    def is_news(self, diagnostic: Diagnostic) -> bool:
        """Whether it will be told, and somebody wants to know how to mend it."""
        key = (diagnostic.code, diagnostic.primary.span)
        return key not in self._told and not self.brief

    def add(self, diagnostic: Diagnostic | None) -> None:
        """Tell a mistake, unless it was told: a block used often has each mistake once."""
        if diagnostic is None:
            self._following += 1
            if self._following > _MOST_FOLLOWING:
                raise Stop
            return
        key = (diagnostic.code, diagnostic.primary.span)
        if key in self._told:
            self._repeats += 1
            if self._repeats > _MOST_REPEATS:
                raise Stop
            return
        self._told.add(key)
        self.found.append(placed(diagnostic, self.uses))
        if self.brief and diagnostic.is_error:
            raise Stop

    def forget(self) -> list[Diagnostic]:
        """Hand over what was found, and begin anew."""
        found, self.found = self.found, []
        self._told.clear()
        return found

    def warn(
        self, code: str, message: str, span: Span, help: str, fixes: Iterable[Fix] = ()
    ) -> None:
        self.add(
            Diagnostic(
                code,
                message,
                Label(span),
                help=help,
                severity=Severity.WARNING,
                fixes=tuple(fixes),
            )
        )


def placed(diagnostic: Diagnostic, uses: list[Use]) -> Diagnostic:
    """The diagnostic with the way to it: the innermost uses first, and the outermost.

    What goes wrong in a block of the prelude is shown where a file of the user's uses it.
    """
    primary, before = diagnostic.primary, diagnostic.secondary
    way = list(reversed(uses))
    if primary.span and primary.span.source.name == PRELUDE:
        while way and primary.span and primary.span.source.name == PRELUDE:
            before = (Label(primary.span, primary.message or "here"), *before)
            primary = Label(way[0].span, f"in {way[0].text}")
            way = way[1:]
    shown = way if len(way) <= _LONGEST_CHAIN else [*way[: _LONGEST_CHAIN - 1], way[-1]]
    known = {primary.span} | {label.span for label in before}
    chain = {use.span: use.label for use in shown if use.span not in known}
    return replace(diagnostic, primary=primary, secondary=(*before, *chain.values()))
