"""The source that comes out: how it reads, and what it promises."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.graph.reserved import MODULE_ATTRIBUTES, is_reserved
from tests.work import steps

NAMES = ["densenet121", "googlenet", "lenet5", "resnet50", "unet", "vgg16"]
SPECS = [Path(f"specs/{name}.arch") for name in NAMES]


def small(name: str) -> str | None:
    return {"unet": "1x220x220"}.get(name)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_source_is_formatted_and_clean(path):
    """As a reviewer's tools want it: the formatter changes nothing, the linter finds nothing."""
    source = archdsl.load(path).to_source()
    ruff = [sys.executable, "-m", "ruff"]
    common = {"input": source, "text": True, "capture_output": True}
    formatted = subprocess.run([*ruff, "format", "--line-length", "100", "-"], **common)
    assert formatted.stdout == source
    rules = ["--select", "E,F,B,I,UP,SIM,C4", "--line-length", "100", "-"]
    linted = subprocess.run([*ruff, "check", "--isolated", *rules], **common)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_imports_nothing_of_ours(path):
    tree = ast.parse(archdsl.load(path).to_source())
    modules = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    } | {n.module.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert modules <= {"torch", "collections", "fnmatch", "functools"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_keys_are_the_names_of_the_graph(path):
    arch = archdsl.load(path)
    keys = []
    for node in arch.graph.compute_nodes:
        if node.module == node.index:
            weights = node.op.weights(*arch.graph.input_shapes(node))
            keys += [(f"{node.name}.{name}", weight.shape) for name, weight in weights.items()]
    state = arch.to_torch().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == keys


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_forward_and_backward(path):
    """Shapes as the graph says, in both modes, and a gradient for every parameter."""
    arch = archdsl.load(path, input=small(path.stem))
    module = arch.to_torch()
    images = [torch.randn(2, *shape) for shape in arch.inputs.values()]
    made = module.train()(*images)
    made = made if isinstance(made, dict) else {"out": made}
    trained = {name: arch.graph.shape(v) for name, v in arch.graph.train_outputs.items()}
    assert {name: tuple(t.shape[1:]) for name, t in made.items()} == arch.outputs | trained
    sum(tensor.sum() for tensor in made.values()).backward()
    assert all(parameter.grad is not None for parameter in module.parameters())
    with torch.no_grad():
        evaluated = module.eval()(*images)
    evaluated = evaluated if isinstance(evaluated, dict) else {"out": evaluated}
    assert {name: tuple(t.shape[1:]) for name, t in evaluated.items()} == arch.outputs


def test_one_class_for_each_block():
    tree = ast.parse(archdsl.load("specs/resnet50.arch").to_source())
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert classes == ["Project", "Bottleneck", "Resnet50"]


def test_blocks_are_real_submodules():
    module = archdsl.load("specs/resnet50.arch").to_torch().eval()
    seen = []
    block = module.layer1[0]
    block.register_forward_hook(lambda m, args, out: seen.append((tuple(out.shape), m)))
    block.conv2.register_forward_hook(lambda m, args, out: seen.append((tuple(out.shape), m)))
    with torch.no_grad():
        module(torch.zeros(1, 3, 64, 64))
    assert seen == [((1, 64, 16, 16), block.conv2), ((1, 256, 16, 16), block)]


def test_parameters_of_the_model_are_arguments():
    source = archdsl.load("specs/resnet50.arch").to_source()
    space: dict = {}
    exec(source, space)
    assert space["Resnet50"](classes=7).fc.out_features == 7


def test_reserved_names_are_those_of_torch():
    """An instance has a few attributes that its class lacks."""
    names = {*dir(torch.nn.Module), *dir(torch.nn.Module())}
    assert {name for name in names if not name.startswith("__")} == MODULE_ATTRIBUTES
    assert all(map(is_reserved, names))


def test_in_place_changes_nothing():
    """The same weights with every in-place flag cleared: the same outputs and gradients."""
    for name in ("resnet50", "densenet121"):
        arch = archdsl.load(f"specs/{name}.arch", input="3x64x64")
        fast, plain = arch.to_torch().double(), arch.to_torch().double()
        plain.load_state_dict(fast.state_dict())
        flagged = [m for m in plain.modules() if getattr(m, "inplace", False)]
        assert flagged
        for module in flagged:
            module.inplace = False
        image = torch.randn(2, 3, 64, 64, dtype=torch.float64)
        one, two = fast(image), plain(image)
        assert torch.equal(one, two)
        one.sum().backward()
        two.sum().backward()
        for ours, theirs in zip(fast.parameters(), plain.parameters(), strict=True):
            assert torch.equal(ours.grad, theirs.grad)


def build(text: str, **settings):
    return archdsl.parse(f"model m {{\n{text}\n}}", **settings)


@pytest.mark.parametrize(
    ("first", "in_place"),
    [
        ("conv(4, 1x1)", True),
        ("bn", True),
        ("sigmoid", False),  # its gradient needs its output
        ("identity", False),  # may hand on its input
        ("dropout", False),
        ("conv(4, 1x1) -> a: bn", False),  # somebody else reads it
    ],
)
def test_relu_writes_over_its_input_only_where_that_is_safe(first, in_place):
    last = "\nadd(a, r)" if "a:" in first else ""
    source = build(f"input x: 4x8x8\n{first} -> r: relu{last}").to_source()
    assert ("inplace=True" in source) == in_place


def test_relu_of_an_input_leaves_it_alone():
    module = build("input x: 4x8x8\nrelu").to_torch()
    image = torch.randn(1, 4, 8, 8)
    before = image.clone()
    module(image)
    assert torch.equal(image, before)


def test_shared_module_is_one_set_of_weights():
    arch = build(
        "input l: 3x8x8\ninput r: 3x8x8\nmodule enc: { conv(4, 3x3) -> bn -> relu }\n"
        "a = l -> enc\nb = r -> enc\nconcat(a, b)"
    )
    module = arch.to_torch().eval()
    assert list(module.state_dict())[:2] == ["enc.0.weight", "enc.0.bias"]
    assert len(list(module.parameters())) == 4
    left, right = torch.randn(1, 3, 8, 8), torch.randn(1, 3, 8, 8)
    with torch.no_grad():
        assert torch.equal(module(left, right)[:, :4], module.enc(left))
        assert torch.equal(module(left, right)[:, 4:], module.enc(right))


NAMES = ["class", "lambda", "self", "torch", "nn", "F", "print", "x", "OrderedDict", "None_"]


@pytest.mark.parametrize("name", NAMES)
def test_names_never_become_code(name):
    """As a label, a parameter, a block and an input: a variable, or a key, nothing more."""
    text = (
        f"block {name}({name} = 4) {{ {name}: conv({name}, 3x3) -> bn -> relu }}\n"
        f"model m {{\n input {name}_in: 3x8x8\n a: {name}(4)\n b: {name}(6) -> {name}: relu\n}}"
    )
    arch = archdsl.parse(text)
    module = arch.to_torch()
    assert next(key for key in module.state_dict() if key.startswith("b.")) == f"b.{name}.weight"
    assert module(torch.zeros(2, 3, 8, 8)).shape == (2, 6, 4, 4)


@pytest.mark.parametrize("name", ["forward", "train", "type", "_modules", "__init__", "training"])
def test_names_that_modules_have_are_refused(name):
    with pytest.raises(archdsl.ArchError, match=f"PyTorch modules have a `{name}` of their own"):
        build(f"input x: 3x8x8\n{name}: conv(4, 3x3)")


def test_doc_comments_cannot_end_a_docstring():
    text = '/// """; import os; os.abort(); """ \\\nmodel m { input x: 3x8x8\n conv(4, 3x3) }'
    space: dict = {}
    exec(archdsl.parse(text).to_source(), space)
    assert "os.abort" in space["M"].__doc__


def test_initialisation_is_written_out():
    arch = build(
        "input x: 3x8x8\na: conv(4, 3x3) -> b: bn -> relu\nc: conv(2, 1x1)\n"
        'init {\n conv: kaiming_normal(mode="fan_out")\n c.bias: constant(0.5)\n "b": zeros\n}'
    )
    torch.manual_seed(0)
    module = arch.to_torch()
    assert module.b.weight.eq(0).all()
    assert module.c.bias.eq(0.5).all()
    torch.manual_seed(0)
    expected = torch.nn.Conv2d(3, 4, 3)
    bound = expected.weight.abs().max()
    assert module.a.weight.abs().max() > bound  # no longer PyTorch's uniform default


def test_several_outputs_are_a_dictionary():
    arch = build(
        "input x: 3x8x8\ntrunk: conv(4, 3x3)\noutput a: conv(2, 1x1)\noutput b: trunk -> relu"
    )
    made = arch.to_torch()(torch.zeros(1, 3, 8, 8))
    assert {name: tuple(t.shape) for name, t in made.items()} == {
        "a": (1, 2, 6, 6),
        "b": (1, 4, 6, 6),
    }


def test_dead_values_are_freed():
    source = archdsl.load("specs/unet.arch").to_source()
    lines = [line.strip() for line in source.splitlines()]
    use = next(i for i, line in enumerate(lines) if "self.dec4(x, enc4)" in line)
    assert lines[use + 1] == "del enc4"


OFFERED = {
    "counted with": ("n = 2", "for i in 0..n { conv(4 + i, 1x1) }\nconv(n, 1x1)", []),
    "compared": ("w = 8", "conv(w, 1x1)\nif w > 8 { relu }\nconv(2 * w, 1x1)", []),
    "rounded": ("w = 8", "conv(w, 1x1) -> conv(max(16, w), 1x1)", []),
    "a power": ("w = 4", "conv(w, 1x1) -> conv(2 ** w, 1x1)", []),
    "sizes": ("s = 2", "conv(4, 3x3, stride=s) -> flatten -> linear(s)", []),
    "in a block": ("w = 8", "inner(w)", []),
    "through channels": ("w = 8", "conv(w, 1x1) -> conv(8, 1x1) -> project(like=x)", ["w"]),
    "compared with itself": ("w = 4", "conv(w, 1x1) -> residual(w) -> residual(2 * w)", ["w"]),
    "compared with a number": ("w = 4", "conv(8, 1x1) -> residual(w)", []),
    "only numbers": ("w = 4, k = 3", "conv(w * k, 1x1) -> conv(w // 2, 1x1)", ["w", "k"]),
}
BLOCKS = """
block inner(n) { conv(n, 1x1) -> conv(int(1.5 * n), 1x1) }
block residual(w) { conv: conv(w, 3x3, padding=1)
in -> skip: project(like=conv)
add(skip, conv) }
"""


@pytest.mark.parametrize("name", OFFERED)
def test_a_parameter_is_offered_where_it_changes_nothing_but_numbers(name):
    """Where another value might make other modules, the class has the number instead."""
    parameters, body, offered = OFFERED[name]
    text = f"{BLOCKS}model m({parameters}) {{\ninput x: 3x16x16\n{body}\n}}"
    space: dict = {}
    exec(archdsl.parse(text).to_source(), space)
    made = inspect.signature(space["M"]).parameters
    assert list(made) == offered
    for parameter in offered:
        changed = {parameter: 2 * made[parameter].default}
        wanted = archdsl.parse(text, **changed).to_torch().state_dict()
        state = space["M"](**changed).state_dict()
        assert {k: t.shape for k, t in state.items()} == {k: t.shape for k, t in wanted.items()}


def test_long_nets_are_written_in_time_that_grows_with_them():
    def steps_for(count):
        arch = build(f"input x: 3x8x8\n{count} * (conv(4, 3x3, padding=1) -> relu)")
        arch.to_source()  # fills every cache
        return steps(arch.to_source)

    assert steps_for(800) < 17 * steps_for(50)


def test_odd_texts_are_formatted_and_clean():
    """Long sums, long results, doc comments that begin with a quote or are long."""
    long = "a_name_that_is_as_long_as_names_become"
    text = (
        f'/// "quoted"\nmodel m {{\n input x: 3x8x8\n /// {"word " * 30}\n'
        + "\n".join(f"in -> {long}{i}: conv(3, 1x1)".replace("in ->", "x ->") for i in range(3))
        + f"\nadd({', '.join(f'{long}{i}' for i in range(3))})\n"
        + "\n".join(f"output {long}_out{i}: relu" for i in range(2))
        + "\n}"
    )
    source = archdsl.parse(text).to_source()
    ruff = [sys.executable, "-m", "ruff"]
    common = {"input": source, "text": True, "capture_output": True}
    formatted = subprocess.run([*ruff, "format", "--line-length", "100", "-"], **common)
    assert formatted.stdout == source
    assert max(map(len, source.splitlines())) <= 100
