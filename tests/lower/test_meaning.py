"""The emitted source computes what its graph says, whatever shape the spec has."""

import ast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl
from tests.graph.test_builder import same_graph
from tests.lower.interpreter import run
from tests.reference import fill


def classes(arch):
    tree = ast.parse(arch.to_source())
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def check(arch):
    """Keys as the graph names them, and outputs as the interpreter finds them, in both modes."""
    module = arch.to_torch().double()
    names = [
        f"{node.name}.{weight}"
        for node in map(arch.graph.nodes.__getitem__, arch.graph.root.nodes())
        if node.module == node.index and node.name not in arch.graph.inputs
        for weight in node.op.weights(*arch.graph.input_shapes(node), **arch.graph.ref_shapes(node))
    ]
    assert list(module.state_dict()) == names
    fill(module)
    state = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    generator = torch.Generator().manual_seed(0)
    images = [
        torch.randn((2, *shape), generator=generator, dtype=torch.float64)
        for shape in arch.inputs.values()
    ]
    before = [image.clone() for image in images]
    random = any("drop" in node.op.name for node in arch.graph.nodes)
    for train in (False,) if random else (False, True):
        with torch.no_grad():
            made = module.train(train)(*images)
            module.load_state_dict(state)
            expected = run(arch.graph, state, images, train)
        made = made if isinstance(made, dict) else {next(iter(expected)): made}
        assert list(made) == list(expected)
        for name in expected:
            torch.testing.assert_close(made[name], expected[name])
    assert all(torch.equal(image, copy) for image, copy in zip(images, before, strict=True))


INVERTED = """
block inverted_residual(channels, stride, expand) {
    hidden = in.channels * expand
    conv: {
        if expand != 1 { conv_bn_relu6(hidden, 1x1) }
        conv_bn_relu6(hidden, 3x3, stride=stride, groups=hidden)
        conv(channels, 1x1, bias=false) -> bn
    }
    if stride == 1 and in.channels == channels { add(in, conv) }
}
"""

HOURGLASS = """
block hourglass(depth, channels) {
    up: conv(channels, 3x3, padding=1)
    in -> maxpool(2x2) -> down: conv(channels, 3x3, padding=1)
    if depth > 1 { inner: hourglass(depth - 1, channels) }
    conv(channels, 3x3, padding=1) -> low: upsample(2)
    add(up, low)
}
"""

FUSE = """
block resample(channels, by) {
    if by > 0 { conv(channels, 1x1) -> upsample(2 ** by) }
    for i in 0..0 - by { conv(channels, 3x3, stride=2, padding=1) }
}
block fuse(xs, widths) {
    return [ relu(add([ fuse_layers.{i}.{j}: xs[j] -> resample(widths[i], j - i)
                        for j in 0..len(xs) ]))
             for i in 0..len(widths) ]
}
"""

CASES = {
    "branches of if": (
        INVERTED + "model m { input x: 4x16x16\n inverted_residual(4, 1, 1)\n"
        "inverted_residual(4, 1, 6)\n inverted_residual(8, 2, 6)\n inverted_residual(8, 1, 2) }",
        ["ConvBnRelu6", "InvertedResidual", "M"],
    ),
    "an optional block inside": (
        "block unit(width, gate = false, act = true) {\n conv: conv(width, 3x3, padding=1)\n"
        "if gate { se: squeeze_excite(2) }\n if act { relu } else { tanh }\n add(in, in) }\n"
        "model m { input x: 4x8x8\n a: unit(4)\n b: unit(4, gate=true)\n c: unit(8, act=false) }",
        None,
    ),
    "if and else": (
        "block unit(width, wide = false) {\n"
        "if wide { conv: conv(width, 5x5, padding=2) } else { small: conv(width, 3x3, padding=1) }"
        "\n bn: bn -> relu }\n"
        "model m { input x: 4x8x8\n a: unit(4)\n b: unit(6, wide=true)\n c: unit(6) }",
        None,
    ),
    "a condition that no class can know": (
        "block unit(width) {\n conv: conv(width, 3x3, stride=2, padding=1)\n"
        "if in.size[0] > 8 { more: conv(width, 3x3, padding=1) }\n relu }\n"
        "model m { input x: 4x32x32\n a: unit(4)\n b: unit(6)\n c: unit(8) }",
        ["Unit", "M"],
    ),
    "recursion": (
        HOURGLASS + "model m { input x: 4x16x16\n h: hourglass(3, 4) }",
        ["Hourglass", "Hourglass2", "Hourglass3", "M"],
    ),
    "lists of streams": (
        FUSE + "model m { input x: 4x16x16\n a: conv(4, 3x3, padding=1)\n"
        "b: conv(8, 3x3, stride=2, padding=1)\n c: conv(16, 3x3, stride=2, padding=1)\n"
        "ys = fuse([a, b, c], [4, 8, 16])\n ys = fuse(ys, [4, 8])\n"
        "output one: ys[0]\n output two: ys[1] }",
        None,
    ),
    "projections and identities": (
        "block unit(width, stride = 1) { a: conv(width, 3x3, stride=stride, padding=1) -> b: bn\n"
        "in -> skip: project(like=b)\n add(b, skip) -> relu }\n"
        "model m { input x: 4x16x16\n one: { 2 * unit(4) }\n"
        "two: { unit(8, stride=2) -> 3 * unit(8) } }",
        ["Project", "Unit", "M"],
    ),
    "growing widths in a loop": (
        "block layer(growth) { norm: bn -> relu -> conv: conv(growth, 3x3, padding=1)\n"
        "concat(in, conv) }\n"
        "block dense(layers, growth) { for i in 1..=layers { layer{i}: layer(growth) } }\n"
        "model m(growth = 2) { input x: 4x8x8\n a: dense(3, growth)\n b: dense(4, growth) }",
        ["Layer", "Dense", "M"],
    ),
    "kernels as parameters": (
        "block unit(channels, kernel, padding = 0) { conv: conv(channels, kernel, padding=padding)"
        " -> bn: bn(eps=0.001) -> relu }\n"
        "model m { input x: 3x16x16\n a: unit(4, 1x7, padding=0x3)\n b: unit(4, 3, padding=1)\n"
        "c: unit(6, 3x3)\n d: unit(6, 1) }",
        ["Unit", "M"],
    ),
    "steps as parameters": (
        "block unit(channels, norm = bn, act = relu) { conv: conv(channels, 3x3) -> norm: norm\n"
        "act }\n"
        "model m { input x: 4x16x16\n a: unit(4)\n b: unit(8, norm=groupnorm(2))\n"
        "c: unit(8, act=leaky_relu(0.2))\n d: unit(4, act={ bn -> silu }) }",
        None,
    ),
    "values as parameters": (
        "block up(channels, skip) { up: conv_transpose(channels, 2x2, stride=2)\n"
        "concat(skip -> crop(like=up), up)\n conv: conv(channels, 3x3) -> relu }\n"
        "model m { input x: 2x20x20\n a: conv(4, 3x3) -> relu\n maxpool(2x2) -> b: conv(8, 3x3)\n"
        "maxpool(2x2) -> up(8, skip=b)\n up(4, skip=a) }",
        ["Up", "M"],
    ),
    "second results": (
        "model m { input x: 4x8x8\n conv(4, 3x3, padding=1)\n p1: maxpool(2, return_indices=true)\n"
        "p2: maxpool(2, return_indices=true)\n max_unpool(p2.indices, 2) -> relu\n"
        "max_unpool(p1.indices, 2) }",
        ["M"],
    ),
    "results taken apart": (
        "block unit { left, right = in -> chunk(2)\n right -> conv: conv(right.channels, 3x3, "
        "padding=1)\n concat(left, conv) -> channel_shuffle(2) }\n"
        "model m { input x: 8x8x8\n 3 * unit }",
        ["Unit", "M"],
    ),
    "shared weights": (
        "block enc(width) { conv: conv(width, 3x3, padding=1) -> bn: bn -> relu }\n"
        "model m { input l: 3x8x8\n input r: 3x8x8\n module enc: enc(4)\n"
        "module head: conv(2, 1x1)\n"
        "a = l -> enc\n b = r -> enc\n output one: a -> head\n output two: sub(a, b) -> head }",
        ["Enc", "M"],
    ),
    "training outputs": (
        "block head(classes) { global_avgpool -> flatten -> fc: linear(classes) }\n"
        "model m { input x: 3x16x16\n trunk: conv(4, 3x3) -> relu\n"
        "train output aux: aux: head(3)\n conv: conv(6, 3x3) -> main: head(5) }",
        ["Head", "M"],
    ),
    "one and three dimensions": (
        "block unit(width) { conv(width, 3, padding=1) -> bn -> relu -> maxpool(2) }\n"
        "model m { input sound: 2x32\n input film: 2x8x8x8\n"
        "a = sound -> 2 * unit(4) -> global_avgpool -> flatten\n"
        "b = film -> one: unit(4) -> two: unit(6) -> global_avgpool -> flatten\n"
        "concat(a, b) -> linear(3) }",
        None,
    ),
    "unlabelled modules beside a skip": (
        "block unit(width) { conv(width, 3x3, padding=1) -> bn -> relu -> conv(width, 3x3, "
        "padding=1) -> a: bn\n add(in, a) -> relu }\n"
        "model m { input x: 4x8x8\n 2 * unit(4) }",
        ["Unit", "M"],
    ),
    "numbers that shift where a branch is missing": (
        "block unit(width, deep = false) {\n conv(width, 3x3, padding=1)\n if deep { relu }\n"
        "g2: { conv(width, 1x1) -> relu }\n g3: { conv(width, 1x1) -> relu }\n"
        "conv(width, 1x1) }\n"
        "model m { input x: 4x6x6\n unit(2, deep=true)\n unit(2) }",
        None,
    ),
    "names computed and read in loops": (
        "block ladder(depth, width) {\n"
        "for i in 1..=depth { down{i}: conv(width, 3x3, stride=2, padding=1) -> relu }\n"
        "for i in reversed(1..depth) {\n"
        "upsample(like=down{i}) -> up{i}: conv(width, 3x3, padding=1) -> add(down{i}) } }\n"
        "model m { input x: 4x16x16\n ladder(3, 4) }",
        ["Ladder", "M"],
    ),
    "both branches name the same children": (
        "block unit(channels, stride) {\n half = channels // 2\n"
        "if stride == 1 {\n left, right = in -> chunk(2)\n"
        "right -> branch2: { conv(half, 1x1) -> bn -> relu }\n concat(left, branch2)\n} else {\n"
        "in -> branch1: { conv(half, 3x3, stride=2, padding=1) -> bn }\n"
        "in -> branch2: { conv(half, 1x1) -> conv(half, 3x3, stride=2, padding=1) }\n"
        "concat(branch1, branch2) }\n channel_shuffle(2) }\n"
        "model m { input x: 4x16x16\n unit(8, 2) -> unit(8, 1) -> unit(16, 2) }",
        ["Unit", "M"],
    ),
    "conditions within conditions": (
        "block unit(w, a = 0, b = 0) {\n c: conv(w, 3x3, padding=1)\n"
        "if a > 0 { ca: conv(w, 1x1)\n"
        "if b > 0 { cb: conv(w, 1x1) -> relu } else { cc: conv(w, 1x1) -> sigmoid }\n"
        "if not (b == 2) { cd: bn } else if a == 2 { ce: bn -> tanh } else { cf: bn }\n"
        "} else { if b > 0 { cg: conv(w, 1x1) } }\n"
        "if (a > 0 or b > 0) and w > 3 { ci: conv(w, 1x1) }\n add(in, in) }\n"
        "model m { input x: 4x8x8\n unit(4) -> unit(4, a=1) -> unit(4, a=1, b=1) -> unit(4, b=1)\n"
        "unit(4, a=2, b=2) -> unit(4, a=1, b=2) -> unit(3) -> unit(3, b=1) }",
        ["Unit", "M"],
    ),
    "a condition in a loop of the model": (
        "model m { input x: 3x8x8\n for i in 0..3 {\n"
        "if i == 0 { stem.{i}: conv(4, 1x1) } else { stem.{i}: bn -> relu }\n"
        "stage.{i}: conv(4, 3x3, padding=1) } }",
        ["M"],
    ),
    "steps made in a block further out": (
        "block unit(w, k = 3) { conv(w * k, 1x1) -> conv(w, k, padding=k // 2) -> relu }\n"
        "block outer(step, w) { a: step -> b: step -> c: unit(w) }\n"
        "block outest(w, k) { outer(unit(w, k=k), 2 * w) -> outer({ conv(w, 1x1) -> bn }, w) }\n"
        "model m(w = 4) { input x: 3x8x8\n p: outest(w, 3) -> q: outest(w + 2, 5) }",
        None,
    ),
    "shared modules in a loop in a block": (
        "block pyramid(w, n) {\n module cls: { conv(w, 3x3, padding=1) -> relu }\n"
        "module fin: conv(2, 1x1)\n y = in\n outs = []\n"
        "for i in 0..n { y = y -> cls\n outs = outs + [y -> fin]\n y = y -> maxpool(2) }\n"
        "return outs }\n"
        "model m { input x: 4x16x16\n ys = x -> a: pyramid(4, 3)\n"
        "zs = ys[1] -> c: conv(6, 1x1) -> b: pyramid(6, 2)\n"
        "output one: ys[0]\n output two: ys[2]\n output three: zs[1] }",
        None,
    ),
    "attributes beside children of the same name": (
        "block unit(w, wide) { in_channels: conv(w, 1x1) -> with_pad: relu\n"
        "pad(channels=[in.channels, 0]) -> pad(channels=[w, wide])\n"
        "if wide > 1 { pad(channels=[wide, w]) }\n wide: conv(3, 1x1) }\n"
        "model m { input x: 3x8x8\n unit(2, 1) -> unit(3, 2) -> unit(3, 4) }",
        ["Unit", "M"],
    ),
    "training outputs of all kinds, and labels that are words": (
        "block head(c) { block: { conv(c, 1x1) -> relu } -> global_avgpool -> fc: flatten }\n"
        "model m { input x: 3x8x8\n train output early: early: head(3)\n"
        "trunk: conv(4, 3x3) -> relu\n train output seen: trunk\n"
        "train output late: late: head(3)\n output feature: relu\n output main: main: head(3)\n"
        "train output both: add(main, late) }",
        ["Head", "M"],
    ),
    "a shared block that merges": (
        "block cell(w) { in -> g: conv(w, 3x3, padding=1) -> gs: sigmoid\n"
        "in -> h: conv(w, 3x3, padding=1) -> tanh\n mul(gs, in) }\n"
        "model m(steps = 3) { input x: 4x8x8\n module c: cell(4)\n h = x\n"
        "for t in 0..steps { h = add(h -> c, x) -> relu }\n output one: h\n output two: h -> c }",
        ["Cell", "M"],
    ),
    "names of the generated source": (
        "block DropPath(w) { conv(w, 1x1) -> drop_path(0.1) }\n"
        "block Tensor(w) { conv(w, 1x1) -> relu }\n"
        "model m { input image: 3x16x16\n center_crop: conv(4, 3x3)\n"
        "functools: conv(4, 3x3, padding=1)\n"
        "image -> crop(like=functools) -> Tensor: conv(4, 1x1)\n"
        "small = functools -> crop(like=center_crop)\n"
        "max(small, center_crop, Tensor -> crop(like=small))\n"
        "DropPath(4) -> Tensor(3) -> crop([4, 4]) }",
        None,
    ),
    "groups with names": (
        "model m { input x: 4x8x8\n body: { a: conv(4, 3x3, padding=1) -> b: bn\n"
        "add(in, b) -> relu }\n inner.0.left: conv(3, 1x1)\n inner.0.right: conv(3, 1x1)\n"
        "add(inner[0].left, inner[0].right) }",
        ["MBody", "M"],
    ),
    "groups that may hand on what flows in": (
        "block tree(levels, width) {\n"
        "in -> skip: { if in.channels != width { conv(width, 1x1) } }\n"
        "if levels == 1 { in -> left: conv(width, 3x3, padding=1)\n add(skip, left) }\n"
        "else { left: tree(levels - 1, width)\n right: tree(levels - 1, width)\n"
        "add(skip, left, right) } }\n"
        "model m { input x: 3x8x8\n tree(2, 8) }",
        ["Tree", "Tree2", "M"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_source_means_the_graph(name):
    text, expected = CASES[name]
    arch = archdsl.parse(text)
    check(arch)
    same_graph(arch.graph, archdsl.parse(arch.to_text()).graph)
    if expected is not None:
        assert classes(arch) == expected


def test_conditions_are_written_as_the_spec_has_them():
    source = archdsl.parse(CASES["branches of if"][0]).to_source()
    assert "self.with_add = stride == 1 and in_channels == channels" in source
    assert "*([ConvBnRelu6(in_channels, expand * in_channels, 1, 0)] if expand != 1 else [])" in (
        " ".join(source.split())
    )


@st.composite
def networks(draw):
    """A random spec: blocks with conditions and skips, repeats, groups, merges."""
    widths = st.sampled_from([2, 4, 6])
    lines = []
    for block in range(draw(st.integers(1, 3))):
        body = []
        for step in range(draw(st.integers(1, 4))):
            label = f"s{step}: " if draw(st.booleans()) else ""
            kind = draw(st.sampled_from(["conv", "bn", "act", "skip", "if", "group", "inner"]))
            if kind == "conv":
                body.append(f"{label}conv(width, 3x3, padding=1)")
            elif kind == "bn":
                body.append(f"{label}bn -> relu")
            elif kind == "act":
                body.append(label + draw(st.sampled_from(["relu", "sigmoid", "leaky_relu(0.1)"])))
            elif kind == "skip":
                body.append(f"k{step} = in -> q{step}: conv(width, 1x1)")
                body.append(f"p{step}: conv(width, 3x3, padding=1) -> add(k{step})")
            elif kind == "if":
                test = draw(st.sampled_from(["deep", "width > 3", "not deep", "in.channels == 4"]))
                inside = draw(
                    st.sampled_from(["relu", "bn", "i{}: conv(width, 1x1)", "add(in, in)"])
                )
                body.append(f"if {test} {{ {inside.format(step)} }}")
            elif kind == "group":
                body.append(f"g{step}: {{ conv(width, 1x1) -> relu -> conv(width, 1x1) }}")
            elif block:
                other = draw(st.integers(0, block - 1))
                deep = draw(st.sampled_from(["deep", "true"]))
                body.append(f"{label}b{other}({draw(widths)}, deep={deep})")
        body.append("conv(width, 1x1)")
        joined = "\n    ".join(body)
        lines.append(f"block b{block}(width, deep = false) {{\n    {joined}\n}}")
    calls = []
    for index in range(draw(st.integers(1, 5))):
        block = draw(st.integers(0, len(lines) - 1))
        times = draw(st.sampled_from(["", "", "2 * "]))
        label = f"c{index}: " if not times and draw(st.booleans()) else ""
        deep = draw(st.sampled_from(["true", "false"]))
        calls.append(f"    {label}{times}b{block}({draw(widths)}, deep={deep})")
    return "\n".join([*lines, "model m {", "    input x: 4x6x6", *calls, "}"])


@settings(max_examples=60, deadline=None)
@given(networks())
def test_random_networks(text):
    check(archdsl.parse(text))
