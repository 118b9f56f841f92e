"""The same mistakes in five systems: who notices, who says where, who says what to do.

`make peers` installs the other four in an environment of their own, runs this, and writes the
tables of docs/peers.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from statistics import median

from benchmarks.peers.cases import BROKEN, GOOD
from benchmarks.peers.judge import Verdict, judge
from benchmarks.peers.systems import ARCHDSL, CANNOT, PEERS, Run, System, version
from benchmarks.peers.tables import Results, tables

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "peers.md"
TABLE = re.compile(r"(?<=<!-- peers -->\n).*(?=<!-- /peers -->)", re.DOTALL)


def main() -> int:
    """Print the tables; the exit status says whether archdsl did all that a check can do."""
    arguments = _arguments()
    pythons = dict.fromkeys(PEERS, arguments.python) | {ARCHDSL: Path(sys.executable)}
    versions = {system: version(system, python) for system, python in pythons.items()}
    missing = [system.name for system, found in versions.items() if not found]
    if missing:
        print(f"{arguments.python} has no {', '.join(missing)}; `make peers` installs them")
        return 2
    runs = _runs(pythons, arguments.runs)
    if arguments.verbose:
        _print_outputs(runs)
    results = [_results(system, versions[system], runs[system]) for system in (ARCHDSL, *PEERS)]
    text = tables(results)
    print(text, end="")
    if arguments.write:
        PAGE.write_text(TABLE.sub(lambda _: f"\n{text}\n", PAGE.read_text()))
    return 0 if all(_complete(results[0])) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    default = ROOT / ".venv-peers" / "bin" / "python"
    parser.add_argument("--python", type=Path, default=default, help="that the peers are in")
    parser.add_argument("--runs", type=int, default=5, help="of each check; the median counts")
    parser.add_argument("--verbose", action="store_true", help="print what each system printed")
    parser.add_argument("--write", action="store_true", help="write the tables to docs/peers.md")
    arguments = parser.parse_args()
    # Not resolved: the link in an environment is what makes it that environment.
    arguments.python = arguments.python.absolute()
    if not arguments.python.exists():
        parser.error(f"{arguments.python} does not exist; `make peers` makes it")
    return arguments


# ---- runs ------------------------------------------------------------------------------------


def _runs(pythons: dict[System, Path], times: int) -> dict[System, dict[str, list[Run]]]:
    """All systems in turns: whatever slows the machine down for a while slows all of them."""
    runs: dict[System, dict[str, list[Run]]] = {system: {} for system in pythons}
    for _ in range(times):
        for case in (*BROKEN, *GOOD):
            for system, python in pythons.items():
                if (system.name, case.name) not in CANNOT:
                    runs[system].setdefault(case.name, []).append(system.check(case, python))
    return runs


def _print_outputs(runs: dict[System, dict[str, list[Run]]]) -> None:
    for case in (*BROKEN, *GOOD):
        for system, of_system in runs.items():
            for run in of_system.get(case.name, [])[:1]:
                print(f"==== {system.name}: {case.name}, exit status {run.code}\n{run.output}")


def _results(system: System, found: str, runs: dict[str, list[Run]]) -> Results:
    verdicts = {
        case.name: judge(
            case, system.file(case), runs[case.name][0].code, runs[case.name][0].output
        )
        for case in (*BROKEN, *GOOD)
        if case.name in runs
    }
    seconds = median(run.seconds for of_case in runs.values() for run in of_case)
    return Results(system, found, verdicts, seconds)


def _complete(results: Results) -> list[bool]:
    everything = Verdict(noticed=True, place="line", proposal="change")
    return [results.verdicts[case.name] == everything for case in BROKEN] + [
        not results.verdicts[case.name].noticed for case in GOOD
    ]


if __name__ == "__main__":
    sys.exit(main())
