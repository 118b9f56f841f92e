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

from benchmarks.peers.cases import BROKEN, GOOD, Case
from benchmarks.peers.judge import Verdict, judge
from benchmarks.peers.systems import ARCHDSL, CANNOT, PEERS, System, run, version
from benchmarks.peers.tables import Results, tables

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "peers.md"
TABLES = re.compile(r"(?<=<!-- peers -->\n).*(?=<!-- /peers -->)", re.DOTALL)
SYSTEMS = (ARCHDSL, *PEERS)


def main() -> int:
    """Print the tables; the exit status says whether archdsl did all that a check can do."""
    arguments = _arguments()
    versions = {system: version(system, arguments.python) for system in SYSTEMS}
    missing = [system.name for system, found in versions.items() if not found]
    if missing:
        print(f"{arguments.python} has no {', '.join(missing)}; `make peers` installs them")
        return 2
    results = {system: Results(system, versions[system]) for system in SYSTEMS}
    for case in (*BROKEN, *GOOD):
        # In turns: whatever slows the machine down for a while slows all of them.
        for system in SYSTEMS:
            if (system.name, case.name) not in CANNOT:
                verdict, seconds = _verdict(system, case, arguments)
                results[system].verdicts[case.name] = verdict
                results[system].seconds.append(seconds)
    text = tables([*results.values()])
    print(text, end="")
    if arguments.write:
        PAGE.write_text(TABLES.sub(lambda _: f"\n{text}\n", PAGE.read_text()))
    return 0 if _all_done(results[ARCHDSL]) else 1


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


def _verdict(system: System, case: Case, arguments: argparse.Namespace) -> tuple[Verdict, float]:
    """What a system does with a network, and the median time of its check.

    A network that the check accepts is built as well, once, as its user would go on.
    """
    file = system.file(case)
    runs = [run(system.check, file, arguments.python) for _ in range(arguments.runs)]
    step, last = "check", runs[0]
    if not last.code and system.build:
        step, last = "build", run(system.build, file, arguments.python)
    if arguments.verbose:
        print(f"==== {system.name}: {step} of {file.name}, exit status {last.code}\n{last.output}")
    verdict = judge(case, file, step if last.code else "", last.output)
    return verdict, median(each.seconds for each in runs)


def _all_done(results: Results) -> bool:
    """Whether every mistake was noticed, located and mended, and nothing else was."""
    everything = Verdict("check", "line", "change")
    return all(
        results.verdicts[case.name] == (everything if case.layer else Verdict())
        for case in (*BROKEN, *GOOD)
    )


if __name__ == "__main__":
    sys.exit(main())
