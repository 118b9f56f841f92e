"""Networks side by side: the table of the ResNet paper, and those of other families."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import archdsl
from archdsl import zoo
from archdsl.analysis.stages import stages
from archdsl.cli import main
from tests.patience import PATIENCE

Run = Callable[..., tuple[int, str, str]]

RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
PAPER = ("resnet18", "resnet34", "resnet50_v1", "resnet101_v1", "resnet152_v1")

# He et al. 2015, table 1, as printed: the blocks of a stage and how many there are in each network.
BASIC = {"56x56": 64, "28x28": 128, "14x14": 256, "7x7": 512}
REPEATS = {
    "56x56": (2, 3, 3, 3, 3),
    "28x28": (2, 4, 4, 4, 8),
    "14x14": (2, 6, 6, 23, 36),
    "7x7": (2, 3, 3, 3, 3),
}
FLOPS = (1.8, 3.6, 3.8, 7.6, 11.3)  # in 10^9


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["zoo", *arguments])
        assert ended.value.code is None or isinstance(ended.value.code, int)
        return (ended.value.code or 0, *capsys.readouterr())

    return run


def markdown(run: Run, *names: str) -> dict[tuple[str, str], list[str]]:
    """The cells of each row by its stage and size."""
    status, out, err = run("table", *names, "--format", "markdown")
    assert (status, err) == (0, "")
    table = out.split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert rows[0] == ["stage", "output size", *(f"`{name}`" for name in names)]
    assert {len(row) for row in rows} == {len(names) + 2}
    return {(name, size): cells for name, size, *cells in rows[2:]}


# ---- the table of the paper


@pytest.mark.parametrize("names", [RESNETS, PAPER])
def test_table_1(run: Run, names: tuple[str, ...]) -> None:
    rows = markdown(run, *names)
    assert [*rows][:6] == [
        ("conv1", "112x112"),
        ("layer1", "56x56"),
        ("layer2", "28x28"),
        ("layer3", "14x14"),
        ("layer4", "7x7"),
        ("fc", "1x1"),
    ]
    assert rows["conv1", "112x112"] == ["7x7, 64, stride 2"] * 5
    assert rows["fc", "1x1"] == ["average pool, 1000-d fc, softmax"] * 5
    for number, (size, width) in enumerate(BASIC.items(), 1):
        basic = f"[3x3, {width}; 3x3, {width}]"
        bottleneck = f"[1x1, {width}; 3x3, {width}; 1x1, {4 * width}]"
        pool = "3x3 max pool, stride 2<br>" if size == "56x56" else ""
        blocks = (basic, basic, bottleneck, bottleneck, bottleneck)
        assert rows[f"layer{number}", size] == [
            f"{pool}{block} x {n}" for block, n in zip(blocks, REPEATS[size], strict=True)
        ]


def test_the_published_flops(run: Run) -> None:
    """Printed as they stand in the paper, and counted within 3% of it for the paper's own form."""
    rows = markdown(run, *PAPER)
    assert rows["published", ""] == [f"{flops} x 10^9" for flops in FLOPS]
    for counted, flops in zip(rows["FLOPs", ""], FLOPS, strict=True):
        assert float(counted.removesuffix(" x 10^9")) == pytest.approx(flops, rel=0.03)


def test_the_form_that_the_paper_counts_is_told(run: Run) -> None:
    _, out, _ = run("table", *RESNETS)
    note = out.splitlines()[-1]
    assert re.findall(r"(resnet\w+) ([\d.]+) x 10\^9", note) == [
        ("resnet50_v1", "3.9"),
        ("resnet101_v1", "7.6"),
        ("resnet152_v1", "11.3"),
    ]
    assert "_v1" not in run("table", "resnet18", "resnet34")[1]
    assert markdown(run, "resnet50")["FLOPs", ""] == ["4.1 x 10^9"]


def test_every_published_figure_is_near_what_is_counted() -> None:
    for name, published in zoo.PUBLISHED.items():
        assert name in zoo.names()
        macs = archdsl.load(f"zoo:{published.model}").profile().macs
        assert macs == pytest.approx(published.macs, rel=0.03)


# ---- for a terminal


def test_text(run: Run) -> None:
    assert run("table", "resnet18", "resnet50")[1] == (
        "stage      output size  resnet18        resnet50\n"
        "--------------------------------------------------------\n"
        "conv1      112x112             7x7, 64, stride 2\n"
        "--------------------------------------------------------\n"
        "layer1     56x56             3x3 max pool, stride 2\n"
        "                        [3x3, 64] x 2   [1x1, 64 ]\n"
        "                        [3x3, 64]       [3x3, 64 ] x 3\n"
        "                                        [1x1, 256]\n"
        "--------------------------------------------------------\n"
        "layer2     28x28        [3x3, 128] x 2  [1x1, 128]\n"
        "                        [3x3, 128]      [3x3, 128] x 4\n"
        "                                        [1x1, 512]\n"
        "--------------------------------------------------------\n"
        "layer3     14x14        [3x3, 256] x 2  [1x1, 256 ]\n"
        "                        [3x3, 256]      [3x3, 256 ] x 6\n"
        "                                        [1x1, 1024]\n"
        "--------------------------------------------------------\n"
        "layer4     7x7          [3x3, 512] x 2  [1x1, 512 ]\n"
        "                        [3x3, 512]      [3x3, 512 ] x 3\n"
        "                                        [1x1, 2048]\n"
        "--------------------------------------------------------\n"
        "fc         1x1          average pool, 1000-d fc, softmax\n"
        "--------------------------------------------------------\n"
        "FLOPs                   1.8 x 10^9      4.1 x 10^9\n"
        "published               1.8 x 10^9      3.8 x 10^9\n"
        "\n"
        "FLOPs are multiply-accumulates, as papers count them; the loss applies the softmax.\n"
        "published: He et al. 2015, table 1.\n"
        "Where the paper's own form is another model, counted here: resnet50_v1 3.9 x 10^9.\n"
    )


def test_five_networks_fit_a_terminal(run: Run) -> None:
    lines = run("table", *RESNETS)[1].split("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= 110


# ---- other families


def test_vgg(run: Run) -> None:
    """Simonyan & Zisserman 2015, table 1: columns A, B, D and E."""
    rows = markdown(run, "vgg11", "vgg13", "vgg16", "vgg19")
    widths = {"224x224": 64, "112x112": 128, "56x56": 256, "28x28": 512, "14x14": 512}
    layers = [(1, 2, 2, 2), (1, 2, 2, 2), (2, 2, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4)]
    for (size, width), counts in zip(widths.items(), layers, strict=True):
        pool = "" if size == "224x224" else "2x2 max pool, stride 2<br>"
        assert rows["features", size] == [
            f"{pool}[3x3, {width}] x {n}" if n > 1 else f"{pool}3x3, {width}" for n in counts
        ]
    assert rows["classifier", "1x1"] == ["4096-d fc, 4096-d fc, 1000-d fc, softmax"] * 4


def test_densenet(run: Run) -> None:
    """Huang et al. 2017, table 1."""
    rows = markdown(run, "densenet121", "densenet169", "densenet201")
    layers = {1: (6, 6, 6), 2: (12, 12, 12), 3: (24, 32, 48), 4: (16, 32, 32)}
    for (number, counts), size in zip(layers.items(), BASIC, strict=True):
        cells = [f"[1x1, 128; 3x3, 32] x {n}" for n in counts]
        assert rows[f"denseblock{number}", size] == cells
    assert rows["transition1", "28x28"] == ["1x1, 128<br>2x2 average pool, stride 2"] * 3


def test_mobilenet(run: Run) -> None:
    """Sandler et al. 2018, table 2: the expansion of the first block of a stage is narrower."""
    cell = markdown(run, "mobilenet_v2")["features", "28x28"][0]
    assert cell.split("<br>") == [
        "[1x1, 144; 3x3 depthwise, 144; 1x1, 32] x 1",
        "[1x1, 192; 3x3 depthwise, 192; 1x1, 32] x 2",
    ]


def test_named_stages_that_are_equal_are_one_row(run: Run) -> None:
    cells = markdown(run, "xception")["block4..block11", "19x19"]
    assert cells == [f"[{'; '.join(['3x3 depthwise, 728; 1x1, 728'] * 3)}] x 8"]


def test_a_stage_that_one_network_lacks(run: Run) -> None:
    rows = markdown(run, "vgg11_lrn", "alexnet", "vgg11")
    assert rows["features", "224x224"] == ["3x3, 64<br>LRN", "", "3x3, 64"]
    assert rows["features", "27x27"] == ["", "3x3 max pool, stride 2<br>5x5, 192", ""]
    assert [*rows][-2:] == [("classifier", "1x1"), ("FLOPs", "")]
    assert rows["FLOPs", ""] == ["7.6 x 10^9", "714.2 x 10^6", "7.6 x 10^9"]


@pytest.mark.parametrize("name", zoo.names())
def test_every_model_has_a_table(name: str) -> None:
    """Its stages keep the order of the network and hold all of its convolutions' kernels."""
    found = stages(archdsl.load(f"zoo:{name}").graph)
    assert found
    assert all(stage.size and stage.entries for stage in found)
    assert all(layer for stage in found for entry in stage.entries for layer in entry.layers)


# ---- what a block is told by

BLOCK = "model m {{ input x: 8x16x16\n body: {{ 2 * step }}\n relu }}\nblock step() {{ {} }}"


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("conv(8, 3x3, padding=1) -> bn -> add(in)", ("3x3, 8",)),
        (
            "conv(4, 1x1) -> b: conv(8, 3x3, padding=1)\n in -> s: conv(8, 1x1)\n add(b, s)",
            ("1x1, 4", "3x3, 8"),
        ),
        ("a: conv(8, 1x1)\n b: in -> conv(8, 3x3, padding=1)\n add(a, b)", ("step, 8",)),
        ("concat { conv(4, 1x1)\n conv(4, 3x3, padding=1) }", ("step, 8",)),
        ("g: global_avgpool -> conv(8, 1x1) -> sigmoid\n mul(in, g)", ("average pool", "1x1, 8")),
        ("conv(8, 3, padding=1) -> maxpool(1, stride=2x1)", ("3x3, 8", "1x1 max pool, stride 2x1")),
        ("conv(8, 3x3, padding=2, dilation=2, groups=2)", ("3x3, 8, C=2, dilation 2",)),
    ],
)
def test_blocks(inside: str, told: tuple[str, ...]) -> None:
    graph = archdsl.parse(BLOCK.format(inside)).graph
    assert [(entry.layers, entry.repeats) for entry in stages(graph)[0].entries] == [(told, 2)]


def test_blocks_that_read_alike_but_differ_inside_are_not_counted_together() -> None:
    graph = archdsl.parse(
        "block b(n) { concat { conv(n, 1x1)\n conv(8 - n, 1x1) } }\n"
        "model m { input x: 8x16x16\n body: { b(2) -> b(2) -> b(4) } }"
    ).graph
    assert [entry.repeats for entry in stages(graph)[0].entries] == [2, 1]


def test_a_gate_is_no_end_of_a_block(run: Run) -> None:
    """EfficientNet's first blocks have no shortcut, only a gate in the middle."""
    cell = markdown(run, "efficientnet_b0")["features", "28x28"][0]
    middle = "average pool; 1x1, {0}; 1x1, {1}; 1x1, 40"
    assert cell.split("<br>") == [
        f"[1x1, 144; 5x5 depthwise, 144; {middle.format(6, 144)}] x 1",
        f"[1x1, 240; 5x5 depthwise, 240; {middle.format(10, 240)}] x 1",
    ]


def test_a_linear_layer_at_every_position_is_a_convolution(run: Run) -> None:
    cell = markdown(run, "convnextv2_tiny")["stages", "56x56"][0]
    assert cell == "[7x7 depthwise, 96; 1x1, 384; 1x1, 96] x 3"


def test_named_blocks_count_with_the_first_that_projects(run: Run) -> None:
    cell = markdown(run, "resnext50_branches")["layer2", "28x28"][0]
    assert cell == "[split_transform_merge, 512] x 4"


def test_what_only_trains_is_left_out() -> None:
    graph = archdsl.load("zoo:googlenet").graph
    assert not any("aux" in stage.name for stage in stages(graph))


# ---- LaTeX

FAMILIES = [RESNETS, ("vgg11_lrn", "vgg16_bn"), ("densenet121",), ("inception_v3",), ("yolov1",)]


@pytest.mark.parametrize("names", FAMILIES, ids="-".join)
def test_latex_is_balanced(run: Run, names: tuple[str, ...]) -> None:
    status, out, _ = run("table", *names, "--format", "latex")
    assert status == 0
    body = "\n".join(line for line in out.splitlines() if not line.startswith("%"))
    assert body.count("{") == body.count("}")
    assert len(re.findall(r"(?<!\\)\$", body)) % 2 == 0
    assert body.count(r"\left[") == body.count(r"\right]")
    assert re.findall(r"\\begin\{(\w+)", body).count("tabular") == body.count(r"\end{tabular}")
    assert not re.search(r"(?<!\\)[_#]", body)
    for row in re.findall(r"^(.*) \\\\$", body, re.M):
        spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", row))
        inside = re.sub(r"\\begin\{array\}.*?\\end\{array\}", "", row)
        assert inside.count(" & ") + spanned == len(names) + 1


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("names", FAMILIES, ids="-".join)
def test_latex_compiles_without_any_package(
    run: Run, tmp_path: Path, names: tuple[str, ...]
) -> None:
    table = run("table", *names, "--format", "latex")[1]
    page = f"\\documentclass{{article}}\\begin{{document}}\n{table}\\end{{document}}\n"
    (tmp_path / "table.tex").write_text(page)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "table.pdf").read_bytes().startswith(b"%PDF")


# ---- what cannot be set side by side


def test_unknown_names(run: Run) -> None:
    message = "archdsl: zoo:resnet5: no such model; did you mean `resnet50`?\n"
    assert run("table", "resnet18", "resnet5") == (2, "", message)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["table"], "name the networks"),
        (["table", "resnet18", "vgg11"], "vgg11 has no stage in common with resnet18"),
        (["table", "resnet18", "--format", "json"], "writes table, markdown, latex"),
        (["resnet18", "--format", "latex"], "only `archdsl zoo table` writes LaTeX"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], words: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("archdsl: ")
    assert err.count("\n") == 1
    assert words in err


def test_a_broken_spec_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.arch").write_text("model a { input x: 1x8x8\n conv(4, 9x9) }\n")
    monkeypatch.setattr(zoo, "resource", lambda *parts: tmp_path)
    status, out, err = run("table", "a")
    assert (status, out) == (1, "")
    assert "error[" in err


def test_no_model_is_called_table() -> None:
    assert "table" not in zoo.names()


def test_no_torch_and_no_drawing_for_a_table() -> None:
    code = (
        "import sys; from archdsl.cli import main\n"
        "try: main(['zoo', 'table', 'resnet18'])\n"
        "except SystemExit: pass\n"
        "heavy = ('torch', 'graphviz', 'pygraphviz', 'networkx')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.endswith("\n[]\n")
