"""Lints have something to say, or not, of any network that runs: they never fail on one."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from archdsl.analysis.lints import RULES
from archdsl.analysis.lints.facts import Facts
from archdsl.graph.elaborate import Request, elaborate_all
from archdsl.graph.limits import Limits
from archdsl.source import Source

SMALL = (
    "mobilenet_v2",
    "unet_milesial",
    "squeezenet1_0",
    "segnet",
    "inception_modules",
    "resnet_cifar",
)
STEPS = (
    *("relu", "softmax", "bn", "dropout", "identity", "flatten", "sigmoid", "global_avgpool"),
    *("maxpool(2x2)", "maxpool(3x3, return_indices=true)", "conv(8, 3x3)", "conv(8, 1x1)"),
    *("conv(in.channels, 3x3, padding=1, groups=in.channels)", "conv_transpose(8, 3x3, stride=2)"),
    *("upsample(2)", "linear(10)", "instancenorm", "pad(1)", "squeeze_excite(1)", "add(in)"),
)
_STEP = re.compile(r"\b(?:relu6?|bn|dropout|maxpool\(2x2\))(?=\s)")


def changed(text: str, chance: random.Random) -> str:
    """Some steps of a spec are others, one or two."""
    places = [*_STEP.finditer(text)]
    for place in sorted(
        chance.sample(places, min(2, len(places))), key=lambda place: -place.start()
    ):
        steps = " -> ".join(chance.choices(STEPS, k=chance.randint(1, 2)))
        text = text[: place.start()] + steps + text[place.end() :]
    return text


@pytest.mark.parametrize("name", SMALL)
def test_any_change_of_a_network(name: str) -> None:
    chance = random.Random(name)
    path = Path("specs", f"{name}.arch")
    running = 0
    for _ in range(12):
        text = changed(path.read_text(), chance)
        request = Request(
            Source("changed.arch", text), path.parent, path.resolve(), limits=Limits(2000)
        )
        for result in elaborate_all(request).values():
            if result.graph is None:
                continue
            running += 1
            facts = Facts(result.graph)
            for rule in RULES:
                for hit in rule.find(facts):
                    assert hit.message and hit.help and hit.span is not None
    assert running, "no change gave a network that runs"
