"""The tables of docs/peers.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.peers.cases import BROKEN, GOOD, Case
from benchmarks.peers.judge import Verdict
from benchmarks.peers.systems import CANNOT, System


@dataclass(frozen=True)
class Results:
    """What one system did: a verdict and a time for each network that it can say."""

    system: System
    version: str
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def count(self, cases: Sequence[Case], holds: Callable[[Verdict], bool]) -> str:
        """For how many of the networks a verdict holds, of those that it can say."""
        verdicts = [self.verdicts[case.name] for case in cases if case.name in self.verdicts]
        return f"{sum(map(holds, verdicts))} of {len(verdicts)}"


ROWS: tuple[tuple[str, Sequence[Case], Callable[[Verdict], bool]], ...] = (
    ("notices the mistake", BROKEN, lambda verdict: verdict.noticed == "check"),
    ("at the latest when the module is built", BROKEN, lambda verdict: bool(verdict.noticed)),
    ("says which layer, or which line", BROKEN, lambda verdict: bool(verdict.place)),
    ("says which line", BROKEN, lambda verdict: verdict.place == "line"),
    ("proposes a change that mends it", BROKEN, lambda verdict: verdict.proposal == "change"),
    ("accepts what is right", GOOD, lambda verdict: not verdict.noticed),
)


def tables(results: Sequence[Results]) -> str:
    """Both tables, and what a language cannot say, in Markdown."""
    counts = [
        [what, *(each.count(cases, holds) for each in results)] for what, cases, holds in ROWS
    ]
    times = ["seconds, whole process", *(f"{median(each.seconds):.2f}" for each in results)]
    details = [
        [f"`{case.name}`", *(cell(case, each.verdicts.get(case.name)) for each in results)]
        for case in (*BROKEN, *GOOD)
    ]
    cannot = [f"{name} cannot say `{case}`: {why}.\n" for (name, case), why in CANNOT.items()]
    return "\n".join(
        [
            _table(
                ["", *(f"{each.system.name} {each.version}" for each in results)], [*counts, times]
            ),
            _table(["network", *(each.system.name for each in results)], details),
            *cannot,
        ]
    )


def cell(case: Case, verdict: Verdict | None) -> str:
    """What a system did with a network, in the words of the page."""
    if verdict is None:
        return "cannot say"
    if not verdict.noticed:
        return "**accepts**" if case.layer else "accepts"
    if not case.layer:
        return "**refuses**"
    late = "when built" if verdict.noticed == "build" else ""
    return ", ".join(filter(None, (verdict.place or "notices", verdict.proposal, late)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, [":--"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
