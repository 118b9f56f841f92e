"""What the documentation shows is what happens: every spec, command and Python example is run.

``UPDATE_DOCS=1`` writes what the commands print into the pages.
"""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics.codes import CODES
from tests.patience import PATIENCE

PAGES = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
UPDATE = bool(os.environ.get("UPDATE_DOCS"))
ZOO = re.compile(r"(?<=<!-- zoo -->\n).*?(?=<!-- /zoo -->)", re.DOTALL)
FENCE = re.compile(r"^```(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page.read_text()) if kind == language]


def printed(command: str) -> str:
    """Both streams of a command, as a reader of a terminal sees them."""
    command, _, given = command.partition(" < ")
    program, *arguments = command.split()
    assert program == "archdsl"
    done = subprocess.run(
        [sys.executable, "-m", "archdsl", *arguments],
        input=Path(given).read_text() if given else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode in (0, 1), done.stdout
    return "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())


def excerpt() -> str:
    source = archdsl.load("specs/resnet50.arch").to_source()
    return source[source.index("class Bottleneck") : source.index("    def forward(self, image")]


def with_real_output(text: str) -> str:
    def real(match: re.Match[str]) -> str:
        kind, body = match.groups()
        if kind == "console":
            command = body.partition("\n")[0].removeprefix("$ ")
            return f"```console\n$ {command}\n{printed(command)}\n```"
        if kind == "py":
            return f"```py\n{excerpt().rstrip()}\n```"
        return match[0]

    return FENCE.sub(real, text)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_print_what_the_page_shows(page):
    text = page.read_text()
    real = with_real_output(text)
    if UPDATE and real != text:
        page.write_text(real)
    assert page.read_text() == real


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_python_examples(page):
    parser = doctest.DocTestParser()
    for number, body in enumerate(blocks(page, "python")):
        test = parser.get_doctest(body, {}, f"{page}[{number}]", str(page), 0)
        assert test.examples
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(test)
        assert runner.failures == 0


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_specs_are_clean(page):
    """Without errors and without warnings; each compiles and is drawn."""
    for body in blocks(page, "arch"):
        arch = archdsl.parse(body, folder="specs")
        assert arch.diagnostics == ()
        arch.to_torch()


def test_readme_shows_the_spec_as_it_is():
    assert blocks(Path("README.md"), "arch") == [Path("specs/resnet50.arch").read_text()]


def test_the_page_about_checking_shows_the_broken_spec_as_it_is():
    example = Path("examples/broken/from_pytorch.arch").read_text()
    assert example in blocks(Path("docs/checking.md"), "text")


def test_readme_lists_the_zoo():
    """Between its marks stands what ``archdsl zoo --format markdown`` prints."""
    page = Path("README.md")
    text = page.read_text()
    command = [sys.executable, "-m", "archdsl", "zoo", "--format", "markdown"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    real, places = ZOO.subn(lambda _: f"\n{done.stdout}\n", text)
    assert places == 1
    if UPDATE and real != text:
        page.write_text(real)
    assert page.read_text() == real


@pytest.mark.parametrize("name", ["resnet50", "unet"])
def test_pictures_are_those_that_are_drawn(name, tmp_path):
    """Byte for byte, whatever fonts this machine has."""
    committed = Path(f"docs/pictures/{name}.svg")
    drawn = archdsl.load(f"specs/{name}.arch").draw(tmp_path / f"{name}.svg").read_bytes()
    if UPDATE:
        committed.write_bytes(drawn)
    assert committed.read_bytes() == drawn


def test_numbers_in_the_table_are_those_of_the_profile():
    rows = re.findall(
        r"^\| `(\w+)` \|.*?\| ([\d,]+) \| ([\d,]+) \|$", Path("README.md").read_text(), re.M
    )
    assert len(rows) == 6
    for name, params, macs in rows:
        profile = archdsl.load(f"specs/{name}.arch").profile()
        assert (f"{profile.params:,}", f"{profile.macs:,}") == (params, macs)


@pytest.mark.parametrize("page", [*PAGES, *Path("docs/adr").glob("*.md")], ids=str)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_code_has_a_page_and_the_other_way_round():
    assert {page.stem for page in Path("docs/errors").glob("*.md")} == set(CODES)
