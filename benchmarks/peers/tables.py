"""The tables of docs/peers.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.peers.cases import BROKEN, GOOD, Case
from benchmarks.peers.judge import Verdict
from benchmarks.peers.systems import CANNOT, System


@dataclass(frozen=True)
class Results:
    """What one system did: a verdict for each network it can say, and its median time."""

    system: System
    version: str
    verdicts: dict[str, Verdict]
    seconds: float

    def count(self, cases: Sequence[Case], holds: Callable[[Verdict], bool]) -> str:
        """For how many of the networks, of those that it can say, a verdict holds."""
        verdicts = [self.verdicts[case.name] for case in cases if case.name in self.verdicts]
        return f"{sum(map(holds, verdicts))} of {len(verdicts)}"


ROWS: tuple[tuple[str, Sequence[Case], Callable[[Verdict], bool]], ...] = (
    ("notices the mistake", BROKEN, lambda verdict: verdict.noticed),
    ("names its layer, or its line", BROKEN, lambda verdict: bool(verdict.place)),
    ("names its file and line", BROKEN, lambda verdict: verdict.place == "line"),
    ("proposes a change that mends it", BROKEN, lambda verdict: verdict.proposal == "change"),
    ("accepts what is right", GOOD, lambda verdict: not verdict.noticed),
)


def tables(results: Sequence[Results]) -> str:
    """Both tables, and what a language cannot say, in Markdown."""
    counts = _table(
        ["", *(f"{each.system.name} {each.version}" for each in results)],
        [
            *(
                [what, *(each.count(cases, holds) for each in results)]
                for what, cases, holds in ROWS
            ),
            ["seconds, whole process", *(f"{each.seconds:.2f}" for each in results)],
        ],
    )
    details = _table(
        ["network", *(each.system.name for each in results)],
        [[f"`{case.name}`", *(cell(each, case) for each in results)] for case in (*BROKEN, *GOOD)],
    )
    cannot = [f"{name} cannot say `{case}`: {why}.\n" for (name, case), why in CANNOT.items()]
    return "\n".join([counts, details, *cannot])


def cell(results: Results, case: Case) -> str:
    """What a system did with a network, in the words of the page."""
    verdict = results.verdicts.get(case.name)
    if verdict is None:
        return "cannot say"
    if not verdict.noticed:
        return "**accepts**" if case.layer else "accepts"
    if not case.layer:
        return "**refuses**"
    return ", ".join(filter(None, (verdict.place, verdict.proposal))) or "notices"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, [":--"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
