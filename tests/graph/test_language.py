"""What the language promises to be able to say: names, shapes and counts of what comes out.

The names are the prefixes of the ``state_dict`` keys.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl import Arch

ROOT = Path(__file__).parents[2]


def model(body: str, blocks: str = "", **settings: object) -> Arch:
    """A model without any diagnostics."""
    arch = archdsl.parse(f"{blocks}\nmodel m {{\n{body}\n}}", folder=ROOT / "specs", **settings)
    assert arch.diagnostics == ()
    return arch


def names(arch: Arch) -> list[str]:
    return [node.name for node in arch.graph.compute_nodes]


def shape(arch: Arch, name: str) -> str:
    return next(str(node.shape) for node in arch.graph.nodes if node.name == name)


def weights(arch: Arch) -> dict[str, tuple[int, ...]]:
    """The ``state_dict`` of the network: each key with its shape."""
    return {
        f"{node.name}.{name}": weight.shape
        for node in arch.graph.compute_nodes
        if node.module == node.index
        for name, weight in node.op.weights(
            *arch.graph.input_shapes(node), **arch.graph.ref_shapes(node)
        ).items()
    }


# ---- the zoo ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "key", "size"),
    [
        ("resnet50", "layer2.0.downsample.1.running_mean", (512,)),
        ("resnet50", "layer4.2.conv3.weight", (2048, 512, 1, 1)),
        ("vgg16", "features.28.weight", (512, 512, 3, 3)),
        ("vgg16", "classifier.6.bias", (1000,)),
        ("googlenet", "inception3a.branch2.1.conv.weight", (128, 96, 3, 3)),
        ("googlenet", "aux2.fc2.weight", (1000, 1024)),
        ("densenet121", "features.denseblock1.denselayer1.norm1.weight", (64,)),
        ("densenet121", "features.transition3.conv.weight", (512, 1024, 1, 1)),
    ],
)
def test_names_are_those_of_torchvision(spec: str, key: str, size: tuple[int, ...]) -> None:
    arch = archdsl.load(ROOT / f"specs/{spec}.arch")
    assert weights(arch)[key] == size


@pytest.mark.parametrize("spec", sorted((ROOT / "specs").glob("*.arch")), ids=lambda p: p.stem)
def test_specs_of_the_zoo_have_nothing_to_complain_about(spec: Path) -> None:
    assert archdsl.load(spec).diagnostics == ()


# ---- flow and names -----------------------------------------------------------------------------


def test_a_statement_goes_on_from_the_one_before_unless_it_names_a_value() -> None:
    arch = model(
        "input x: 3x32x32\n"
        "a: conv(8, 3x3)\n"
        "b: conv(16, 3x3)\n"
        "a -> c: conv(4, 1x1)\n"
        "in -> d: conv(2, 1x1)\n"
        "output one: concat(b, b)\noutput two: concat(c, c)\noutput three: d"
    )
    assert [shape(arch, name) for name in "abcd"] == ["8x30x30", "16x28x28", "4x30x30", "2x32x32"]


def test_children_without_a_label_are_numbered_among_all_children() -> None:
    arch = model(
        "input x: 3x32x32\n"
        "conv(8, 3x3) -> relu\n"
        "named: conv(8, 3x3) -> relu\n"
        "{ conv(8, 3x3) -> (relu -> tanh) }\n"
        "layer: { 2 * { conv(8, 3x3) -> bn } }"
    )
    assert names(arch) == [
        *("0", "1", "named", "3", "4", "5", "6"),
        *("layer.0", "layer.1", "layer.2", "layer.3"),
    ]


def test_a_block_hands_on_its_last_value_or_what_it_returns() -> None:
    arch = model(
        "input x: 3x32x32\nx -> first: last\nx -> second: returns\nl, r = x -> two\n"
        "output a: concat(first, second)\noutput b: add(l, r)",
        "block last { conv(4, 3x3) -> relu }\n"
        "block returns { a: conv(5, 3x3)\n b: relu\n return concat(a, b) }\n"
        "block two { return in -> relu, in -> tanh }",
    )
    assert arch.outputs == {"a": (14, 30, 30), "b": (3, 32, 32)}


def test_labels_are_computed_in_loops_and_open_paths() -> None:
    arch = model(
        "input x: 3x32x32\n"
        "for i in 1..=2 { denselayer{i}: relu }\n"
        "stage{1 + 1}.conv: conv(8, 1x1)\n"
        "stage2.bn: bn\n"
        "last: conv(stage2.conv.channels, 1x1)"
    )
    assert names(arch) == ["denselayer1", "denselayer2", "stage2.conv", "stage2.bn", "last"]


def test_a_label_before_a_value_names_the_step_behind_it() -> None:
    arch = model("input x: 3x32x32\nskip: x -> conv(4, 1x1)\nconcat(skip, x)")
    assert names(arch) == ["skip", "1"]


def test_names_inside_a_container_are_reached_through_it() -> None:
    arch = model(
        "input x: 3x32x32\n"
        "body: { a: conv(8, 3x3) -> b: conv(16, 3x3) }\n"
        "stem: cell\n"
        "concat(body.b -> conv(4, 3x3), stem.inner, stem)",
        "block cell { inner: conv(5, 3x3) -> relu }",
    )
    assert arch.outputs["out"] == (14, 26, 26)


def test_a_block_may_call_itself() -> None:
    arch = model(
        "input x: 8x64x64\nhourglass(3)",
        "block hourglass(depth) {\n"
        "  in -> maxpool(2x2) -> low: conv(8, 3x3, padding=1)\n"
        "  if depth > 1 { inner: hourglass(depth - 1) }\n"
        "  up: upsample(factor=2)\n"
        "  add(in, up)\n"
        "}",
    )
    assert shape(arch, "0.inner.inner.low") == "8x8x8"
    assert arch.outputs["out"] == (8, 64, 64)


# ---- merging ------------------------------------------------------------------------------------


def test_branches_all_take_the_current_value() -> None:
    arch = model(
        "input x: 3x32x32\n"
        "concat {\n"
        "  branch1: conv(4, 1x1)\n"
        "  branch2: { conv(6, 1x1) -> conv(8, 3x3, padding=1) }\n"
        "  in\n"
        "}"
    )
    assert names(arch) == ["branch1", "branch2.0", "branch2.1", "2"]
    assert arch.outputs["out"] == (15, 32, 32)


@pytest.mark.parametrize(
    ("bridge", "layers"),
    [("project(like=main)", ["conv", "bn"]), ("zero_pad_shortcut(like=main)", ["maxpool", "pad"])],
)
def test_what_bridges_a_difference_is_written_down(bridge: str, layers: list[str]) -> None:
    arch = model(
        "input x: 16x32x32\n"
        f"main: conv(64, 3x3, stride=2, padding=1)\nin -> skip: {bridge}\nadd(main, skip)"
    )
    assert arch.outputs["out"] == (64, 16, 16)
    made = [node.op.name for node in arch.graph.nodes if node.name.startswith("skip.")]
    assert made == layers


def test_a_bridge_between_equal_shapes_is_nothing() -> None:
    arch = model(
        "input x: 8x32x32\nmain: conv(8, 1x1)\nin -> skip: project(like=main)\nadd(main, skip)"
    )
    assert names(arch) == ["main", "2"]


def test_lists_of_values_flow_as_in_hrnet() -> None:
    arch = model(
        "input x: 3x64x64\n"
        "a: conv(18, 3x3, padding=1)\n"
        "b: conv(36, 3x3, stride=2, padding=1)\n"
        "c: conv(72, 3x3, stride=2, padding=1)\n"
        "stage: fuse([a, b, c], [18, 36, 72])\n"
        "concat([ y -> upsample(like=a) for y in stage ])",
        "block fuse(xs, widths) {\n"
        "  return [ relu(add([ fuse_layers.{i}.{j}: xs[j] -> resample(widths[i], j - i)\n"
        "                      for j in 0..len(xs) ]))\n"
        "           for i in 0..len(widths) ]\n"
        "}\n"
        "block resample(width, steps) {\n"
        "  if steps > 0 { conv(width, 1x1, bias=false) -> bn -> upsample(factor=2 ** steps) }\n"
        "  for k in 1..=-steps {\n"
        "    conv(width if k == -steps else in.channels, 3x3, stride=2, padding=1) -> bn\n"
        "  }\n"
        "}",
    )
    assert arch.outputs["out"] == (126, 64, 64)
    keys = weights(arch)
    assert keys["stage.fuse_layers.0.2.0.weight"] == (18, 72, 1, 1)
    assert keys["stage.fuse_layers.2.0.0.weight"] == (18, 18, 3, 3)
    assert keys["stage.fuse_layers.2.0.2.weight"] == (72, 18, 3, 3)
    assert not any(key.startswith("stage.fuse_layers.1.1") for key in keys)


# ---- blocks take anything -----------------------------------------------------------------------


def test_steps_are_arguments() -> None:
    arch = model(
        "input x: 16x32x32\n"
        "cell(8, 3x3)\n"
        "cell(8, 3x3, norm=groupnorm(4), act=leaky_relu(0.1))\n"
        "cell(8, 3x3, act={ relu -> dropout })\n"
        "cell(8, 3x3, norm=identity)",
        "block cell(width, kernel, norm = bn, act = relu) {\n"
        "  conv(width, kernel) -> norm: norm -> act\n}",
    )
    kinds = [node.op.name for node in arch.graph.compute_nodes]
    assert kinds == [
        *("conv", "bn", "relu", "conv", "groupnorm", "leaky_relu"),
        *("conv", "bn", "relu", "dropout", "conv", "identity", "relu"),
    ]
    assert names(arch)[:3] == ["0.0", "0.norm", "0.2"]


def test_values_of_the_network_are_arguments() -> None:
    arch = archdsl.load(ROOT / "specs/unet.arch")
    assert arch.outputs == {"out": (2, 388, 388)}


def test_inverted_residual() -> None:
    block = """
block inverted_residual(channels, stride, expand) {
    hidden = in.channels * expand
    conv: {
        if expand != 1 { conv_bn_relu6(hidden, 1x1) }
        conv_bn_relu6(hidden, 3x3, stride=stride, groups=hidden)
        conv(channels, 1x1, bias=false) -> bn
    }
    if stride == 1 and in.channels == channels { add(in, conv) }
}"""
    arch = model(
        "input x: 32x112x112\nfeatures: { inverted_residual(16, 1, 1) -> "
        "inverted_residual(24, 2, 6) -> inverted_residual(24, 1, 6) }",
        block,
    )
    keys = weights(arch)
    assert keys["features.0.conv.0.0.weight"] == (32, 1, 3, 3)
    assert keys["features.0.conv.1.weight"] == (16, 32, 1, 1)
    assert keys["features.1.conv.3.running_var"] == (24,)
    assert [node.op.name for node in arch.graph.nodes].count("add") == 1
    assert arch.outputs["out"] == (24, 56, 56)


def test_squeeze_excite() -> None:
    arch = model("input x: 64x28x28\nsqueeze_excite(16)")
    assert weights(arch)["0.fc1.weight"] == (4, 64, 1, 1)
    assert arch.outputs["out"] == (64, 28, 28)


# ---- structure is computed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 // 2 + 7 % 2", 4),
        ("2 ** 3 - 1", 7),
        ("int(0.25 * 16)", 4),
        ("max(3, 9) - min([4, 2])", 7),
        ("8 if 3 in [1, 2] else 9", 9),
        ("len([i for i in 0..10 if i % 3 == 0])", 4),
        ("[i * j for i in [1, 2] for j in [3, 4] if i != j][-1]", 8),
        ("sum([a * b for a, b in zip([1, 2], [3, 4])])", 11),
        ("[c for i, c in enumerate([5, 6])][1]", 6),
        ("(3x5 + 1)[1]", 6),
        ("4 if not (1 > 2 or false) and true else 5", 4),
        ("ceil(sqrt(15)) + floor(2.9) + round(1.6)", 8),
        ("divisible(37)", 40),
        ("divisible(37, by=10)", 40),
        ("x.channels + x.size[0] + x.shape[2] + x.rank", 3 + 32 + 32 + 2),
    ],
)
def test_expressions(expression: str, value: int) -> None:
    rounding = "fn divisible(v, by = 8) = max(by, (v + by // 2) // by * by)"
    assert model(f"input x: 3x32x32\nconv({expression}, 1x1)", rounding).outputs["out"][0] == value


def test_the_greatest_of_values_and_of_numbers_have_one_name() -> None:
    arch = model("input x: 3x8x8\na: conv(max(4, 2), 1x1)\nin -> b: conv(4, 1x1)\nmax(a, b)")
    assert [node.op.name for node in arch.graph.compute_nodes] == ["conv", "conv", "max"]


# ---- inputs, outputs, second results ------------------------------------------------------------


def test_several_inputs_and_outputs() -> None:
    arch = model(
        "input left: 3x64x64\ninput right: 3x64x64\n"
        "left -> a: conv(8, 3x3)\nright -> b: conv(8, 3x3)\n"
        "output sum: add(a, b)\noutput both: concat(a, b)\n"
        "train output aux: a -> aux: { global_avgpool -> flatten -> linear(10) }"
    )
    assert arch.inputs == {"left": (3, 64, 64), "right": (3, 64, 64)}
    assert arch.outputs == {"sum": (8, 62, 62), "both": (16, 62, 62)}
    assert list(arch.graph.train_outputs) == ["aux"]
    assert {node.name for node in arch.graph.nodes if node.train_only} == {
        "aux.0",
        "aux.1",
        "aux.2",
    }


def test_second_results() -> None:
    arch = model(
        "input x: 8x32x32\npool1: maxpool(2x2, return_indices=true)\n"
        "conv(8, 3x3, padding=1)\nmax_unpool(pool1.indices, 2x2)"
    )
    assert arch.outputs["out"] == (8, 32, 32)


def test_equal_results_are_taken_apart() -> None:
    arch = model(
        "input x: 8x32x32\nleft, right = in -> chunk(2)\nright -> r: conv(6, 1x1)\nconcat(left, r)"
    )
    assert arch.outputs["out"] == (10, 32, 32)


def test_shared_weights_are_there_once() -> None:
    arch = model(
        "input left: 3x32x32\ninput right: 3x32x32\n"
        "module enc: { conv(8, 3x3) -> bn }\n"
        "a = left -> enc\nb = right -> enc\nsub(a, b)"
    )
    assert list(weights(arch))[:2] == ["enc.0.weight", "enc.0.bias"]
    assert len(weights(arch)) == 7
    owners = [(node.name.partition("@")[0], node.module) for node in arch.graph.compute_nodes]
    assert owners[:4] == [("enc.0", 2), ("enc.1", 3), ("enc.0", 2), ("enc.1", 3)]


def test_shared_modules_within_shared_modules() -> None:
    arch = model(
        "input x: 3x32x32\nmodule outer: cell\nouter -> outer -> relu",
        "block cell {\n module inner: conv(3, 3x3, padding=1)\n inner -> inner -> bn\n}",
    )
    modules = [node.module for node in arch.graph.compute_nodes]
    assert modules == [1, 1, 3, 1, 1, 3, 7]


def test_keys_of_shared_modules_follow_the_order_of_declaration() -> None:
    arch = model(
        "input x: 3x32x32\nmodule late: conv(3, 1x1)\nmodule early: conv(3, 1x1)\n"
        "early -> late -> early"
    )
    assert [
        child.name if not isinstance(child, int) else arch.graph.nodes[child].name
        for child in arch.graph.root.children
    ][:2] == ["late", "early"]


@pytest.mark.parametrize("extent", ["1x16000", "3x224x224", "3x16x112x112"])
def test_any_rank(extent: str) -> None:
    arch = model(
        f"input x: {extent}\n"
        "conv(8, 3, padding=1) -> bn -> relu -> maxpool(2) -> upsample(factor=2)"
    )
    assert arch.outputs["out"][1:] == arch.inputs["x"][1:]


# ---- models, variants, files --------------------------------------------------------------------

FAMILY = """
model small(width = 8, depth = 1) {
    input x: 3x32x32
    depth * conv(width, 3x3, padding=1)
}
model deep = small(depth=4)
model wide = deep(width=64)
"""


def test_variants_of_variants() -> None:
    assert archdsl.parse(FAMILY, model="wide").outputs["out"] == (64, 32, 32)
    assert len(archdsl.parse(FAMILY, model="deep").graph.nodes) == 5
    assert archdsl.parse(FAMILY, model="wide", width=16, input="3x64x48").outputs["out"] == (
        16,
        64,
        48,
    )


def test_the_model_named_like_its_file_is_the_default() -> None:
    assert archdsl.parse(FAMILY, name="folder/deep.arch").name == "deep"
    assert archdsl.parse(FAMILY).name == "small"


def test_two_ways_to_one_file_are_no_conflict(tmp_path: Path) -> None:
    for name in ("left", "right"):
        text = f'use "base.arch"\nblock {name}(width) {{ cell(width) }}'
        (tmp_path / f"{name}.arch").write_text(text)
    (tmp_path / "base.arch").write_text("block cell(width) { conv(width, 3x3) }")
    text = 'use "left.arch"\nuse "right.arch"\nuse "base.arch"\n'
    text += "model m { input x: 3x32x32\n left(8) -> right(8) -> cell(8) }"
    arch = archdsl.parse(text, folder=tmp_path)
    assert arch.diagnostics == () and arch.outputs["out"] == (8, 26, 26)


def test_a_spec_may_redefine_what_the_prelude_and_the_operators_call_their_own() -> None:
    arch = model(
        "input x: 3x32x32\nrelu -> project(like=x)",
        "block relu { sigmoid }\nblock project(like) { conv(like.channels, 1x1) }",
    )
    assert [node.op.name for node in arch.graph.compute_nodes] == ["sigmoid", "conv"]


def test_initialisation_and_doc_comments_are_kept() -> None:
    arch = model(
        "/// the picture\ninput x: 3x32x32\n/// the stem\nstem: conv(8, 3x3)\n"
        'init {\n conv.weight: kaiming_normal(mode="fan_out", nonlinearity="relu")\n'
        ' "stem.bias": constant(0.5)\n}'
    )
    assert [(rule.selector, rule.parameter, rule.function) for rule in arch.graph.init] == [
        ("conv", "weight", "kaiming_normal"),
        ("stem", "bias", "constant"),
    ]
    assert [node.doc for node in arch.graph.nodes] == ["the picture", "the stem"]


def test_many_terms_and_many_items() -> None:
    assert model(f"input x: 3x8x8\nconv({'+'.join(['1'] * 5000)}, 1x1)").outputs["out"][0] == 5000
    many = ",".join(map(str, range(1, 20_001)))
    assert (
        model(f"input x: 3x8x8\nwidths = [{many}]\nconv(widths[-1], 1x1)").outputs["out"][0]
        == 20_000
    )


@pytest.mark.parametrize("value", [object(), {"a": 1}, float("nan"), float("inf"), 10**400, [[{}]]])
def test_settings_from_python_are_values_of_the_language(value: object) -> None:
    with pytest.raises(archdsl.ArchError) as caught:
        archdsl.parse(FAMILY, width=value)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["bad-setting"]


def test_a_computed_name_that_nothing_has_is_told() -> None:
    with pytest.raises(archdsl.ArchError) as caught:
        archdsl.parse("model m { input x: 3x8x8\n a1: relu\n for i in 1..3 { add(x, a{i}) } }")
    assert [(d.code, d.message) for d in caught.value.diagnostics] == [
        ("unknown-name", "nothing is named `a2` here")
    ]
