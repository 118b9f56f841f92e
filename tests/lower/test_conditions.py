"""An `if` of the language decides the same in the class that is written for the block."""

from __future__ import annotations

import pytest

import archdsl

SPEC = """
block b(kernel) {{
    conv(4, kernel)
    if {} {{ relu }}
}}
model m {{
    input image: 3x30x30
    b(1x1) -> b({}) -> b(3x3) -> b(5x5)
}}
"""


@pytest.mark.parametrize("second", ["3x3", "1x3"])
@pytest.mark.parametrize(
    "condition",
    [
        "kernel == 3x3",
        "kernel == 1",
        "kernel != 3",
        "kernel > 1",
        "kernel >= 3x3",
        "kernel % 3 == 0",
    ],
)
def test_sizes_in_conditions(condition: str, second: str) -> None:
    arch = archdsl.parse(SPEC.format(condition, second))
    expanded = [
        len(scope.children) for scope in arch.graph.root.children if not isinstance(scope, int)
    ]
    written = [len(list(child.children())) for child in arch.to_torch().children()]
    assert written == expanded
    assert set(expanded) == {1, 2}
