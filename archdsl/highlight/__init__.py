"""The language for programs that colour text: Pygments, and editors with TextMate grammars.

All of it is made from the grammar and the table of operators.
"""
