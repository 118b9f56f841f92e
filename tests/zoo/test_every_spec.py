"""Every model of the zoo is checked, formatted, drawn, compiled, trained for a step, and runs
without this package."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl import zoo
from archdsl.cli import main
from archdsl.draw import to_dot
from archdsl.draw.compose import nesting
from archdsl.draw.outline import outline
from tests.draw.drawing import SVG, Drawing, svg
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "specs").rglob("*.arch"))
BLOCKS = [file for file in FILES if file.parent.name == "blocks"]
MODELS = zoo.names()
SMALL = (32, 64, 96, 128, 192, 256, 320)

# The largest of a family, whose smaller relatives show the same.
DEEP = {"resnet1202_cifar", "preresnet1001", "resnext50_concatenated", "convnextv2_large"}
# Models whose one step takes seconds: DeconvNet has no smaller input than its own (the fully
# connected layers are convolutions of 7x7), FCN pads every input by 100, VGG has 130 M parameters.
LARGE = {"deconvnet", "fcn32s", "fcn16s", "fcn8s", "vgg13", "vgg19", "vgg13_bn", "vgg19_bn"}


def marked(slow: set[str]) -> list[object]:
    return [pytest.param(n, marks=pytest.mark.slow) if n in slow else n for n in MODELS]


def shown(file: Path) -> str:
    return file.relative_to(ROOT / "specs").as_posix()


@cache
def loaded(name: str) -> archdsl.Arch:
    return archdsl.load(f"zoo:{name}")


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code is None or isinstance(ended.value.code, int)
    return ended.value.code or 0, capsys.readouterr().out


# ---- checking


@pytest.mark.parametrize("file", [file for file in FILES if file not in BLOCKS], ids=shown)
def test_no_error_and_no_warning(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a lint is wrong about is silenced by a comment; the next test wants its reason."""
    status, out = command(capsys, "check", "--format", "json", str(file))
    checks = [json.loads(line) for line in out.splitlines()]
    told = [each for check in checks for each in check["diagnostics"]]
    loud = {(each["code"], each["line"]) for each in told if each["severity"] != "note"}
    assert (status, loud) == (0, set())
    assert checks


@pytest.mark.parametrize("file", FILES, ids=shown)
def test_what_is_silenced_has_its_reason(file: Path) -> None:
    for line in file.read_text().splitlines():
        if allowed := re.search(r"#\s*allow:\s*(.*)", line):
            assert re.fullmatch(r"[a-z-]+(, [a-z-]+)* \(\w.+\)", allowed[1]), line


@pytest.mark.parametrize("file", FILES, ids=shown)
def test_formatted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "fmt", "--check", str(file)) == (0, "")


@pytest.mark.parametrize("file", [file for file in FILES if file not in BLOCKS], ids=shown)
def test_opens_with_where_it_comes_from(file: Path) -> None:
    """A comment that names a paper by its year."""
    lines = file.read_text().splitlines()
    comment = " ".join(takewhile(lambda line: line.startswith("#"), lines))
    assert re.search(r"\b(19|20)\d\d\b", comment)


@pytest.mark.parametrize("file", BLOCKS, ids=shown)
def test_shared_blocks_are_used(file: Path) -> None:
    others = [other.read_text() for other in FILES if other != file]
    assert any(re.search(rf'^use ".*\b{file.name}"', text, re.M) for text in others)


# ---- drawing


@pytest.mark.parametrize("name", marked(DEEP))
def test_drawn_at_every_depth(name: str) -> None:
    """The deeper, the more boxes; what flows in and out is on every drawing."""
    graph = loaded(name).graph
    ends = {*graph.inputs, *graph.outputs}
    before = 0
    for depth in range(1, nesting(outline(graph)) + 2):
        drawing = Drawing(to_dot(graph, depth=depth))
        assert len(drawing.boxes) >= before
        before = len(drawing.boxes)
        assert ends <= {text.split(" ")[0] for text in drawing.texts()}
        assert len(drawing.flows()) >= len(ends)


@pytest.mark.parametrize("name", MODELS)
def test_one_picture(name: str, tmp_path: Path) -> None:
    """About as large as two pages side by side at most."""
    root = svg(loaded(name).graph, tmp_path)
    assert name in [text.text for text in root.iter(f"{SVG}text")]
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert width < 2200
    assert height < 1600


# ---- training


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small tensors gain nothing from more, and several tests run at once."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def smallest(name: str) -> archdsl.Arch:
    """The model with its inputs as small as it takes them."""
    for edge in SMALL:
        shapes = {
            key: (shape[0], *(min(edge, axis) for axis in shape[1:]))
            for key, shape in loaded(name).inputs.items()
        }
        try:
            return archdsl.load(f"zoo:{name}", input=shapes)
        except archdsl.ArchError:
            continue
    return loaded(name)


def module_with_weights(arch: archdsl.Arch) -> torch.nn.Module:
    """The compiled model with weights of He's variance, copied from one draw: the initialisation
    of 100 million parameters would take most of the time."""
    with torch.device("meta"):
        module = arch.to_torch()
    module.to_empty(device="cpu")
    noise = torch.randn(2**20, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if tensor.dim() < 2 or not tensor.is_floating_point():
                tensor.fill_(1 if key.endswith(("weight", "running_var")) else 0)
                continue
            scaled = noise * math.sqrt(2 / math.prod(tensor.shape[1:]))
            for part in tensor.view(-1).split(len(noise)):
                part.copy_(scaled[: len(part)])
    return module


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", marked(DEEP | LARGE))
def test_one_step_of_training(name: str) -> None:
    """Two samples forward and back: every parameter gets a finite gradient, the first one too."""
    arch = smallest(name)
    module = module_with_weights(arch).train()
    torch.manual_seed(0)
    made = module(*(torch.randn(2, *shape) for shape in arch.inputs.values()))
    outputs = made if isinstance(made, dict) else {"out": made}
    assert {key: tuple(outputs[key].shape) for key in arch.outputs} == {
        key: (2, *shape) for key, shape in arch.outputs.items()
    }
    sum((value * torch.randn_like(value)).mean() for value in outputs.values()).backward()
    gradients = {key: parameter.grad for key, parameter in module.named_parameters()}
    assert [key for key, grad in gradients.items() if grad is None] == []
    assert [key for key, grad in gradients.items() if not grad.isfinite().all()] == []
    assert next(iter(gradients.values())).any()


# ---- without this package

ALONE = """
import json, sys
from pathlib import Path
import torch

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "archdsl":
            raise ImportError(name)

sys.meta_path.insert(0, Refused())
keys = {}
for path in sorted(Path().glob("*.py")):
    if path.stem == "run":
        continue
    space = {"__name__": path.stem}
    exec(compile(path.read_text(), path.name, "exec"), space)
    with torch.device("meta"):
        module = space[space["__all__"][0]]()
    keys[path.stem] = {key: list(value.shape) for key, value in module.state_dict().items()}
Path("keys.json").write_text(json.dumps(keys))
"""


def state(arch: archdsl.Arch) -> dict[str, list[int]]:
    """Keys and shapes as the graph has them."""
    graph = arch.graph
    return {
        f"{node.name}.{weight}": list(found.shape)
        for node in graph.nodes
        if node.module == node.index
        for weight, found in node.op.weights(
            *graph.input_shapes(node), **graph.ref_shapes(node)
        ).items()
    }


@pytest.mark.parametrize(
    "names",
    [sorted({*MODELS} - DEEP), pytest.param(sorted(DEEP), marks=pytest.mark.slow)],
    ids=["all but the largest", "the largest"],
)
def test_the_source_runs_alone(names: list[str], tmp_path: Path) -> None:
    """In one process that cannot import archdsl: the keys and shapes of the graph."""
    for name in names:
        (tmp_path / f"{name}.py").write_text(loaded(name).to_source())
    (tmp_path / "run.py").write_text(ALONE)
    subprocess.run([sys.executable, "-I", "run.py"], cwd=tmp_path, check=True, timeout=PATIENCE)
    made = json.loads((tmp_path / "keys.json").read_text())
    assert sorted(made) == names
    assert [name for name in names if made[name] != state(loaded(name))] == []
