"""Whatever is written, the answer is a network or diagnostics: never another exception, and soon.

2,000 inputs here, the greater part with a guard on their memory; `make fuzz` tries 100,000.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import judge
from tests.fuzz.guards import MEMORY, guarded
from tests.fuzz.judge import survives
from tests.fuzz.mutation import mutated

RUNS = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FOUND = sorted((Path(__file__).parent / "found").glob("*.arch"))


@RUNS
@given(st.randoms(use_true_random=False))
def test_mutilated_specs(random: Random) -> None:
    survives(mutated(random))


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_mutilated_specs_within_a_gigabyte(seed: str) -> None:
    """The nightly run, shortened: each input has ten million calls and 1 GiB."""
    command = [sys.executable, "-m", "tests.fuzz.run", "--inputs", "160", "--seed", seed]
    done = subprocess.run([*command, "--processes", "1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 failures" in done.stdout


@settings(RUNS, max_examples=200)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survives(text.encode("utf-8", "surrogatepass"))


@settings(RUNS, max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    survives(data)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_inputs_that_were_too_much_once(path: Path) -> None:
    with guarded():
        survives(path.read_bytes())


def test_too_much_work_is_no_survival(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is counted, and it is the same in every run."""
    spec = (Path(__file__).parents[2] / "specs" / "lenet5.arch").read_bytes()
    survives(spec)  # fills every cache
    calls = survives(spec).calls
    monkeypatch.setattr(judge, "MOST_CALLS", calls)
    assert survives(spec) == ("clean", calls)
    monkeypatch.setattr(judge, "MOST_CALLS", calls - 1)
    with pytest.raises(AssertionError, match=f"took {calls:,} calls"):
        survives(spec)


@pytest.mark.skipif(sys.platform != "linux", reason="the guard needs /proc")
def test_too_much_memory_is_no_survival() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), guarded():
        bytearray(2 * MEMORY)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_chance_with_the_same_seed_is_the_same() -> None:
    """Otherwise nobody could look again at what the nightly run found."""
    inputs = [mutated(Random(seed)) for seed in range(300)]
    assert inputs == [mutated(Random(seed)) for seed in range(300)]
    assert len(set(inputs)) > 280
