"""All that is said of a spec: errors, warnings and notes, each once and in this order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from archdsl.analysis.review import review
from archdsl.graph.elaborate import Request, elaborate_all
from archdsl.source import Source
from tests.patience import PATIENCE
from tests.work import calls

TEXT = """\
block down(width) {
    conv_transpose(width, 3x3, stride=2) -> maxpool(2x2)
}
model m(width = 4) {
    input x: 4x8x8
    side: relu
    x -> relu -> relu -> 3 * down(width)
}
model n = m(width=8)
"""


def request(text: str, **chosen: object) -> Request:
    return Request(Source("a.arch", text), Path(), **chosen)  # type: ignore[arg-type]


def told(text: str, strict: bool = False) -> list[tuple[str, str, int]]:
    result = review(request(text), strict=strict)["m"]
    return [
        (str(d.severity), d.code, d.primary.span.position[0])
        for d in result.diagnostics
        if d.primary.span
    ]


def test_each_place_once_the_gravest_first() -> None:
    assert told(TEXT) == [
        ("warning", "unused-result", 6),
        ("warning", "double-activation", 7),
        ("note", "checkerboard", 2),
        ("note", "fraction", 2),
    ]


def test_all_models() -> None:
    results = review(request(TEXT))
    assert [*results] == ["m", "n"]
    assert len({result.diagnostics for result in results.values()}) == 1
    assert [*review(request(TEXT, model="n"))] == ["n"]
    assert all(result.graph is not None for result in results.values())


def test_strict() -> None:
    """What may be wrong is an error, and so is what rounding loses; advice stays advice."""
    assert told(TEXT, strict=True) == [
        ("error", "unused-result", 6),
        ("error", "fraction", 2),
        ("error", "double-activation", 7),
        ("note", "checkerboard", 2),
    ]
    assert review(request(TEXT), strict=True)["m"].graph is None
    fine = "model m { input x: 4x8x8\n conv_transpose(4, 3x3, stride=2) }"
    assert review(request(fine), strict=True)["m"].graph is not None


def test_errors_come_alone() -> None:
    """Of a model that does not fit together there is no graph, so nothing to be said of it."""
    broken = TEXT.replace("3 * down(width)", "3 * down(width) -> conv(4, 99x99)")
    assert [severity for severity, *_ in told(broken)] == ["error"]
    assert told("model m { input x: 4x8x8\n relu -> relu -> }")[0][:2] == ("error", "syntax")


def test_of_several_uses_the_first_is_told() -> None:
    fraction = review(request(TEXT))["m"].diagnostics[3]
    assert fraction.message == "maxpool throws away 1 row and 1 column of 17x17"


def test_the_way_through_the_blocks_is_told() -> None:
    note = review(request(TEXT))["m"].diagnostics[2]
    assert [label.message for label in note.secondary] == ["in `down(width)`, used here"]


def test_a_review_costs_little_more_than_the_expansion() -> None:
    file = Path("specs/resnet.arch")
    spec = Request(Source(str(file), file.read_text()), file.parent, file.resolve(), "resnet152")
    review(spec)  # fills every cache
    assert calls(lambda: review(spec)) <= 1.3 * calls(lambda: elaborate_all(spec))


def test_needs_no_library_of_numbers() -> None:
    code = (
        "import sys; from pathlib import Path; from archdsl.analysis.review import review; "
        "from archdsl.graph.elaborate import Request; from archdsl.source import Source\n"
        "spec = 'model m { input x: 3x9x9\\n conv(4, 3x3, stride=2) -> relu -> relu }'\n"
        "assert review(Request(Source('a', spec), Path()))['m'].diagnostics\n"
        "print([name for name in ('torch', 'numpy', 'networkx') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
