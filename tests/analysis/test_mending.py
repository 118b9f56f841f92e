"""What ``--fix`` does to a spec: only what is beyond doubt, and as often as there is something."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.analysis.mending import mended
from archdsl.analysis.review import looked, review
from archdsl.graph.elaborate import Request, Result, elaborate_all
from archdsl.source import Source

FIXTURES = Path(__file__).parents[1] / "diagnostics"
SPECS = sorted(path for path in FIXTURES.glob("*.arch") if "billion" not in path.stem)


def request(path: Path) -> Request:
    return Request(Source(str(path), path.read_text()), FIXTURES, path.resolve())


def spec(text: str) -> Request:
    return Request(Source("m.arch", text), Path())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_what_was_mended_stays_and_nothing_is_left_to_do(path: Path) -> None:
    first = mended(request(path))
    again = mended(first.request)
    assert not again.fixes
    assert again.request.source == first.request.source
    if not first.fixes:
        assert first.request == request(path)


def test_several_at_once() -> None:
    done = mended(spec("model m {\n input x: 3x8x8\n 2 conv(4, 3x3)\n rellu -> maxpol(2x2)\n}"))
    assert len(done.fixes) == 3
    assert done.results["m"].graph is not None


def test_what_stood_behind_a_mistake_is_mended_in_its_turn() -> None:
    """Only where it is known what flows, the linear layer is found to need a vector."""
    text = "model m {\n input x: 3x8x8\n cnv(4, 3x3)\n fc: linear(10)\n}"
    done = mended(spec(text))
    assert done.request.source.text == text.replace("cnv", "conv").replace("fc:", "flatten -> fc:")


def test_a_network_out_of_pytorch() -> None:
    done = mended(request(Path("examples/broken/from_pytorch.arch")))
    assert not done.results["cifar"].has_errors
    assert done.request.source.text.splitlines()[2:5] == [
        "    conv(32, kernel=3, padding=1) -> bn -> relu()",
        "    maxpool(2)",
        "    flatten -> linear(10)",
    ]


def test_what_stood_in_a_line_that_could_not_be_read() -> None:
    done = mended(spec("model m {\n input x: 3x8x8\n relu => tanhh\n}"))
    assert done.request.source.text == "model m {\n input x: 3x8x8\n relu -> tanh\n}"


def test_a_fix_that_only_uncovers_is_not_called_a_fix_outside() -> None:
    text = "model m {\n input x: 3x8x8\n cnv(4, 3x3)\n fc: linear(10)\n}"
    [diagnostic] = review(spec(text))["m"].diagnostics
    assert diagnostic.help == "did you mean `conv`?"
    assert not diagnostic.fixes


def test_two_ways_out_are_a_decision() -> None:
    text = "model m {\n input x: 3x5x5\n conv(8, 7x7)\n}"
    [diagnostic] = review(spec(text))["m"].diagnostics
    assert len(diagnostic.fixes) > 1
    assert not mended(spec(text)).fixes


def test_another_number_is_a_decision_even_where_only_one_works() -> None:
    text = "model m {\n input x: 3x8x8\n conv(8, 3x3, groups=7)\n}"
    [diagnostic] = review(spec(text))["m"].diagnostics
    assert [fix.title for fix in diagnostic.fixes] == ["`groups=1`"]
    assert not mended(spec(text)).fixes


def test_a_shared_mistake_is_mended_once() -> None:
    text = "block b { rellu }\nmodel m {\n input x: 3x8x8\n b\n}\nmodel n {\n input x: 3x9x9\n b\n}"
    done = mended(spec(text))
    assert len(done.fixes) == 1
    assert all(result.graph for result in done.results.values())


def test_a_fix_must_hold_for_every_model() -> None:
    """The stride helps one model; in the other the same text works as it is."""
    text = """
block halve(x, y) { add(x -> conv(8, 1x1), y) }
model one { input i: 8x8x8
 down: conv(8, 2x2, stride=2)
 halve(i, down) }
model two { input i: 8x8x8
 halve(i, i) }
"""
    for result in review(spec(text)).values():
        for diagnostic in result.diagnostics:
            assert not any("stride=2`" in fix.title for fix in diagnostic.fixes)


def test_a_spec_without_mistakes_is_expanded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def counted(request: Request) -> dict[str, Result]:
        asked.append(request)
        return elaborate_all(request)

    monkeypatch.setattr("archdsl.analysis.review.elaborate_all", counted)
    path = Path("specs/resnet50.arch")
    review(Request(Source(str(path), path.read_text()), path.parent, path.resolve()))
    assert len(asked) == 1
    review(spec("model m {\n input x: 3x8x8\n cnv(4, 3x3)\n}"))
    assert len(asked) == 3  # to see the mistake, and to try the fix


def body(*lines: str, input: str = "3x32x32") -> str:
    return "\n".join([f"model m {{\n input x: {input}", *lines, "}"])


@pytest.mark.parametrize(
    ("line", "is_done"),
    [
        ("a: cnv(16, 3)", True),  # the labels repeat, so errors stay
        ("a{i}: cnv(16, 3)", True),  # the rows are used up in the end
        ("a{i}: cnv(16, 3, padding=1) -> rlu", True),  # the second slip stands behind the first
        ("a{i}: conv(16, 3, kernel_size=3)", False),  # has two ways out each time
    ],
)
def test_hundreds_of_mistakes_take_few_looks(
    line: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Request] = []

    def counted(request: Request, **options: bool) -> dict[str, Result]:
        looks.append(request)
        return looked(request, **options)

    monkeypatch.setattr("archdsl.analysis.mending.looked", counted)
    done = mended(spec(body(*(line.replace("{i}", str(i)) for i in range(200)))))
    assert len(looks) <= 60
    assert ("cnv" not in done.request.source.text and bool(done.fixes)) == is_done


def test_those_that_do_not_get_along_do_not_keep_back_the_others() -> None:
    """A second `b` would be too many, and the zeta of a norm is nobody's slip."""
    lines = ["x -> a: rellu", "x -> b: tanhh", "x -> b: sigmoyd", "x -> c: bn(zeta=1)", "add(a, b)"]
    done = mended(spec(body(*lines)))
    assert done.request.source.text == body(
        "x -> a: relu", "x -> b: tanh", "x -> b: sigmoid", "x -> c: bn(zeta=1)", "add(a, b)"
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["conv(8, 3)", "out -> relu"],
        ["conv(8, 3) -> selu"],
        ["print(x.shape)"],
        ["fc: flatten -> linear(10)", "self.fc(x)"],
        ["conv(8, 3) -> self.bn"],
        ["init { conv2: zeros }", "conv1: conv(8, 3) -> conv(8, 3)"],
        ["conv(8, 3) -> e: relu", "add(e, e1)"],
        ["Softmax(axis=1)"],
        ["torch.cat([x, x], dim=0)"],
        ["torch.cat([x, x], dim=-1)"],
        ["nn.Upsample(64)"],
        ["UpSampling2D(size=2)"],
        ["layers.Cropping2D(1)"],
        ["conv(in_channels=4, out_channels=16, kernel_size=3)"],
        ['conv(16, 3, activation="relu")'],
        ["conv(16, 3, bias=None)"],
        ["y = relu(x)", "concat(y, x, axis=1)"],
    ],
)
def test_another_word_is_a_decision(lines: list[str]) -> None:
    assert not mended(spec(body(*lines))).fixes


def test_what_is_never_reached_is_not_thrown_away() -> None:
    text = f"block b {{ relu\n return in\n conv(8, 3)\n}}\n{body('b')}"
    assert any(one.code == "unreachable" for one in review(spec(text))["m"].diagnostics)
    assert mended(spec(text)).request.source.text == text


@pytest.mark.parametrize(
    ("lines", "meant"),
    [
        (["torch.cat([x, x], dim=1)"], ["concat([x, x])"]),
        (["torch.cat([x, x], 1)"], ["concat([x, x])"]),
        (["torch.cat([x, x], dim=2)"], ["concat([x, x], dim=1)"]),
        (["torch.flatten(x, 1)"], ["flatten(x)"]),
        (["nn.Flatten(start_dim=2)"], ["flatten(start_dim=1)"]),
        (["nn.Dropout3d(0.5)"], ["dropout2d(0.5)"]),
        (
            ["nn.Conv2d(in_channels=3, out_channels=8, kernel_size=3)", "nn.ReLU(inplace=True)"],
            ["conv(channels=8, kernel=3)", "relu()"],
        ),
        (["conv(8, 3, padding=None)"], ["conv(8, 3)"]),
        (["conv(8, kernel=3, use_bias=False)"], ["conv(8, kernel=3, bias=false)"]),
        (["maxpool(2, stride=None)"], ["maxpool(2, stride=none)"]),
        (["for i in range(3) { relu }"], ["for i in 0..3 { relu }"]),
        (["h_sigmoid"], ["hardsigmoid"]),
    ],
)
def test_names_of_other_libraries(lines: list[str], meant: list[str]) -> None:
    done = mended(spec(body(*lines)))
    assert done.request.source.text == body(*meant)
    assert not done.results["m"].has_errors


def test_nothing_is_made_that_cannot_be_read() -> None:
    """A statement that could be read has no other mistake of that kind behind its own."""
    text = body("y = relu(x)", "train: y")
    done = mended(spec(text))
    assert not any(one.code == "syntax" for one in done.results["m"].diagnostics)
