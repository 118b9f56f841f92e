"""What ``--fix`` does to a spec: only what is beyond doubt, and as often as there is something."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.analysis.mending import mended, undoubted
from archdsl.analysis.review import review
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
    results = review(spec("model m {\n input x: 3x5x5\n conv(8, 7x7)\n}"), thorough=True)
    [diagnostic] = results["m"].diagnostics
    assert len(diagnostic.fixes) > 1
    assert not undoubted(results)


def test_another_number_is_a_decision_even_where_only_one_works() -> None:
    results = review(spec("model m {\n input x: 3x8x8\n conv(8, 3x3, groups=7)\n}"), thorough=True)
    [diagnostic] = results["m"].diagnostics
    assert [fix.title for fix in diagnostic.fixes] == ["`groups=1`"]
    assert not undoubted(results)


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
