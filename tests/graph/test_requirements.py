"""``require``: what it can speak of, when it is checked, and that it leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl import ArchError
from archdsl.graph.elaborate import Request, elaborate
from archdsl.source import Source
from archdsl.syntax.format import format_source

MODEL = """
block branch(width) {{
    {block}
    a: conv(width, 3x3, padding=1)
    b: {{ conv(width, 1x1)
        {inner} }}
    add(a, b)
}}
model m(width = 4) {{
    input x: 3x8x12
    {model}
    module twice: branch(width)
    z: conv(width, 1x1)
    y = z -> twice -> twice
    train output aux: conv(7, 1x1)
    y -> flatten -> linear(10)
}}
"""
# One application of `branch` has 148 + 20 parameters and (144 + 16) * 96 multiply-accumulates.
BRANCH, BRANCH_MACS = 168, 15_360
PARAMS = 16 + BRANCH + 35 + 4 * 96 * 10 + 10
MACS = 12 * 96 + 2 * BRANCH_MACS + 3_840


def mistakes(*, model: str = "", block: str = "", inner: str = "") -> list[str]:
    try:
        archdsl.parse(MODEL.format(model=model, block=block, inner=inner))
    except ArchError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


@pytest.mark.parametrize(
    "condition",
    [
        f"params == {PARAMS}",
        f"macs == {MACS}",
        f"flops == 2 * {MACS}",
        "out.channels == 10 and out.rank == 0",
        "y.size == x.size and y.size == in.size",
        "x.size == 8x12",
        "x.size % 4 == 0",
        "x.size >= 8 and not x.size > 8",
        "x.size != 8 and not (x.size != 8x12)",
        "x.size != 8x12x1",
        "max(x.size[0], 9) == 9",
        "sum([n for n in x.size]) == 20",
        "width in [2, 4] or params < 0",
        "4.2k == 4200 and 1.5M == 1500000 and 0.5k == 500 and 2G > 1T // 1k and 0.0005k == 0.5",
    ],
)
def test_what_holds_is_not_complained_about(condition: str) -> None:
    assert mistakes(model=f"require {condition}") == []
    assert mistakes(model=f"require not ({condition})") == ["requirement"]


def test_the_counts_are_those_of_the_profile() -> None:
    counts = archdsl.parse(MODEL.format(model="", block="", inner="")).profile()
    assert (counts.params, counts.macs) == (PARAMS, MACS)


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ("block", f"params == {BRANCH} and macs == {BRANCH_MACS}"),
        ("block", "out.channels == width and a.size == in.size"),
        ("inner", "params == 20 and macs == 16 * 96"),
        ("inner", "out.channels == in.channels"),
    ],
)
def test_in_a_container_it_speaks_of_that_container(where: str, condition: str) -> None:
    assert mistakes(**{where: f"require {condition}"}) == []
    assert mistakes(**{where: f"require not ({condition})"}) == ["requirement"]


def test_a_name_means_what_it_means_where_the_requirement_stands() -> None:
    spec = """
    model m {
        input x: 3x8x8
        for i in 1..4 { require params == 100 * i
            n = i }
        require n == 3 and params > n
        n = 100000
        conv(n // 10000, 3x3)
    }"""
    with pytest.raises(ArchError) as caught:
        archdsl.parse(spec)
    [diagnostic] = caught.value.diagnostics  # the loop is one place, so it is told once
    assert (
        diagnostic.message == "this needs params == 100 * i, and there are 280 and 100 * i is 100"
    )


def test_a_name_of_the_spec_comes_first() -> None:
    text = "model m {{ input params: 3x8x8\n require params.channels == 3\n {} }}"
    assert archdsl.parse(text.format("out: conv(4, 1x1)\n require out.channels == 4")).name == "m"


def test_costs_are_not_judged_where_there_are_other_mistakes() -> None:
    assert mistakes(model="require params < 0\nconv(3, 99x99)") == ["window-too-large"]
    assert mistakes(model="require out.rank == 3\nrequire x.rank == 0\nconv(3, 99x99)") == [
        "requirement",
        "window-too-large",
    ]


def helps(condition: str) -> str:
    """What is said to help where a condition does not hold, without the advice to change it."""
    with pytest.raises(ArchError) as caught:
        archdsl.parse(
            f"model m(n = 10) {{ input x: 3x32x32\n require {condition}\n conv(3, 3x3) }}"
        )
    [diagnostic] = [one for one in caught.value.diagnostics if one.is_error]
    return (diagnostic.help or "").partition(";")[0]


@pytest.mark.parametrize(
    ("condition", "help"),
    [
        ("params < 80", "it is 4 (5.0%) over"),
        ("80 > params", "it is 4 (5.0%) over"),
        ("params > 100", "it is 16 (16.0%) under"),
        ("100 < params", "it is 16 (16.0%) under"),
        ("2 * 50 <= params", "it is 16 (16.0%) under"),
        ("8 * n >= params", "it is 4 (5.0%) over"),
        ("100 <= x.size[0]", "it is 68 (68.0%) under"),
        ("n > max(x.size[0], x.size[1])", "it is 22 (220.0%) over"),
        ("n > 20", "it is 10 (50.0%) under"),
        ("84 < params", "they are equal, which `<` leaves out"),
        ("params > 84", "they are equal, which `>` leaves out"),
        ("params == 80", "change the network, or the requirement"),
    ],
)
def test_how_far_it_is_from_what_is_wanted(condition: str, help: str) -> None:
    """Whichever side the measured number stands on; a 3x3 convolution of 3 on 3 has 84."""
    assert helps(condition) == help


def test_an_output_that_went_wrong_is_told_once() -> None:
    text = """model m {{
        input x: 3x32x32
        require {}
        maxpool(64)
        output fine: conv(3, 1)
        output coarse: relu -> conv(4, 1)
    }}"""
    with pytest.raises(ArchError) as caught:
        archdsl.parse(text.format("fine.channels == 4 and coarse.size == fine.size"))
    assert [one.code for one in caught.value.diagnostics] == ["window-too-large"]
    with pytest.raises(ArchError) as caught:
        archdsl.parse(text.format("finest.channels == 4"))
    codes = {one.code for one in caught.value.diagnostics}
    assert codes == {"window-too-large", "unknown-name"}


def test_in_inference_it_does_not_speak_of_what_only_training_has() -> None:
    """The parameters of a model are those of all its outputs; its MACs are those of inference."""
    text = """model m {{ input x: 3x8x8
        require {}
        conv(4, 3x3)
        train output aux: head: conv(2, 3x3) }}"""

    def found(condition: str) -> list[str]:
        source = Source("m.arch", text.format(condition))
        result = elaborate(Request(source, Path(), training=False))
        return [one.code for one in result.diagnostics]

    whole = archdsl.parse(text.format("params > 0")).profile()
    assert found("aux.channels == 3 or head.channels == 3") == []
    assert found(f"params == {whole.params}") == []
    assert found(f"macs == {whole.macs}") == []
    assert found(f"macs != {whole.macs}") == ["requirement"]
    assert found("auxiliary.channels == 3") == ["unknown-name"]


def test_a_requirement_changes_neither_the_network_nor_its_source() -> None:
    required = archdsl.parse(
        MODEL.format(
            model="require params < 1M", block="require width > 1", inner="require macs < 1M"
        )
    )
    plain = archdsl.parse(MODEL.format(model="", block="", inner=""))
    assert required.to_source() == plain.to_source()
    assert required.to_text() == plain.to_text()


def test_another_input_is_judged_anew() -> None:
    text = "model m { input x: 3x64x64\n require x.size % 32 == 0\n conv(4, 3x3) }"
    archdsl.parse(text, input="3x96x64")
    with pytest.raises(ArchError, match=r"x\.size % 32 is 4x0"):
        archdsl.parse(text, input="3x100x64")


def test_in_the_one_style() -> None:
    text = 'model m {\n input x:3x8x8\nrequire  params<=4.2G ,"so"\nconv(2,1x1)\n}\n'
    assert format_source(text).splitlines()[2] == '    require params <= 4.2G, "so"'


@pytest.mark.parametrize("statement", ["require", "require ,", 'require x, "a', "require x y"])
def test_half_a_requirement_is_one_mistake(statement: str) -> None:
    assert mistakes(model=statement) == ["syntax"]
