"""The page on other systems: what it says of archdsl is still so, and the judge is fair.

The others are not installed here. What they print is recorded below, in their words.
"""

import re
import sys
from pathlib import Path

import pytest

from benchmarks.peers.cases import BROKEN, GOOD
from benchmarks.peers.judge import Verdict, judge
from benchmarks.peers.systems import ARCHDSL, CANNOT, NETWORKS, PEERS, run
from benchmarks.peers.tables import cell

PAGE = Path("docs/peers.md")
CASES = {case.name: case for case in (*BROKEN, *GOOD)}
SYSTEMS = {system.name: system for system in (ARCHDSL, *PEERS)}


@pytest.mark.parametrize("name", CASES)
def test_archdsl_still_does_what_the_page_says(name):
    (said,) = re.findall(rf"^\| `{name}` \| ([^|]+?) \| [^|]+ \| [^|]+ \|", PAGE.read_text(), re.M)
    file = ARCHDSL.file(CASES[name])
    done = run(ARCHDSL.check, file, Path(sys.executable))
    noticed = "check" if done.code else ""
    assert cell(CASES[name], judge(CASES[name], file, noticed, done.output)) == said
    assert said == ("accepts" if CASES[name] in GOOD else "line, change")


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_each_system_has_each_network_that_it_can_say(system):
    said = {system.file(case) for case in CASES.values() if (system.name, case.name) not in CANNOT}
    assert said == set((NETWORKS / system.name.lower()).iterdir())


WORDS = [
    (
        "Keras",
        "unet_88_89",
        'File "unet_88_89.py", line 15, in <module>\n'
        '    concat3 = layers.Concatenate(name="concat3")([up3, enc3])\n'
        "ValueError: A `Concatenate` layer requires inputs with matching shapes except for the "
        "concatenation axis. Received: input_shape=[(None, 88, 88, 128), (None, 89, 89, 128)]",
        ("line", ""),
    ),
    (
        "Keras",
        "window_7_on_5",
        'File "window_7_on_5.py", line 1, in <module>\n'
        "ValueError: Computed output size would be zero or negative. Received `inputs shape="
        "(None, 5, 5, 16)`, `kernel shape=(7, 7, 16, 120)`, `strides=(1, 1)`, `padding=valid`.",
        ("", ""),
    ),
    (
        "Keras",
        "misspelled_pool",
        "File \"misspelled_pool.py\", line 7, in <module>\nAttributeError: module 'keras.layers' "
        "has no attribute 'MaxPoling2D'. Did you mean: 'MaxPooling2D'?",
        ("line", "change"),
    ),
    (
        "narchi",
        "window_7_on_5",
        "error: Propagated architecture failed to validate against schema :: -1 is not valid\n"
        "On instance['blocks'][6]['_shape']['out'][1]:\n    -1",
        ("layer", ""),
    ),
    (
        "mlnode",
        "groups_4_of_30",
        "Node 'conv2': failed to construct Conv2d with params {'in_channels': 30, 'out_channels': "
        "64, 'kernel_size': 3, 'padding': 1, 'groups': 4}: in_channels must be divisible by groups",
        ("layer", ""),
    ),
    (
        "n-orca",
        "misspelled_pool",
        "[ERR]  UNKNOWN_OP: layer 'pool2' uses op 'MaxPol2d' which is not in the standard library\n"
        "        -> either pick from the standard library (Linear, MaxPool2d, Mean)",
        ("layer", "advice"),
    ),
]


@pytest.mark.parametrize(
    ("system", "name", "words", "expected"),
    WORDS,
    ids=[f"{system}-{name}" for system, name, _, _ in WORDS],
)
def test_the_judge_takes_words_for_what_they_say(system, name, words, expected):
    file = SYSTEMS[system].file(CASES[name])
    assert judge(CASES[name], file, "check", words) == Verdict("check", *expected)
