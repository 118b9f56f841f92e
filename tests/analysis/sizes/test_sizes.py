"""What `sizes` says, against a check of one size after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.analysis.sizes import Sizes, SizeSet, sizes
from archdsl.analysis.sizes.report import render
from tests.analysis.sizes.brute import request, wrong


def answer(text: str) -> Sizes:
    return sizes(request(text))


def legal(text: str) -> SizeSet:
    return answer(text).axes[0].legal


def model(body: str, shape: str = "3x32x32") -> str:
    return f"model m {{\n    input x: {shape}\n{body}\n}}\n"


STEPS = st.sampled_from(
    [
        "conv(4, 3x3)",
        "conv(4, 3x3, padding=1)",
        "conv(4, 5x5, stride=2)",
        "conv(4, 3x3, stride=2, padding=1)",
        "conv(4, 3x1, dilation=2)",
        "conv(4, 1x1, stride=3)",
        'conv(4, 3x3, padding="same")',
        "maxpool(2x2)",
        "maxpool(3x3, stride=2, ceil_mode=true)",
        "maxpool(2x3, stride=1x2)",
        "avgpool(3x3, stride=2, padding=1)",
        "conv_transpose(4, 2x2, stride=2)",
        "conv_transpose(4, 3x3, padding=1)",
        "upsample(2)",
        "upsample(0.5)",
        "upsample(1.5)",
        "upsample(0.7)",
        "pad(1)",
        'pad(2, mode="reflect")',
        "crop(3)",
        "adaptive_avgpool(4)",
    ]
)
JOINS = st.sampled_from(
    [
        "concat(a, b)",
        "add(a, b -> project(like=a))",
        "concat(a -> crop(like=b), b)",
        "concat(a -> pad(like=b), b)",
        "concat(a -> upsample(like=b), b)",
        "add(a -> zero_pad_shortcut(like=b), b)",
        "mul(a, b)",
    ]
)
DECISIONS = st.sampled_from(
    [
        "if x.size[0] > 9 { maxpool(2x2) }",
        "if x.size[0] % 3 == 1 { maxpool(3x3) } else { conv(3, 2x2) }",
        "if x.size[0] == x.size[1] { conv(3, 4x4) }",
        "if a.size[1] in [4, 8, 12] { maxpool(2x2, stride=1) }",
        "avgpool(a.size // 2)",
        "min(3, a.size[0]) * relu",
        "for i in 0..min(2, a.size[1] // 3) { maxpool(2x2) }",
        "y = [1, 2, 3] \n crop(y[a.size[0] % 3])",
        "conv(a.size[0] * 2, 1x1)",
        "crop(int(floor(a.size[0] / 2)))",
        "upsample(max(1, 8 // a.size[1]))",
        "reshape([-1, 4])",
        "flatten -> reshape([4, -1]) ",
    ]
)


@st.composite
def networks(draw: st.DrawFn) -> str:
    one = " -> ".join(draw(st.lists(STEPS, min_size=1, max_size=3)))
    other = " -> ".join(draw(st.lists(STEPS, min_size=1, max_size=3)))
    lines = [f"x -> a: {{ {one} }}", f"x -> b: {{ {other} }}"]
    lines += draw(st.lists(DECISIONS, max_size=1))
    if draw(st.booleans()):
        lines.append(draw(JOINS))
    lines.append("a -> conv(2, 1x1)" if draw(st.booleans()) else "relu")
    return model("\n".join(lines))


PAIRS = [
    *((n, n) for n in range(1, 40)),
    *((n, 17) for n in range(1, 30)),
    *((20, n) for n in (3, 7, 8, 9, 12, 25)),
]


@settings(max_examples=40, deadline=None)
@given(networks())
def test_no_size_is_wrongly_allowed_or_refused(text: str) -> None:
    assert not wrong(request(text), PAIRS[::3])


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(networks())
def test_no_size_is_wrongly_allowed_or_refused_in_many_networks(text: str) -> None:
    assert not wrong(request(text), PAIRS)


# ---- answers that can be read off the formula


@pytest.mark.parametrize(
    ("body", "minimum", "period", "residues"),
    [
        ("conv(4, 7x7)", 7, 1, {0}),
        ("maxpool(2x2) -> maxpool(2x2)", 4, 1, {0}),
        ("x -> d: maxpool(2x2) \n u: upsample(2) \n add(x, u)", 2, 2, {0}),
        ("d: maxpool(3x3, stride=3) \n u: upsample(3) \n add(x, u)", 3, 3, {0}),
        ("d: conv(3, 3x3, stride=2, padding=1) \n u: upsample(2) \n add(x, u)", 2, 2, {0}),
        ("a: crop(5) \n b: x -> adaptive_avgpool(5) \n add(a, b)", 5, 1, {0}),
    ],
)
def test_legal_sizes(body: str, minimum: int, period: int, residues: set[int]) -> None:
    found = legal(model(body))
    assert (found.minimum, found.period, {*found.residues}, found.proven) == (
        minimum,
        period,
        residues,
        True,
    )


def test_a_period_longer_than_the_first_candidates_is_still_proven() -> None:
    body = "d: avgpool(1, stride=47) -> avgpool(1, stride=53) \n u: upsample(2491) \n add(x, u)"
    found = legal(model(body, "3x5000x5000"))
    assert (found.minimum, found.period, found.residues, found.proven) == (2491, 2491, (0,), True)


def test_what_is_not_proven_says_so() -> None:
    found = legal(model("upsample(0.7) -> conv(4, 9x9)"))
    assert not found.proven
    assert found.minimum == 13


def test_single_sizes_below_the_pattern() -> None:
    found = legal(model("if x.size[0] == 5 { relu } else { conv(3, 9x9) }"))
    assert [size for size in range(1, 12) if size in found] == [5, 9, 10, 11]
    assert found.few == (5,)


def test_no_size_at_all() -> None:
    found = legal(model("a: conv(4, 1x1) \n add(x, a)"))
    assert not found
    assert found.minimum is None
    assert found.nearest(32) == []


def test_a_spec_with_another_mistake_is_told_like_a_check() -> None:
    ways = answer(model("cnv(4, 3x3)")).exploration.ways
    assert [one.code for one in ways[0].diagnostics] == ["unknown-operator"]


def test_nearest() -> None:
    found = legal(model("d: maxpool(2x2) -> maxpool(2x2) \n u: upsample(4) \n add(x, u)"))
    assert (found.nearest(30), found.nearest(32), found.nearest(1)) == ([28, 32], [32], [4])


# ---- without loss


@pytest.mark.parametrize(
    ("body", "exact"),
    [
        ("maxpool(3x3, stride=3)", [3, 6, 9]),  # (7 - 3)/3 + 1 = 2.33
        ("maxpool(3x3, stride=3, ceil_mode=true)", [*range(1, 11)]),
        ("conv(4, 1x1, stride=2)", [*range(1, 11)]),  # a stride steps over rows on purpose
        ("conv(4, 7x7, stride=2, padding=3)", [*range(1, 11)]),  # padding is no loss
        ("maxpool(2x2) -> maxpool(2x2)", [4, 8]),
    ],
)
def test_sizes_that_lose_nothing(body: str, exact: list[int]) -> None:
    found = answer(model(body)).axes[0].exact
    assert [size for size in range(1, 11) if size in found] == exact
    assert found.proven


# ---- what comes out


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("conv(4, 7x7)", "H - 6"),
        ("conv(4, 3x3, stride=2, padding=1)", "floor((H + 1)/2)"),
        ("maxpool(2x2) -> maxpool(2x2)", "floor(H/4)"),
        ("upsample(3)", "3*H"),
        ("maxpool(2x2) -> upsample(2)", "2*floor(H/2)"),
        ("upsample(1.5)", "floor(3*H/2)"),
    ],
)
def test_output_as_a_formula(body: str, formula: str) -> None:
    found = next(one for one in answer(model(body)).outputs if one.axis == 0)
    assert found.formula is not None
    assert found.formula.text("H") == formula


# ---- several axes


def test_axes_are_answered_apart() -> None:
    found = answer(model("maxpool(2x5) -> conv(4, 3x1)"))
    assert [one.legal.minimum for one in found.axes] == [6, 5]
    assert found.independent


def test_inputs_that_must_agree() -> None:
    text = (
        "model m { input a: 3x32x32 \n input b: 3x32x32 \n"
        " p: a -> maxpool(2x2) \n q: b -> maxpool(2x2) \n add(p, q) }"
    )
    found = answer(text)
    assert not found.independent
    assert found.allows((8, 6, 9, 7))
    assert not found.allows((8, 6, 10, 7))
    assert [one.legal.minimum for one in found.axes] == [2, 2, 2, 2]
    assert render(found).splitlines()[-2:] == [
        "  a.H and b.H must fit each other",
        "  a.W and b.W must fit each other",
    ]


def test_sizes_that_only_their_product_rules_out() -> None:
    found = answer(model("reshape([-1, 6])"))
    assert not found.independent
    assert found.allows((3, 4))
    assert not found.allows((3, 5))


def test_square_only() -> None:
    found = answer(model("if x.size[0] == x.size[1] { relu } else { add(x, x -> conv(4, 1x1)) }"))
    assert not found.independent
    assert found.allows((31, 31))
    assert not found.allows((31, 32))
    assert render(found).splitlines()[-1] == "  H and W must be equal"


@pytest.mark.parametrize("shape", ["2x4000", "1x16x24x24"])
def test_other_ranks(shape: str) -> None:
    axes = answer(model("maxpool(4) -> maxpool(4)", shape)).axes
    assert {one.legal.minimum for one in axes} == {16}
    assert len(axes) == shape.count("x")


def test_a_vector_has_no_sizes() -> None:
    assert answer("model m { input x: [10] \n linear(4) }").axes == ()
