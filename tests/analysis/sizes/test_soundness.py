"""What is said of a size holds: beyond the candidates too, and where numbers are read oddly."""

from __future__ import annotations

from itertools import product

import pytest

from archdsl.analysis.sizes import TooIntricate, sizes
from archdsl.graph.elaborate import elaborate
from archdsl.ops import Op
from tests.analysis.sizes.brute import at, checked, request, wrong

SMALL = [*product(range(1, 8), (6, 7, 20)), *((n, n) for n in range(8, 24))]
LARGE = (1500, 2009, 4999, 5000, 5001, 5003, 7001, 7002, 10_000, 12_345, 25_000, 40_001)


def model(body: str, shape: str = "3x32x32") -> str:
    return f"model m {{\n    input x: {shape}\n{body}\n}}\n"


@pytest.mark.parametrize(
    "body",
    [
        "crop(int(0.5 * x.size[0]))",
        "if 7.5 < x.size[0] { conv(4, 3x3) } else { linear(3) }",
        "if x.size[0] > 7.5 { relu } else { linear(3) }",
        "if x.size[0] in [8.0, 9.0] { conv(4, 3x3) } else { linear(3) }",
        "crop(int(max(x.size[0], 5.5)))",
        "conv(4, min(4.5, x.size[0]))",
        "if 9.0 - x.size[0] % 2 == 8 { linear(3) } \n relu",
        "if sum([0.5, x.size[0] % 3]) == 1.5 { linear(3) } \n relu",
        "if sqrt(0.5 * (x.size[0] % 3)) > 0.9 { linear(3) } \n relu",
        "if float(0.5 * (x.size[0] % 3)) > 0.9 { linear(3) } \n relu",
        "require x.size[0] / 2 >= 5 \n relu",
        "require x.size[0] / 4 == x.size[0] // 4 \n relu",
        "if x.size[1] > x.size[0] * 0.5 { relu } else { linear(3) }",
        "if x.size[0] / 3 < 0.25 * x.size[1] { relu } else { linear(3) }",
        "if x.size == 20.0 { linear(3) } \n relu",
    ],
)
def test_floats_beside_sizes(body: str) -> None:
    assert not wrong(request(model(body)), SMALL)


@pytest.mark.parametrize("sign", ["//", "%"])
@pytest.mark.parametrize("divisor", [5, 32])
def test_a_size_that_divides_by_zero_is_refused(sign: str, divisor: int) -> None:
    body = f"if 8 {sign} (x.size[0] - {divisor}) > 0 {{ relu }} else {{ identity }}"
    assert not wrong(request(model(body)), [*SMALL, (31, 32), (32, 32)])


@pytest.mark.parametrize(
    "body",
    [
        "conv(12, 1x1) -> chunk(1 + x.size[0] % 2)",
        "avgpool((40 - x.size) // 12)",
        "ys = x -> conv(12, 1x1) -> chunk(2 + x.size[0] % 2) \n add(ys[0], ys[2])",
        "flatten(start_dim=1 + x.size[0] % 2) -> maxpool(2x2)",
        "a: conv(3, 1x1) \n concat(a, x, dim=x.size[0] % 3) -> reshape([3, -1]) -> maxpool(80)",
    ],
)
def test_arguments_that_count(body: str) -> None:
    assert not wrong(request(model(body)), SMALL)


@pytest.mark.parametrize(
    "body",
    [
        "crop(5, offset=x.size[0] // 5000)",
        "conv(4, 1 + x.size[0] // 5000)",
        "for i in 0..x.size[0] // 5000 { linear(3) } \n relu",
        "a{x.size[0] // 5000}: relu \n a0",
        "y = [1, 2] \n conv(y[x.size[0] // 5000], 1x1)",
        "if x.size[0] > 5000 { linear(3) } \n relu",
        "if x.size[0] + x.size[1] > 5000 { linear(3) } \n relu",
        "a: upsample(0.7) \n b: x -> upsample(0.70005) \n add(a, b)",
        "avgpool(1, stride=5000)",
        "conv(4, 2000x1)",
        "if x.size[0] < 8 { relu } else { conv(4, 1500x1) }",
        "v = x -> upsample(size=2009x32) \n add(x -> pad(like=v), v)",
        "require 2009 - x.size[0] > 0 \n relu",
        "crop(40 + 2000 * (x.size[0] // 5000))",
        "if (5*x.size[0] + 20000) // (3*x.size[0]) == 1 { linear(3) } \n relu",
        "conv(3, 2x2) \n s = 1 + 3*((x.size[0] + 1) % 2) \n"
        "if x.size[0] * s > 6000 { linear(3) } \n relu",
    ],
)
def test_nothing_is_claimed_beyond_the_candidates_that_is_not_so(body: str) -> None:
    spec = request(model(body))
    answer = sizes(spec)
    [legal, _] = [one.legal for one in answer.axes]
    known = [size for size in LARGE if legal.proven or size <= legal.checked]
    assert [n for n in known if checked(spec, answer, (n, 32)) != (n in legal)] == []
    for size in filter(legal.__contains__, known):
        graph = elaborate(at(spec, answer, (size, 32))).graph
        assert graph is not None
        for one in answer.outputs:
            if one.axis == 0 and one.formula is not None:
                extent = graph.shape(graph.outputs[one.name])[one.position]
                assert one.formula(size) == extent


@pytest.mark.parametrize(
    "body",
    [
        "if x.size[0] > 5000 { linear(3) } \n relu",
        "v = x -> upsample(size=5000x32) \n add(x -> pad(like=v), v)",
        "require 5000 - x.size[0] >= 0 \n relu",
    ],
)
def test_candidates_are_added_until_a_late_end_is_proven(body: str) -> None:
    legal = sizes(request(model(body))).axes[0].legal
    assert legal.proven
    assert 5000 in legal
    assert 5001 not in legal


def test_candidates_are_added_until_a_late_start_is_proven() -> None:
    legal = sizes(request(model("conv(4, 5000x1)"))).axes[0].legal
    assert (legal.proven, legal.minimum) == (True, 5000)


def test_what_is_refused_in_ever_new_ways_is_not_proven() -> None:
    legal = sizes(request(model("a{x.size[0] // 5000}: relu \n a0"))).axes[0].legal
    assert not legal.proven
    assert 4999 in legal
    assert 5001 not in legal


def test_many_candidates_of_two_axes_that_hang_together() -> None:
    body = "if x.size[0] > 100 { conv(4, 3x3) -> conv(4, 1x30) } else { conv(4, 1x3) }"
    spec = request(model(body, "3x3000x3000"))
    answer = sizes(spec)
    assert [(tie.one, tie.other, tie.equal) for tie in answer.ties] == [(0, 1, False)]
    assert not wrong(spec, [(100, 3), (100, 2), (101, 31), (101, 32), (101, 33), (3000, 32)])


def test_pictures_of_two_inputs_that_must_agree() -> None:
    text = "model m {\n input a: 3x2160x3840\n input b: 3x2160x3840\n add(a, b)\n}"
    answer = sizes(request(text))
    assert [(tie.one, tie.other, tie.equal) for tie in answer.ties] == [(0, 2, True), (1, 3, True)]


def test_rows_that_are_lost_where_two_axes_are_one() -> None:
    spec = request(model("flatten(start_dim=1) -> maxpool(2)"))
    answer = sizes(spec)
    for size in product(range(1, 6), range(1, 6)):
        graph = elaborate(at(spec, answer, size)).graph
        if graph is None:
            continue
        lost = any(
            any(node.op.lost(*graph.input_shapes(node)))
            for node in graph.nodes
            if type(node.op).lost is not Op.lost
        )
        [way] = answer.exploration.legal
        kept = all(
            bond.values[tuple(size[axis] - 1 for axis in bond.axes)] for bond in way.lossless.bonds
        )
        assert kept != lost
    assert 1 in answer.axes[0].exact  # beside an even width


def test_rows_that_are_lost_at_every_size() -> None:
    axes = sizes(request(model("adaptive_avgpool(5) -> maxpool(2x2)"))).axes
    assert [bool(one.exact) for one in axes] == [False, False]


def test_a_formula_for_a_size_that_another_axis_decides() -> None:
    outputs = sizes(request(model("if x.size[1] > 7 { upsample(2) } else { relu }"))).outputs
    assert [one.formula for one in outputs if one.axis == 0] == [None]


def test_outputs_that_some_sizes_do_not_have() -> None:
    spec = request(model("output a: relu \n if x.size[0] > 7 { output b: maxpool(2x2) }"))
    formulas = {
        (one.name, one.position): one.formula.text("H")
        for one in sizes(spec).outputs
        if one.formula is not None and one.axis == 0
    }
    assert formulas == {("a", 1): "H", ("b", 1): "floor(H/2)"}


def test_allowed_beyond_the_candidates() -> None:
    answer = sizes(request(model("d: maxpool(2x2) \n upsample(2) -> add(x)")))
    assert answer.allows((20_000, 123_456))
    assert not answer.allows((20_001, 20_000))
    assert not answer.allows((0, 0))
    with pytest.raises(ValueError, match="computed"):
        sizes(request(model("upsample(0.7)"))).allows((20_000, 20))


def test_numbers_too_large_to_compute_with() -> None:
    power = " * ".join(["x.size[0]"] * 7)
    with pytest.raises(TooIntricate):
        sizes(request(model(f"if {power} > 0 {{ relu }}")))
