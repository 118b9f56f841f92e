"""Graphs built from Python are the graphs of specs: the same operators, checks and errors."""

import networkx
import pytest

import archdsl


def same_graph(one, other):
    """Node for node: names, operators, inputs, shapes, sharing; then inputs and outputs."""

    def facts(graph):
        return [
            (n.name, n.op, n.inputs, n.refs, n.shapes, n.module, n.train_only) for n in graph.nodes
        ]

    assert facts(one) == facts(other)
    assert (one.inputs, one.outputs) == (other.inputs, other.outputs)
    assert one.train_outputs == other.train_outputs
    assert one.init == other.init


def tiny():
    b = archdsl.Builder("tiny")
    x = b.input("image", "3x32x32")
    y = b.conv(x, 64, kernel=3, padding=1, name="conv1")
    y = b.add(y, b.conv(x, 64, kernel=1))
    return b.build(outputs=y)


def test_builder_makes_what_a_spec_makes():
    text = (
        "model tiny {\n input image: 3x32x32\n conv1: conv(64, 3, padding=1)\n"
        " skip = image -> conv(64, 1)\n add(conv1, skip)\n}"
    )
    same_graph(tiny().graph, archdsl.parse(text).graph)


def test_builder_goes_through_text_and_torch():
    arch = tiny()
    same_graph(arch.graph, archdsl.parse(arch.to_text()).graph)
    keys = list(arch.to_torch().state_dict())
    assert keys == ["conv1.weight", "conv1.bias", "1.weight", "1.bias"]


def test_scopes_second_results_and_prelude_blocks():
    b = archdsl.Builder("m")
    x = b.input("x", (4, 16, 16))
    with b.scope("enc"):
        pooled = b.maxpool(x, 2, return_indices=True, name="pool")
    y = b.max_unpool(pooled, pooled.indices, kernel=2)
    left, right = b.chunk(y, 2)
    z = b.concat([left, right])
    z = b.project(b.conv(z, 8, kernel=1), like=pooled, name="skip")
    assert (z.shape, z.channels, z.size) == ((4, 8, 8), 4, (8, 8))
    arch = b.build(outputs={"a": z, "b": left})
    assert arch.outputs == {"a": (4, 8, 8), "b": (2, 16, 16)}
    names = [node.name for node in arch.graph.nodes]
    assert "enc.pool" in names
    assert "skip.0" in names
    same_graph(arch.graph, archdsl.parse(arch.to_text()).graph)


def test_errors_stand_at_the_line_of_the_call():
    b = archdsl.Builder("m")
    x = b.input("x", "3x5x5")
    with pytest.raises(archdsl.ArchError) as caught:
        b.conv(x, 8, kernel=7)  # this line
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "window-too-large"
    assert diagnostic.help
    span = diagnostic.primary.span
    assert span.source.line(span.position[0]).strip().endswith("# this line")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda b, x: b.conv(x, 8, kernal=3), "unknown-argument"),
        (lambda b, x: b.conv(x, 8), "missing-argument"),
        (lambda b, x: b.conv(x, 0, kernel=3), "bad-argument"),
        (lambda b, x: b.add(x, b.conv(x, 8, kernel=1)), "shape-mismatch"),
        (lambda b, x: b.conv(x, 8, kernel=1, name="a b"), "bad-label"),
        (lambda b, x: b.input("x", "3x8x8"), "bad-input"),
        (lambda b, x: b.input("y", "3xWx8"), "bad-input"),
        (lambda b, x: b.build(outputs=[]), "nothing-computed"),
        (lambda b, x: b.build(outputs=3), "wrong-kind"),
        (lambda b, x: b.relu(archdsl.Builder("o").input("x", "3x8x8")), "wrong-kind"),
    ],
)
def test_mistakes_are_diagnostics(call, code):
    b = archdsl.Builder("m")
    x = b.input("x", "3x8x8")
    with pytest.raises(archdsl.ArchError) as caught:
        call(b, x)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_unknown_operator_is_an_attribute_error_with_a_suggestion():
    with pytest.raises(AttributeError, match="did you mean `conv`"):
        _ = archdsl.Builder("m").cnv


@pytest.mark.parametrize(
    "name", ["lenet5", "vgg16", "resnet50", "googlenet", "densenet121", "unet"]
)
def test_specs_go_through_flat_text(name):
    arch = archdsl.load(f"specs/{name}.arch")
    same_graph(arch.graph, archdsl.parse(arch.to_text()).graph)


def test_everything_goes_through_flat_text():
    """Shared modules, lists, second results, several inputs and outputs, initialisation."""
    text = """
    /// Odd parts, all in one.
    model odd {
        input l: 3x16x16
        input r: 3x16x16
        module enc: { conv(4, 3x3, padding=1) -> bn -> relu }
        a = l -> enc
        b = r -> enc
        pool: maxpool(2, return_indices=true)
        max_unpool(pool.indices, 2)
        up, down = in_both -> chunk(2)
        concat([a, b, up]) -> c.0.x: conv(3, 1x3, padding=0x1)
        /// the middle
        pad(channels=[1, 2]) -> crop([8, 8]) -> drop_path(0.25) -> upsample(2, mode="bilinear")
        train output aux: c[0].x -> global_avgpool -> flatten -> aux_head: linear(7)
        output main: add(b, b)
        init { conv: kaiming_normal(mode="fan_out")
               "c.*.bias": constant(0.25) }
    }
    """.replace("in_both", "b")
    arch = archdsl.parse(text)
    again = archdsl.parse(arch.to_text())
    same_graph(arch.graph, again.graph)
    assert again.graph.doc == "Odd parts, all in one."
    assert again.to_text() == arch.to_text()


def test_networkx_graph():
    graph = tiny().graph.nx
    assert isinstance(graph, networkx.MultiDiGraph)
    assert networkx.is_directed_acyclic_graph(graph)
    assert list(graph.predecessors("2")) == ["conv1", "1"]
    assert graph.nodes["conv1"]["op"] == "conv"
    assert graph.edges["image", "conv1", 0] == {"shape": (3, 32, 32), "argument": 0}


def test_variants_and_settings_may_name_blocks_of_the_file():
    text = """
    block narrow { conv(2, 1x1) }
    block wide { conv(8, 1x1) }
    model m(unit = narrow) { input x: 3x8x8
        unit }
    model w = m(unit=wide)
    """
    assert archdsl.parse(text, model="m").outputs["out"] == (2, 8, 8)
    assert archdsl.parse(text, model="w").outputs["out"] == (8, 8, 8)
    assert archdsl.parse(text, model="m", unit="wide").outputs["out"] == (8, 8, 8)


def test_a_call_that_failed_leaves_nothing_behind():
    b = archdsl.Builder("m")
    x = b.input("x", "3x32x32")
    for bad in (
        lambda: b.conv(x, 8, kernel=40, name="c"),
        lambda: b.conv(x, 8, kernel=3, name="x"),
        lambda: b.squeeze_excite(x, reduction=0, name="se"),
    ):
        with pytest.raises(archdsl.ArchError):
            bad()
    y = b.conv(x, 8, kernel=3, name="c")
    arch = b.build(outputs=b.squeeze_excite(y, reduction=2, name="se"))
    assert [node.name for node in arch.graph.nodes][:2] == ["x", "c"]
    assert arch.graph.nodes[2].name == "se.0"
    same_graph(arch.graph, archdsl.parse(arch.to_text()).graph)
    with pytest.raises(archdsl.ArchError, match="the output `out` is an input"):
        b.build(outputs=x)


def test_shapes_and_numbers_from_python():
    numpy = pytest.importorskip("numpy")
    arch = archdsl.load("specs/resnet50.arch", input=(3, 64, 64), classes=numpy.int64(7))
    assert repr(arch) == "<Arch resnet50: 3x64x64 -> 7>"
    assert str(arch.profile()).startswith("resnet50: 3x64x64 -> 7")


def test_children_without_a_label_are_reached_by_their_number():
    text = """
    model m { input x: 4x8x8
        body: { conv(4, 3x3, padding=1) -> relu
                2 * (conv(4, 3x3, padding=1) -> relu) }
        units: { 2 * squeeze_excite(2) }
        add(body[2], body, units[0], units[1])
        mul(body[4], units[1].gate) }
    """
    arch = archdsl.parse(text)
    nodes = {node.name: node for node in arch.graph.nodes}
    assert [v.node for v in nodes["2"].inputs[:2]] == [nodes["body.2"].index, nodes["body.5"].index]
    assert nodes["3"].inputs[0].node == nodes["body.4"].index
    with pytest.raises(archdsl.ArchError, match="`body` has no child `9`"):
        archdsl.parse(text.replace("body[2]", "body[9]"))
