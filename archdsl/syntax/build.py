"""From the parser's derivation to the syntax tree: one method for each rule of the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from archdsl.diagnostics import Diagnostic
from archdsl.source import Source, Span
from archdsl.syntax import tree
from archdsl.syntax.layout import TooNested, Unbalanced
from archdsl.syntax.misread import nameless_input, not_a_value, too_nested

__all__ = ["TreeBuilder"]

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_LABEL_PIECE = re.compile(r"\{([^{}\n]*)\}")
_WORD = re.compile(r"[A-Za-z_]\w*")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

Parsed = Tree[Token] | Token | None
ParseExpression = Callable[[int, int], Any]


class TreeBuilder:
    """Builds frozen nodes; ``parse_expression`` reads the computed piece of a label.

    ``found`` is what is wrong in such pieces, and what is nested too deeply to be built.
    """

    def __init__(self, source: Source, parse_expression: ParseExpression) -> None:
        self.source = source
        self.parse_expression = parse_expression
        self.found: list[Diagnostic] = []

    def build(self, node: Any) -> Any:
        return getattr(self, node.data)(node, *node.children)

    def optional(self, node: Any) -> Any:
        return None if node is None else self.build(node)

    def span(self, node: Any) -> Span:
        if isinstance(node, Token):
            return Span(self.source, node.start_pos or 0, node.end_pos or 0)
        meta = node.meta
        if meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, meta.start_pos, meta.end_pos)

    # ---- a file

    def start(self, node: Any, *items: Any) -> tree.File:
        span = Span(self.source, 0, len(self.source.text))
        return tree.File(span, tuple(self.build(item) for item in items))

    def use(self, node: Any, path: Token) -> tree.Use:
        return tree.Use(self.span(node), _unquote(path), self.span(path))

    def documented_item(self, node: Any, *parts: Any) -> Any:
        *docs, item = parts
        try:
            return getattr(self, item.data)(item, *item.children, doc=self.doc(docs))
        except RecursionError:
            span = self.span(item)
            self.found.append(too_nested(span))
            return tree.Hole(span, "")

    def doc(self, docs: list[Any]) -> str:
        lines = [str(line)[3:].strip() for block in docs for line in block.children]
        return "\n".join(lines)

    def block(self, node: Any, name: Token, parameters: Any, body: Any, doc: str) -> tree.Block:
        return tree.Block(
            self.span(node),
            str(name),
            self.span(name),
            self.parameters_of(parameters),
            self.build(body),
            doc,
        )

    def model(self, node: Any, name: Token, parameters: Any, body: Any, doc: str) -> tree.Model:
        return tree.Model(
            self.span(node),
            str(name),
            self.span(name),
            self.parameters_of(parameters),
            self.build(body),
            doc,
        )

    def variant(self, node: Any, name: Token, call: Any, doc: str) -> tree.Variant:
        return tree.Variant(self.span(node), str(name), self.span(name), self.build(call), doc)

    def function(self, node: Any, name: Token, parameters: Any, value: Any, doc: str) -> tree.Fn:
        return tree.Fn(
            self.span(node),
            str(name),
            self.span(name),
            self.parameters_of(parameters),
            self.build(value),
            doc,
        )

    def parameters_of(self, node: Any) -> tuple[tree.Parameter, ...]:
        return tuple(self.build(child) for child in node.children) if node else ()

    def parameter(self, node: Any, name: Token, default: Any) -> tree.Parameter:
        return tree.Parameter(self.span(name), str(name), self.optional(default))

    # ---- statements

    def body(self, node: Any, *statements: Any) -> tree.Body:
        return tree.Body(self.span(node), tuple(self.build(s) for s in statements if s))

    def statement(self, node: Any, *parts: Any) -> tree.Statement:
        *docs, inner = parts
        docs = [doc for doc in docs if doc is not None]
        doc = self.doc(docs)
        try:
            made: tree.Statement = getattr(self, inner.data)(inner, *inner.children, doc=doc)
        except RecursionError:
            span = self.span(inner)
            self.found.append(too_nested(span))
            return tree.Hole(span, "")
        return made

    def flow(self, node: Any, chain: Any, doc: str) -> tree.Flow | tree.Hole:
        made = self.build(chain)
        if _is_nameless_input(made):
            self.found.append(nameless_input(made.label.span, made.step.span))
            return tree.Hole(Span(self.source, made.label.span.end, made.span.end), "input")
        return tree.Flow(self.span(node), made, doc)

    def input(self, node: Any, label: Any, shape: Any, doc: str) -> tree.Input:
        return tree.Input(self.span(node), self.build(label), self.build(shape), doc)

    def output(self, node: Any, train: Any, label: Any, chain: Any, doc: str) -> tree.Output:
        return tree.Output(
            self.span(node), self.build(label), self.build(chain), train is not None, doc
        )

    def module(self, node: Any, label: Any, step: Any, doc: str) -> tree.ModuleDeclaration:
        return tree.ModuleDeclaration(self.span(node), self.build(label), self.build(step), doc)

    def assignment(self, node: Any, targets: Any, value: Any, doc: str) -> tree.Assignment:
        names = tuple(tree.Name(self.span(name), str(name)) for name in targets.children)
        return tree.Assignment(self.span(node), names, self.build(value), doc)

    def targets_of(self, node: Any) -> tuple[str, ...]:
        return tuple(str(name) for name in node.children)

    def return_(self, node: Any, *values: Any, doc: str) -> tree.Return:
        return tree.Return(self.span(node), tuple(self.build(value) for value in values), doc)

    def if_(
        self, node: Any, condition: Any, then: Any, otherwise: Any = None, doc: str = ""
    ) -> tree.If:
        other = self.optional(otherwise)
        if isinstance(other, tree.If):
            other = tree.Body(other.span, (other,))
        return tree.If(self.span(node), self.build(condition), self.build(then), other, doc)

    def for_(self, node: Any, targets: Any, iterable: Any, body: Any, doc: str) -> tree.For:
        return tree.For(
            self.span(node),
            self.targets_of(targets),
            self.build(iterable),
            self.build(body),
            doc,
        )

    def init(self, node: Any, *rules: Any, doc: str) -> tree.Init:
        return tree.Init(self.span(node), tuple(self.build(rule) for rule in rules if rule), doc)

    def init_rule(self, node: Any, selector: Any, initialiser: Any) -> tree.InitRule:
        quoted = isinstance(selector, Token)
        name = _unquote(selector) if quoted else str(selector.children[0])
        return tree.InitRule(self.span(node), name, self.build(initialiser))

    def require(self, node: Any, condition: Any, message: Any, doc: str) -> tree.Require:
        said = _unquote(message) if message is not None else ""
        return tree.Require(self.span(node), self.build(condition), said, doc)

    def hole(self, node: Any, *parts: Any, doc: str = "") -> tree.Hole:
        """The token of a hole holds what was written, a line for each token of it."""
        span = self.span(node)
        words = "\n".join(part for part in parts if isinstance(part, Token)).splitlines()
        labels = [word[:-1].rstrip() for word in words if word.endswith(":") and len(word) > 1]
        return tree.Hole(
            span,
            words[0] if words else "",
            tuple(self._lost_label(text, span) for text in labels),
            tuple(
                tree.Name(span, name) for word in words for name in _WORD.findall(word.rstrip(":"))
            ),
            tuple(self.build(part) for part in parts if not isinstance(part, Token)),
        )

    def _lost_label(self, text: str, span: Span) -> tree.Label:
        at = max(span.start, self.source.text.find(text, span.start, span.end))
        token = Token("LABEL", text, start_pos=at, end_pos=at + len(text))
        return self.label(None, token)

    # ---- chains and labels

    def chain_of_steps(self, node: Any, *steps: Any) -> tree.Chain:
        return tree.Chain(self.span(node), tuple(self.build(step) for step in steps))

    def labelled(self, node: Any, label: Any, step: Any) -> tree.Labelled:
        return tree.Labelled(self.span(node), self.build(label), self.build(step))

    def label(self, node: Any, token: Token) -> tree.Label:
        span = self.span(token)
        parts: list[tuple[str | tree.Expression, ...]] = []
        pieces: list[str | tree.Expression] = []
        for index, piece in enumerate(_LABEL_PIECE.split(str(token))):
            if index % 2:  # what stood between braces
                start = span.start + sum(map(len, self._before(str(token), index)))
                pieces.append(self._computed(Span(self.source, start, start + len(piece))))
                continue
            first, *rest = piece.split(".")
            if first:
                pieces.append(first)
            for text in rest:
                parts.append(tuple(pieces))
                pieces = [text] if text else []
        parts.append(tuple(pieces))
        return tree.Label(span, tuple(parts))

    def _computed(self, span: Span) -> tree.Expression:
        try:
            made: tree.Expression = self.build(self.parse_expression(span.start, span.end))
        except (UnexpectedInput, Unbalanced, TooNested):
            self.found.append(not_a_value(span, "write a name or a sum: `name{i}`, `name{i + 1}`"))
            return tree.Hole(span, "")
        return made

    def _before(self, text: str, index: int) -> list[str]:
        """What stands in a label before the piece of an index, its opening brace included."""
        before = _LABEL_PIECE.split(text)[:index]
        return [f"{{{p}}}" if i % 2 else p for i, p in enumerate(before)] + ["{"]

    def computed(self, node: Any, token: Token) -> tree.Computed:
        return tree.Computed(self.span(token), self.label(node, token))

    def branches(self, node: Any, head: Any, body: Any) -> tree.Branches:
        return tree.Branches(self.span(node), self.build(head), self.build(body))

    # ---- expressions

    def choice(self, node: Any, then: Any, condition: Any, otherwise: Any) -> tree.Choice:
        return tree.Choice(
            self.span(node), self.build(then), self.build(condition), self.build(otherwise)
        )

    def binary(self, node: Any, left: Any, *rest: Any) -> tree.Binary:
        """A loop down the left side, or a sum of thousands of terms would exhaust the stack."""
        waiting = [(node, rest)]
        while left.data in ("binary", "comparison"):
            node, (left, *rest) = left, left.children
            waiting.append((node, rest))
        made: Any = self.build(left)
        for inner, (*words, right) in reversed(waiting):
            operator = " ".join(map(str, words))  # `not in` is two words
            made = tree.Binary(self.span(inner), operator, made, self.build(right))
        built: tree.Binary = made
        return built

    comparison = binary

    def unary(self, node: Any, operator: Token, operand: Any) -> tree.Unary:
        return tree.Unary(self.span(node), str(operator), self.build(operand))

    def call(self, node: Any, callee: Any, arguments: Any) -> tree.Call:
        given = arguments.children if arguments else ()
        return tree.Call(
            self.span(node), self.build(callee), tuple(self.argument(child) for child in given)
        )

    def argument(self, node: Any) -> tree.Argument:
        if node.data != "named":
            return tree.Argument(self.span(node), None, None, self.build(node))
        name, value = node.children
        return tree.Argument(self.span(node), str(name), self.span(name), self.build(value))

    def attribute(self, node: Any, value: Any, name: Token) -> tree.Attribute:
        return tree.Attribute(self.span(node), self.build(value), str(name), self.span(name))

    def index(self, node: Any, value: Any, index: Any) -> tree.Index:
        return tree.Index(self.span(node), self.build(value), self.build(index))

    def name(self, node: Any, token: Token) -> tree.Name:
        return tree.Name(self.span(token), str(token))

    def flow_in(self, node: Any, token: Token) -> tree.FlowIn:
        return tree.FlowIn(self.span(token))

    def integer(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), _integer(str(token)))

    def real(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), float(token))

    def count(self, node: Any, token: Token) -> tree.Constant:
        whole, _, decimals = token[:-1].partition(".")
        decimals = decimals[:_LONGEST_INTEGER]
        times, parts = _integer(whole + decimals) * _UNITS[token[-1]], 10 ** len(decimals)
        value = times // parts if times % parts == 0 else times / parts
        return tree.Constant(self.span(token), value)

    def size(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), tuple(map(_integer, str(token).split("x"))))

    def string(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), _unquote(token))

    def truth(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), str(token) == "true")

    def nothing(self, node: Any, token: Token) -> tree.Constant:
        return tree.Constant(self.span(token), None)

    def list(self, node: Any, *items: Any) -> tree.ListOf:
        return tree.ListOf(self.span(node), tuple(self.build(item) for item in items if item))

    def comprehension(self, node: Any, element: Any, *clauses: Any) -> tree.Comprehension:
        return tree.Comprehension(
            self.span(node), self.build(element), tuple(self.build(clause) for clause in clauses)
        )

    def clause(self, node: Any, targets: Any, iterable: Any, condition: Any) -> tree.Clause:
        return tree.Clause(
            self.span(node),
            self.targets_of(targets),
            self.build(iterable),
            self.optional(condition),
        )

    def group(self, node: Any, body: Any) -> tree.Group:
        return tree.Group(self.span(node), self.build(body))

    def parentheses(self, node: Any, chain: Any) -> tree.Expression:
        """Around a chain they group steps; around anything else they only set precedence."""
        inner: tree.Expression = self.build(chain)
        if not isinstance(inner, tree.Chain | tree.Labelled):
            return inner
        span = self.span(node)
        return tree.Group(span, tree.Body(span, (tree.Flow(inner.span, inner),)))


# Rules whose names are Python's words.
for _word in ("if", "for", "return"):
    setattr(TreeBuilder, _word, getattr(TreeBuilder, f"{_word}_"))


def _is_nameless_input(chain: tree.Node) -> bool:
    return (
        isinstance(chain, tree.Labelled)
        and chain.label.span.text == "input"
        and isinstance(chain.step, tree.Constant)
        and isinstance(chain.step.value, tuple)
    )


def _unquote(token: Token) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), str(token)[1:-1])


_LONGEST_INTEGER = 40


def _integer(text: str) -> int:
    """A very long run of digits stands for a number that is over every limit anyway."""
    return int(text) if len(text) <= _LONGEST_INTEGER else 10**_LONGEST_INTEGER
