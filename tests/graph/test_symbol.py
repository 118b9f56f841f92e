"""Symbols are the integers they stand for, whatever is computed with them."""

from hypothesis import given
from hypothesis import strategies as st

from archdsl.graph.symbol import Symbol, terms_of

NAMES = {"a": 3, "b": 7, "c": 64}


def expressions():
    leaves = st.one_of(st.sampled_from(sorted(NAMES)), st.integers(-9, 99).map(str))
    return st.recursive(
        leaves,
        lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        max_leaves=12,
    )


def amount(terms):
    """The value of a polynomial, worked out from its atoms."""
    total = 0
    for monomial, factor in terms.items():
        for atom in monomial:
            if atom[0] in ("//", "%"):
                left, right = (amount(dict(side)) for side in atom[1:])
                factor *= left // right if atom[0] == "//" else left % right
            else:
                factor *= NAMES[atom[0]]
        total += factor
    return total


@given(expressions())
def test_value_and_terms_agree_with_plain_integers(text):
    try:
        expected = eval(text, dict(NAMES))
    except ZeroDivisionError:
        return
    symbols = {name: Symbol.atom(value, (name,)) for name, value in NAMES.items()}
    made = eval(text, symbols)
    assert made == expected
    assert amount(terms_of(made)) == expected


def test_what_grows_without_end_becomes_a_number():
    x = Symbol.atom(1, ("a",))
    for _ in range(70):
        x = x * x + 0
    assert x == 1
    assert sum(map(len, x.terms)) <= 64
