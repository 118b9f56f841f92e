"""Writes the TextMate grammar from the grammar of the language and its table of operators.

Run it after either has changed: `python editors/vscode/generate.py`. A test compares.
"""

from pathlib import Path

from archdsl.highlight.textmate import grammar_text

if __name__ == "__main__":
    target = Path(__file__).parent / "syntaxes" / "arch.tmLanguage.json"
    target.write_text(grammar_text(), encoding="utf-8")
