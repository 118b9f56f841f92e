"""What cannot give anything new is not gone on with."""

import pytest

import archdsl
from archdsl.diagnostics import ArchError

LOOPS = """
model m {
    input x: 3x8x8
    for i in 0..90000 { y{i}: missing -> conv(4, 3x3) }
}
"""


def test_statements_that_all_fail_end_early() -> None:
    with pytest.raises(ArchError) as found:
        archdsl.parse(LOOPS)
    assert [one.code for one in found.value.diagnostics] == ["unknown-operator"]
