"""What `help` proposes works: it is applied to the spec, and the mistake is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archdsl
from archdsl import ArchError, Diagnostic

from .expected import diagnose

HERE = Path(__file__).parent
SPECS = sorted(HERE.glob("*.arch"))


def applied(text: str, diagnostic: Diagnostic) -> str | None:
    """The text after following the help, where that says exactly what to write."""
    span, help = diagnostic.primary.span, diagnostic.help or ""
    if span is None or span.source.text != text:
        return None
    before, here, after = text[: span.start], span.text, text[span.end :]
    if meant := re.fullmatch(r"did you mean (`\.?(?P<name>[^`]+)`|(?P<string>\".*\"))\?", help):
        return before + (meant["name"] or meant["string"]) + after
    if star := re.fullmatch(r"write `(?P<count>\w+) \* (?P<step>.*)`", help):
        old = re.compile(rf"{star['count']} ?{re.escape(star['step'])}")
        return before + old.sub(f"{star['count']} * {star['step']}", here + after, count=1)
    if bridge := re.match(r"`(?P<chain>[^`]+)`", help):
        chain = bridge["chain"].removeprefix("... -> ")
        if "makes the shapes agree" not in help:
            return None
        if chain == bridge["chain"]:
            return before + chain + after
        return before + here + f" -> {chain}" + after
    if argument := re.match(r"(add `)?(?P<name>\w+)=(?P<value>\d+)", help):
        return with_argument(text, span.start, argument["name"], argument["value"])
    return None


def with_argument(text: str, at: int, name: str, value: str) -> str:
    """The call around an offset with an argument set, by name if it was not given."""
    closing = text.index(")", at)
    opening = max(text.rfind("(", 0, closing), 0)
    arguments = text[opening + 1 : closing]
    positions = {"kernel": 1}
    given = re.sub(rf"{name}=\w+", f"{name}={value}", arguments)
    parts = arguments.split(", ")
    if given == arguments and positions.get(name, 9) < len(parts):
        parts[positions[name]] = value
        given = ", ".join(parts)
    elif given == arguments:
        given = f"{arguments}, {name}={value}"
    return text[: opening + 1] + given + text[closing:]


def found_in(text: str) -> list[tuple[str, str]]:
    try:
        found = archdsl.parse(text, folder=HERE).diagnostics
    except ArchError as error:
        found = error.diagnostics
    return [(diagnostic.code, diagnostic.message) for diagnostic in found]


CASES = [
    (path, index)
    for path in SPECS
    if not path.read_text().startswith("# model:")
    for index, (diagnostic, _, _) in enumerate(diagnose(path))
    if applied(path.read_text(), diagnostic) is not None
]


@pytest.mark.parametrize(
    ("path", "index"), CASES, ids=[f"{path.stem}-{index}" for path, index in CASES]
)
def test_following_the_help_makes_the_mistake_go_away(path: Path, index: int) -> None:
    diagnostic, _, _ = diagnose(path)[index]
    text = path.read_text()
    mended = applied(text, diagnostic)
    assert mended is not None and mended != text
    assert (diagnostic.code, diagnostic.message) in found_in(text)
    assert (diagnostic.code, diagnostic.message) not in found_in(mended), mended


def test_enough_of_the_help_can_be_followed() -> None:
    """So that a change of wording does not leave the test above without cases."""
    assert len({path for path, _ in CASES}) >= 15


BRIDGED = """
model m {{
    input x: 4x32x32
    {first}
    {second}
    {merge}
}}
"""


@pytest.mark.parametrize("merge", ["add(a, b)", "concat(a, b)", "mul(a, b)", "b -> add(a)"])
@pytest.mark.parametrize("second", ["64, 2", "64, 5", "8, 3, stride=2", "64, 7, stride=3"])
@pytest.mark.parametrize("first", ["64, 3", "16, 1", "64, 1, stride=2", "8, 9"])
def test_every_bridge_that_is_proposed_holds(first: str, second: str, merge: str) -> None:
    text = BRIDGED.format(
        first=f"in -> a: conv({first})", second=f"in -> b: conv({second})", merge=merge
    )
    with pytest.raises(ArchError) as caught:
        archdsl.parse(text)
    [diagnostic] = caught.value.diagnostics
    proposals = re.findall(r"`([^`]*like=[^`]*)`", diagnostic.help or "")
    assert proposals, diagnostic.help
    for proposal in proposals:
        if proposal.startswith("..."):
            mended = text.replace(merge, proposal.replace("...", "b"))
        else:
            name = proposal[0]
            at = text.rindex(merge) + merge.rindex(name)
            mended = text[:at] + proposal + text[at + 1 :]
        archdsl.parse(mended)
