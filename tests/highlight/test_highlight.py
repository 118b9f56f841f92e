"""Every spec is coloured, and nothing in it is lost."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pygments import lex
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Error, Keyword, Name, Number, Token

from archdsl.highlight import vocabulary
from archdsl.highlight.lexer import ArchLexer
from archdsl.highlight.textmate import grammar, grammar_text
from archdsl.syntax.words import KEYWORDS

SPECS = [*sorted(Path("specs").rglob("*.arch")), Path("archdsl/prelude.arch")]
PAGE = Path("docs/language.md").read_text()
EXAMPLES = re.findall(r"^```arch\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
TEXTMATE = Path("editors/vscode/syntaxes/arch.tmLanguage.json")


def kinds(text: str) -> dict[str, object]:
    return {word: kind for kind, word in lex(text, ArchLexer())}


@pytest.mark.parametrize("text", [*(p.read_text() for p in SPECS), *EXAMPLES])
def test_every_word_is_known(text):
    lexer = ArchLexer(stripnl=False, ensurenl=False)
    found = list(lex(text, lexer))
    assert "".join(word for _, word in found) == text
    assert [word for kind, word in found if kind in Error] == []
    coloured = {kind for kind, _ in found} - {Token.Text.Whitespace, Name}
    assert len(coloured) > 3


def test_what_words_are():
    found = kinds(
        "model net(classes = 10) {\n    stem{i}.conv: conv(4, 3x3, bias=false) -> net\n"
        "    require params <= 26M\n    if not x { project }\n}"
    )
    assert found["model"] is Keyword.Declaration and found["require"] is Keyword.Declaration
    assert found["stem{i}.conv"] is Name.Label and found["conv"] is Name.Builtin
    assert found["bias"] is Name.Variable and found["false"] is Keyword.Constant
    assert found["3x3"] is Number and found["26M"] is Number
    assert found["if"] is Keyword and found["not"] is Token.Operator.Word
    assert found["project"] is Name.Function


def test_pygments_finds_the_lexer():
    assert isinstance(get_lexer_by_name("arch"), ArchLexer)
    assert isinstance(get_lexer_for_filename("net.arch"), ArchLexer)
    assert {e.value for e in entry_points(group="pygments.lexers", name="arch")} == {
        "archdsl.highlight.lexer:ArchLexer"
    }


def test_every_keyword_is_of_one_kind():
    groups = (
        vocabulary.CONSTANTS,
        vocabulary.WORD_OPERATORS,
        vocabulary.CONTROL,
        vocabulary.DECLARATIONS,
    )
    assert sorted(word for group in groups for word in group) == sorted(KEYWORDS)


def test_the_textmate_grammar_is_up_to_date():
    """Otherwise: `python editors/vscode/generate.py`."""
    assert TEXTMATE.read_text(encoding="utf-8") == grammar_text()


def test_the_textmate_grammar_knows_every_word():
    """Of several patterns that begin at the same place the first counts."""
    patterns = [(entry.get("name", ""), entry["match"]) for entry in grammar()["patterns"]]

    def scope(text: str) -> str:
        return next(name for name, pattern in patterns if re.match(pattern, text))

    assert scope("conv(4)") == "support.function.operator.arch"
    assert scope("conv: relu") == "entity.name.tag.label.arch"
    assert scope("# conv") == "comment.line.number-sign.arch"
    assert scope("/// conv") == "comment.line.documentation.arch"
    assert scope("3x224x224") == "constant.numeric.size.arch"
    for word in KEYWORDS:
        assert scope(word).startswith(("keyword.", "constant.language.")), word
